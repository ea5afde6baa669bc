"""Lessons in routing for the language model: a conversation, and which tools its last question asks for with which argument.

The argument is what the model is to write: the quantities word for word and in the user's order, search words of the question, a file's name,
or nothing. Wordings are data (agent/questions.yaml, agent/lessons.yaml), handed in; numbers, units, slips and mixture are made here.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finetune.quantities_text import PROCESS_SETTINGS, Part
from finetune.wordings import Turn, Wordings, handed_over, new_part, spoken

MIXTURE = {"single": 0.32, "missing": 0.09, "several": 0.14, "follow_up": 0.18, "negation": 0.07, "trap": 0.05, "no_tool": 0.15}
LOCAL = 0.19  # of the draws that ask for a Korean or German wording; not every kind has one
NO_TOOL = ("small_talk", "off_topic", "already_answered")
BEADS = ("detect_anomaly", "classify_defects", "predict_heat_input", "predict_energy", "recommend_settings", "explain_prediction")
_STOP = set(
    "a an the of to in on at for from by with and or but is are was were be been being do does did what which who whom whose where when why how it its this that "
    "these those there here i you he she we they me my your our their his her can could should would will may might must shall please tell explain know known "
    "give gives say says mean means meant meaning use used uses people usual usually typical common literature papers studies study published publish literature's "
    "source sources according recommend recommended have has had get gets go goes come comes about as so if than then not no any some more most also just only "
    "much many without running run model don't look up need need's prediction predictions calculation judging general eigentlich actually called call something "
    "us let like want talk talks answer ignore documents document reported regards into out s t was verursacht ist der die das den dem und für man wie wird "
    "welche welches bei im in von nur nicht keine vorhersage sagt nimmt gilt bedeutet literatur auf zu 무엇인가요 어떤 알려줘 왜 보통 얼마인가요 무슨 궁금해 도 를 쓰나요 모델은 돌리지 말고 "
    "문헌에서 찾아줘 뜻인가요 란 이란 는 은 의".split()
)  # fmt: skip


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
    order = [*questions, *NO_TOOL]  # calls always stand in one order
    writers: dict[str, Callable[[Wordings], Lesson]] = {
        "single": _single, "missing": _missing, "several": _several, "follow_up": _follow_up, "no_tool": _no_tool,
        "negation": lambda words: _of("negations", words), "trap": lambda words: _of("traps", words),
    }  # fmt: skip
    kinds = [kind for kind, share in MIXTURE.items() for _ in range(round(share * count))]
    kinds = (kinds + ["single"] * count)[:count]
    found = []
    for kind in kinds:
        made = writers[kind](words)
        calls = tuple(sorted(made.calls, key=lambda call: order.index(call[0])))
        found.append(Lesson(made.question, calls, made.history, made.kind or kind))
    chance.shuffle(found)
    return found


def keywords(clause: str, most: int = 7) -> str:
    """The words of a clause that a search needs, in their order."""
    return " ".join((_content(clause) or clause.split())[:most])


def _content(clause: str) -> list[str]:
    return [word for word in re.findall(r"[\w/]+(?:-\w+)*", clause) if word.lower() not in _STOP]


def _calls(tools: Sequence[str], turn: Turn, parts: Sequence[Part] | None = None) -> tuple[tuple[str, str], ...]:
    stated = ", ".join(text for _, text in (turn.parts if parts is None else parts))
    given = {"search_knowledge": keywords(turn.clause), "analyze_log": turn.file, **dict.fromkeys((*NO_TOOL, "analyze_note", "grade_answer"), "")}
    return tuple((tool, given.get(tool, stated)) for tool in tools)


def _ask(words: Wordings, section: str, key: str, **how: Any) -> tuple[tuple[str, ...], Turn]:
    tools = tuple(key.split())
    return tools, words.fill(words.draw(section, key, **how), tools)


def _of(section: str, words: Wordings) -> Lesson:
    tools, turn = _ask(words, section, words.chance.choice(words.keys(section)))
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
    if chance.random() < 0.7:
        return _of("several", words)
    first, second = chance.sample(sorted(words.tails), 2)
    head = words.draw("single", first, lambda w: spoken(w) == "en" and "⏎" not in w and "[" not in w and ("{s}" in w or first == "search_knowledge"), "en")
    head = head.rstrip("?. ")
    tail = chance.choice([each for each in words.tails[second] if second != "search_knowledge" or len(_content(each)) > 1])
    head = f"[{head}]" if first == "search_knowledge" else head
    tail = f"[{tail}]" if second == "search_knowledge" else tail
    text = f"{head}{chance.choice([', and ', ' and ', '? And ', ' - also, ', '; '])}{tail}{'' if '{s}' in head else ' at {s}'}?"
    return Lesson((turn := words.fill(text, (first, second))).text, _calls((first, second), turn))


def _no_tool(words: Wordings) -> Lesson:
    chance = words.chance
    kind = chance.choices(NO_TOOL, (0.3, 0.4, 0.3))[0]
    if kind == "already_answered":
        tool = chance.choice([key for key in words.keys("already") if key != "any"])
        history, _, value = _answered(words, (tool,))
        wording = words.draw("already", chance.choice(["any", tool]))
        turn = words.fill(wording, given={"{v}": ("", value)})
    else:
        history = _answered(words, (chance.choice(BEADS),))[0] if chance.random() < (0.35 if kind == "small_talk" else 0.2) else ()
        turn = words.fill(words.draw("single", kind))
    return Lesson(turn.text, ((kind, ""),), history, kind)


def _answered(words: Wordings, tools: tuple[str, ...], language: str | None = None) -> tuple[tuple[tuple[str, str], ...], tuple[Part, ...], str]:
    """A question with all that these tools need and its answer; the quantities in it; the first number of the answer."""
    several = " ".join(tools)
    section = "single" if len(tools) == 1 else "several"
    wording = words.draw(section, several, lambda w: "{s}" in w or not set(tools) & set(BEADS), language)
    turn = words.fill(wording, tools)
    said, value = _answer(words, tools, spoken(wording))
    return (("user", turn.text), ("assistant", said)), turn.parts, value


def _answer(words: Wordings, tools: Sequence[str], language: str) -> tuple[str, str]:
    found, first = [], ""
    for mark, tool in enumerate(tools, 1):
        value, low, high = _numbers(tool, words.chance)
        text = words.draw("answers", tool, language=language).replace("[T1]", f"[T{mark}]")
        found.append(text.replace("{v}", value).replace("{v2}", low).replace("{v3}", high))
        first = first or value
    return " ".join(found), first


def _numbers(tool: str, chance: random.Random) -> tuple[str, str, str]:
    low, high, form = {
        "predict_heat_input": (80, 1200, "{:.1f}"), "predict_energy": (8, 240, "{:.1f}"), "recommend_settings": (2, 20, "{:.1f}"),
        "search_knowledge": (90, 260, "{:.0f}"), "analyze_log": (2, 40, "{:.0f}"), "calculate_physics": (1, 12, "{:.2f}"),
    }.get(tool, (0.5, 0.99, "{:.2f}"))  # fmt: skip
    value = chance.uniform(low, high)
    return form.format(value), form.format(value * chance.uniform(0.88, 0.95)), form.format(value * chance.uniform(1.05, 1.13))


def _follow_up(words: Wordings) -> Lesson:
    chance = words.chance
    form = chance.choices(["same", "same_length", "reply", "other", "thread", "change"], (0.34, 0.06, 0.1, 0.28, 0.14, 0.08))[0]
    if form == "thread":
        return _thread(words)
    if form == "reply":
        return _reply(words)
    if form == "change":
        history, _, _ = _answered(words, (chance.choice(BEADS),))
        lesson = _single(words)
        lead = f"{words.draw('leads')} " if chance.random() < 0.3 and lesson.question.isascii() else ""
        return Lesson(lead + lesson.question, lesson.calls, history)
    key = form if form != "other" else chance.choice([key for key in words.keys("follow_ups") if key not in ("same", "same_length", "reply")])
    wording = words.draw("follow_ups", key)
    tools = tuple(key.split())
    before = tuple(tool for tool in BEADS[:4] if tool not in tools) if form == "other" else ("predict_energy",) if form == "same_length" else BEADS
    if "explain_prediction" in tools:
        before = BEADS[:2]
    earlier: tuple[str, ...] = (chance.choice(before),)
    if form == "same" and chance.random() < 0.12:
        earlier = tuple(chance.choice([key for key in words.keys("several") if set(key.split()) <= set(BEADS)]).split())
    history, parts, _ = _answered(words, earlier, spoken(wording) if chance.random() < 0.8 else None)
    if chance.random() < 0.22:  # a follow-up before this one
        between = words.draw("follow_ups", "same", language=spoken(wording))
        turn = _filled(words, between, parts)
        history += (("user", turn.text), ("assistant", _answer(words, earlier, spoken(between))[0]))
        parts = merged(parts, turn.parts)
    turn = _filled(words, wording, parts)
    return Lesson(turn.text, _calls(earlier if form.startswith("same") else tools, turn, merged(parts, turn.parts)), history)


def _filled(words: Wordings, wording: str, parts: Sequence[Part]) -> Turn:
    """A follow-up with new values, mostly of what was stated before, each unlike it."""
    stated = [name for name, _ in parts if name in PROCESS_SETTINGS] or list(PROCESS_SETTINGS)
    names = words.chance.sample([*stated, *(["wire_feed"] if words.chance.random() < 0.15 else [])], min(2, len(stated)))
    language = spoken(wording)
    new = [_unlike(words.chance, [name], language, parts) for name in (names * 2)[:2]]
    given = {"{x}": new[0], "{y}": new[1], "{m}": _unlike(words.chance, ["material", "process"], language, parts)}
    return words.fill(wording, given=given)


def _unlike(chance: random.Random, names: Sequence[str], language: str, parts: Sequence[Part]) -> Part:
    while (new := new_part(chance, names, language)) in parts:
        pass
    return new


def merged(before: Sequence[Part], now: Sequence[Part]) -> tuple[Part, ...]:
    """The quantities of a conversation: the latest value in the place of the earlier one, what is new behind."""
    latest = dict(now)
    kept = [(name, latest.pop(name, text)) for name, text in before]
    return (*kept, *((name, text) for name, text in now if name in latest))


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
    tool = words.chance.choice(sorted(words.data["threads"]))
    before, now, argument = words.chance.choice(words.data["threads"][tool])
    said = _answer(words, (tool,), spoken(before))[0]
    lacking = {"analyze_note": [("note", "{n}")], "grade_answer": [("answer", "{a}"), ("reference", "{r}")]}.get(tool, [])
    for name, place in lacking:
        if place not in before:
            said = words.data["asked_back"][name]
            break
    first, second = words.fill(f"{before}⏎⏎{now}", (tool,), tidy=True).text.split("\n\n")
    assert handed_over((tool,)) or argument
    return Lesson(second, ((tool, argument),), (("user", first), ("assistant", said)))
