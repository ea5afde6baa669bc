"""How good an explanation is where no single answer is right: five respects, each scored by code from 0 to 1 with a sentence on what it lost.

complete             half for the mark of each result, half for what the result states before all else (agent.evaluation.stated); of a search, half
                     for any of its passages and half for the nearest one, which agent.check asks for too. The mean over the results.
supported            the share of sentences that agent.check finds borne out. A sentence whose only fault is its mark is held against every
                     source, so that the fault counts once, under `cited`.
cited                the share of sentences with marks that all exist, and of cited passages that are retrieved ones, quoted as they are.
no_more_than_needed  the least of three shares: of sentences that repeat no earlier one; of the words allowed in the words used; of cited
                     passages that are near to the question.
names_uncertainty    the share said of what the used results leave open: the probability of a stated label, both bounds of a stated number's
                     interval and its level, each warning, that a model is a demo, what is doubtful about a cited passage. In a note is enough.

The bounds, and why:
- a sentence repeats an earlier one if it brings no new number and fewer than NEW of its content words are new. A fifth lets a sentence be said
  again with other filler, and takes one new matter in five words or fewer ("humping", "abnormal") for news.
- the words allowed are those of the plain template of the same results, which states all of them and the two best passages; but always two
  sentences of SHORT words, as the prompt asks for two to four short ones. The Oxford Guide to Plain English recommends 15 to 20 words.
- a passage is far from the question if its similarity is nearer to the floor of retrieval, where passages begin to be about something else
  (measured in knowledge.search), than to the best one's. One that holds a code of the question (EN 1011-1) was found by that and is not far.
"""

import re
from collections.abc import Callable, Iterable

from pydantic import BaseModel, Field

from agent import check as checking
from agent import compose
from agent.check import MARK
from agent.evaluation.explanation import Explanation, marks_of
from agent.evaluation.stated import main_values
from agent.evaluation.uncertainty import left_open
from agent.quoting import content
from agent.state import Answer
from tools.result import Passage
from tools.sentences import beginning

NEW = 0.2
SHORT = 20  # words of a short sentence


class Score(BaseModel):
    """One respect; `why` says what it lost points for, and is empty where it lost none."""

    score: float = Field(ge=0, le=1)
    why: str = ""


class Rubric(BaseModel):
    """The scores by respect and their mean."""

    scores: dict[str, Score]
    mean: float = Field(ge=0, le=1)


def score(question: str, answer: Answer) -> Rubric | None:
    """The answer's scores; None where it explains no result."""
    explained = Explanation(question, answer)
    if not explained.explains:
        return None
    scores = {name: respect(explained) for name, respect in RESPECTS.items()}
    return Rubric(scores=scores, mean=round(sum(each.score for each in scores.values()) / len(scores), 4))


def complete(explained: Explanation) -> Score:
    """Whether every result is used, with what it states before all else."""
    shares, missing = list[float](), list[str]()
    for call, result in explained.results:
        marked = bool(explained.marks & marks_of(call, result))
        told = {f"{value.written} ({call.name})": value.stands_in(explained.said_of(call)) for value in main_values(result)}
        if result.passages:
            nearest = result.passages[0].id
            told = {f"[{nearest}], the passage nearest to the question": nearest in explained.marks}
        shares.append((marked + _share(told.values())) / 2)
        missing += [*([] if marked else [f"any mark of {call.name}"]), *_unsaid(told)]
    return _score(_share(shares), f"It leaves out {', '.join(missing)}.")


def supported(explained: Explanation) -> Score:
    """The share of sentences that the results bear out."""
    faults = [_faults(explained, sentence, marks) for sentence, marks in explained.sentences]
    return _score(_share([not each for each in faults], 0.0), next((each[0] for each in faults if each), "It says nothing."))


