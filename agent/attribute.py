"""Marks for sentences that a model wrote without them: each gets the mark of the source that bears it out.

A sentence that no source bears out stays unmarked, and the check then rejects it; nothing is vouched for here.
"""

import re

from agent.check import CONTAINED, MARK, contained, faults_of, sentences
from agent.state import ToolCall
from tools.result import Passage

_FOREIGN = re.compile(r"\[(?![TK]\d+\])[\w, ]{1,8}\]\s*|\*\*")  # "[1]", bold
_LEADING = re.compile(r"^((?:\[[TK]\d+\]\s*)+)(.+)$", re.MULTILINE)
_FILLER = re.compile(r"^(?:Based on|According to) (?:the )?(?:given |provided )?(?:results?|passages?)(?: and passages?)?,\s*", re.IGNORECASE)


def attribute(answer: str, question: str, calls: list[ToolCall], passages: list[Passage]) -> str:
    """`answer` with marks at the ends of its sentences."""
    tidy = _LEADING.sub(lambda m: f"{m[2].rstrip()} {m[1].strip()}", _FOREIGN.sub("", answer))
    sources: dict[str, ToolCall | Passage] = {c.id: c for c in calls if c.result} | {p.id: p for p in passages}
    return " ".join(_marked(_FILLER.sub("", sentence), question, sources) for sentence in sentences(tidy))


def _marked(sentence: str, question: str, sources: dict[str, ToolCall | Passage]) -> str:
    if MARK.search(sentence):
        return sentence
    sentence = sentence[:1].upper() + sentence[1:]
    bearing = {
        mark: contained(sentence, question, [source]) for mark, source in sources.items() if not faults_of(sentence, [mark], question, sources)
    }
    if not bearing or max(bearing.values()) < CONTAINED:
        return sentence
    return f"{sentence.rstrip('. ')} [{max(bearing, key=bearing.__getitem__)}]."
