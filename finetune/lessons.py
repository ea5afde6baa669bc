"""Lessons in routing for the language model: a conversation, and which tools its last question asks for with which argument.

Calls stand in the order in which the question asks for them, so that a model that has written one goes on from where it was in the question.
The argument is what the model is to write: the quantities word for word and in the user's order, search words of the question, a file's name,
or nothing. Wordings are data (agent/learning/questions.yaml, agent/learning/lessons.yaml), handed in; numbers, units, slips and mixture are
made here.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from finetune.conversation import BEADS, answer, answered, filled, merged
from finetune.quantities_text import PROCESS_SETTINGS, Part
from finetune.wordings import Turn, Wordings, handed_over, new_part, spoken

MIXTURE = {"single": 0.27, "translated": 0.03, "missing": 0.08, "several": 0.2, "follow_up": 0.21, "negation": 0.06, "trap": 0.05, "no_tool": 0.1}
LOCAL = 0.2  # of the draws that ask for a Korean or German wording; not every kind has one
NO_TOOL = ("small_talk", "off_topic", "already_answered")


@dataclass(frozen=True)
class Lesson:
    question: str
    calls: tuple[tuple[str, str], ...]  # (tool, argument as the model is to write it); "" for tools without an argument
    history: tuple[tuple[str, str], ...] = ()  # ("user" | "assistant", text), oldest first
    kind: str = ""


def routing_lessons(questions: Mapping[str, Any], lessons: Mapping[str, Any], count: int, seed: int) -> list[Lesson]:
    """`count` lessons in the shares of MIXTURE, shuffled; the same for the same wordings and seed."""
    chance = random.Random(seed)
    words = Wordings(questions, lessons, chance, LOCAL)
    writers: dict[str, Callable[[Wordings], Lesson]] = {
        "single": _single, "missing": _missing, "several": _several, "follow_up": _follow_up, "no_tool": _no_tool,
        "translated": lambda words: _of("translated", words),
        "negation": lambda words: _of("negations", words), "trap": lambda words: _of("traps", words),
    }  # fmt: skip
    kinds = [kind for kind, share in MIXTURE.items() for _ in range(round(share * count))]
    kinds = (kinds + ["single"] * count)[:count]
    found = []
    for kind in kinds:
        made = writers[kind](words)
        found.append(replace(made, kind=made.kind or kind))
    chance.shuffle(found)
    return found


def _calls(tools: Sequence[str], turn: Turn, parts: Sequence[Part] | None = None) -> tuple[tuple[str, str], ...]:
    stated = ", ".join(text for _, text in (turn.parts if parts is None else parts))
    given = {"search_knowledge": " ".join(turn.search), "analyze_log": turn.file, **dict.fromkeys((*NO_TOOL, "analyze_note", "grade_answer"), "")}
    return tuple((tool, given.get(tool, stated)) for tool in tools)


def _ask(words: Wordings, section: str, key: str, **how: Any) -> tuple[tuple[str, ...], Turn]:
    tools = tuple(key.split())
    return tools, words.fill(words.draw(section, key, **how), tools)


def _of(section: str, words: Wordings) -> Lesson:
    tools, turn = _ask(words, section, words.key(section))
    return Lesson(turn.text, _calls(tools, turn))


def _single(words: Wordings) -> Lesson:
    tools, turn = _ask(words, "single", words.chance.choice([key for key in words.keys("single") if key not in NO_TOOL]))
    return Lesson(turn.text, _calls(tools, turn))


def _missing(words: Wordings) -> Lesson:
    tool = words.chance.choice([*BEADS, "calculate_physics"])
    turn = words.fill(words.draw("single", tool), (tool,), drop=words.chance.choice([1, 1, 2, 3]))
    return Lesson(turn.text, _calls((tool,), turn))


def _several(words: Wordings) -> Lesson:
    chance = words.chance
    how = chance.random()
    if how < 0.4:
        return _of("several", words)
    if how < 0.8:
        return _wishes(words)
    first, second = chance.sample(sorted(words.tails), 2)

    def joins(wording: str) -> bool:
        return not set("[⏎") & set(wording) and ("{s}" in wording or first == "search_knowledge")

    head = words.draw("single", first, joins, "en").rstrip("?. ")
    tail = chance.choice([each for each in words.tails[second] if second != "search_knowledge" or len(words.content(each)) > 1])
    head = f"[{head}]" if first == "search_knowledge" else head
    tail = f"[{tail}]" if second == "search_knowledge" else tail
    text = f"{head}{chance.choice([', and ', ' and ', '? And ', ' - also, ', '; '])}{tail}{'' if '{s}' in head else ' at {s}'}?"
    return Lesson((turn := words.fill(text, (first, second))).text, _calls((first, second), turn))


def _wishes(words: Wordings) -> Lesson:
    """Two or three things in one breath, any with any."""
    chance = words.chance
    language = "ko" if chance.random() < words.local else "en"
    things = {name: lines[language].splitlines() for name, lines in words.data["wishes"].items() if language in lines}
    frame = chance.choice(things.pop("frames"))
    places = sorted(set(re.findall(r"\{\d\}", frame)))
    tools = chance.sample(sorted(things), len(places))
    for place, tool in zip(places, tools, strict=True):
        frame = frame.replace(place, chance.choice(things[tool]))
    return Lesson((turn := words.fill(frame, tools)).text, _calls(tools, turn))


def _no_tool(words: Wordings) -> Lesson:
    chance = words.chance
    kind = chance.choices(NO_TOOL, (0.3, 0.4, 0.3))[0]
    if kind == "already_answered":
        tool = chance.choice([key for key in words.keys("already") if key != "any"])
        history, _, value = answered(words, (tool,), about=r"interpass|temperature|preheat|온도" if tool == "search_knowledge" else "")
        wording = words.draw("already", chance.choice(["any", tool]))
        turn = words.fill(wording, given={"{v}": ("", value)})
    else:
        history = answered(words, (chance.choice(BEADS),))[0] if chance.random() < (0.35 if kind == "small_talk" else 0.2) else ()
        turn = words.fill(words.draw("single", kind))
    return Lesson(turn.text, ((kind, ""),), history, kind)


def _follow_up(words: Wordings) -> Lesson:
    chance = words.chance
    form = chance.choices(["same", "same_length", "reply", "other", "thread", "change"], (0.3, 0.06, 0.1, 0.28, 0.12, 0.14))[0]
    if form == "thread":
        return _thread(words)
    if form == "reply":
        return _reply(words)
    if form == "change":
        history, _, _ = answered(words, (chance.choice(BEADS),))
        tool = chance.choice([key for key in words.keys("single") if key not in NO_TOOL])
        tools, turn = _ask(words, "single", tool, fits=lambda w: tool == "search_knowledge" or re.search(r"\{[snaf]\}", w))  # says all itself
        lead = f"{words.draw('leads')} " if chance.random() < 0.3 and turn.text.isascii() else ""
        return Lesson(lead + turn.text, _calls(tools, turn), history)
    key = form if form != "other" else words.key("follow_ups", ("same", "same_length", "reply"))
    wording = words.draw("follow_ups", key)
    tools = tuple(key.split())
    before = tuple(tool for tool in BEADS[:4] if tool not in tools) if form == "other" else ("predict_energy",) if form == "same_length" else BEADS
    if "explain_prediction" in tools:
        before = BEADS[:2]
    earlier: tuple[str, ...] = (chance.choice(before),)
    if form == "same" and chance.random() < 0.12:
        earlier = tuple(chance.choice([key for key in words.keys("several") if set(key.split()) <= set(BEADS)]).split())
    history, parts, _ = answered(words, earlier, spoken(wording) if chance.random() < 0.8 else None)
    if chance.random() < 0.22:  # a follow-up before this one
        between = words.draw("follow_ups", "same", language=spoken(wording))
        turn = filled(words, between, parts)
        history += (("user", turn.text), ("assistant", answer(words, earlier, spoken(between))[0]))
        parts = merged(parts, turn.parts)
    turn = filled(words, wording, parts)
    return Lesson(turn.text, _calls(earlier if form.startswith("same") else tools, turn, merged(parts, turn.parts)), history)


def _reply(words: Wordings) -> Lesson:
    tool = words.chance.choice(BEADS)
    wording = words.draw("single", tool, lambda w: "{s}" in w and ("{l}" in w or tool != "predict_energy"))
    turn = words.fill(wording, (tool,), drop=1)
    absent = [name for name in PROCESS_SETTINGS if name not in dict(turn.parts)]
    back = words.data["asked_back"][absent[0]]
    given = new_part(words.chance, absent[:1], spoken(wording))
    reply = words.fill(words.draw("follow_ups", "reply", language=spoken(wording)), given={"{x}": given})
    return Lesson(reply.text, _calls((tool,), reply, (*turn.parts, *reply.parts)), (("user", turn.text), ("assistant", back)))


def _thread(words: Wordings) -> Lesson:
    tool, before, now, argument = words.thread()
    said = answer(words, ("thread" if tool == "search_knowledge" else tool,), spoken(before))[0]
    lacking = {"analyze_note": [("note", "{n}")], "grade_answer": [("answer", "{a}"), ("reference", "{r}")]}.get(tool, [])
    for name, place in lacking:
        if place not in before:
            said = words.data["asked_back"][name]
            break
    first, second = words.fill(f"{before}⏎⏎{now}", (tool,), tidy=True).text.split("\n\n")
    assert handed_over((tool,)) or argument
    return Lesson(second, ((tool, argument),), (("user", first), ("assistant", said)))