def cited(explained: Explanation) -> Score:
    """The share of sentences and citations that name a source there is."""
    given = {citation.id: citation for citation in explained.answer.citations}
    held: dict[str, bool] = {}
    for number, (sentence, marks) in enumerate(explained.sentences, start=1):
        exist = bool(marks) and all(mark in explained.sources for mark in marks)
        held[f"sentence {number}, “{beginning(sentence)}”, has no mark that exists"] = exist
    for mark in sorted(given.keys() | (explained.marks & explained.passages.keys())):
        citation, passage = given.get(mark), explained.passages.get(mark)
        true = citation and passage and (citation.document, citation.quote) == (passage.document, passage.text)
        held[f"[{mark}] does not stand among the citations as it was retrieved"] = bool(true)
    return _score(_share(held.values(), 0.0), f"{_capital('; '.join(_unsaid(held)) or 'it says nothing')}.")


def no_more_than_needed(explained: Explanation) -> Score:
    """The least of the shares of sentences, words and passages that are needed."""
    share, why = min((_unrepeated(explained), _length(explained), _near(explained)), key=lambda each: each[0])
    return _score(share, why)


def names_uncertainty(explained: Explanation) -> Score:
    """The share said of what the used results leave open."""
    due: dict[str, bool] = {}
    for call, result in explained.used:
        said = explained.said_of(call)
        due |= left_open(result, [value for value in main_values(result) if value.stands_in(said)], explained.answer.answer)
    for mark in sorted(explained.marks & explained.passages.keys()):
        if caveat := explained.passages[mark].caveat:
            due[f"that [{mark}] is {caveat}"] = caveat in explained.answer.answer
    return _score(_share(due.values()), f"It does not say {'; '.join(_unsaid(due))}.")


RESPECTS: dict[str, Callable[[Explanation], Score]] = {
    each.__name__: each for each in (complete, supported, cited, no_more_than_needed, names_uncertainty)
}


def _faults(explained: Explanation, sentence: str, marks: list[str]) -> list[str]:
    existing = [mark for mark in marks if mark in explained.sources]
    if existing:
        return checking.faults_of(sentence, existing, explained.question, explained.sources)
    tried = [checking.faults_of(MARK.sub("", sentence), [mark], explained.question, explained.sources) for mark in explained.sources]
    return [] if [] in tried else [f"No source bears out “{beginning(sentence)}”."]


def _unrepeated(explained: Explanation) -> tuple[float, str]:
    said: list[set[str]] = []
    again = []
    for sentence, _ in explained.sentences:
        words = set(content(MARK.sub("", sentence)))
        again += [sentence] if words and any(_repeats(words, earlier) for earlier in said) else []
        said.append(words)
    return 1 - len(again) / max(len(said), 1), f"It says again “{beginning(again[0])}”." if again else ""


def _repeats(words: set[str], earlier: set[str]) -> bool:
    new = words - earlier
    return len(new) < NEW * len(words) and not any(word[0].isdigit() for word in new)


def _length(explained: Explanation) -> tuple[float, str]:
    plain = compose.template(explained.answer.tool_calls, list(explained.passages.values()))
    allowed, used = max(_words(plain), 2 * SHORT), _words(explained.body)
    return min(1.0, allowed / max(used, 1)), f"It has {used} words where {allowed} say it all."


def _words(text: str) -> int:
    return len(re.findall(r"\S*\w\S*", MARK.sub("", text)))


def _near(explained: Explanation) -> tuple[float, str]:
    chosen = [passage for mark, passage in explained.passages.items() if mark in explained.marks]
    far = [f"[{passage.id}]" for passage in chosen if _far(passage, explained)]
    return 1 - len(far) / max(len(chosen), 1), f"It cites {', '.join(far)}, far from the question."


def _far(passage: Passage, explained: Explanation) -> bool:
    from knowledge.search import FLOOR, codes  # late: it brings the store's library

    best = max(each.score for each in explained.passages.values())
    return passage.score < min(best, (FLOOR + best) / 2) and not any(code in passage.text for code in codes(explained.question))


def _share(held: Iterable[float], of_nothing: float = 1.0) -> float:
    each = list(held)
    return sum(each) / len(each) if each else of_nothing


def _unsaid(said: dict[str, bool]) -> list[str]:
    return [what for what, there in said.items() if not there]


def _score(value: float, why: str) -> Score:
    return Score(score=round(value, 4), why=why if value < 1 else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
