"""What was said before a follow-up: a question with all that its tools need, the answer to it, and what of it still holds."""

import random
import re
from collections.abc import Sequence

from finetune.quantities_text import PROCESS_SETTINGS, Part
from finetune.wordings import Turn, Wordings, new_part, spoken

BEADS = (
    "detect_anomaly",
    "classify_defects",
    "predict_heat_input",
    "predict_energy",
    "recommend_settings",
    "explain_prediction",
)  # tools of one bead


def answered(
    words: Wordings, tools: tuple[str, ...], language: str | None = None, about: str = ""
) -> tuple[tuple[tuple[str, str], ...], tuple[Part, ...], str]:
    """A question with all that these tools need and its answer; the quantities in it; the first number of the answer."""
    several = " ".join(tools)
    section = "single" if len(tools) == 1 else "several"
    wording = words.draw(section, several, lambda w: bool(re.search(about, w)) and ("{s}" in w or not set(tools) & set(BEADS)), language)
    turn = words.fill(wording, tools)
    said, value = answer(words, tools, spoken(wording))
    return (("user", turn.text), ("assistant", said)), turn.parts, value


def answer(words: Wordings, tools: Sequence[str], language: str) -> tuple[str, str]:
    found, first = [], ""
    for mark, tool in enumerate(tools, 1):
        value, low, high = numbers(tool, words.chance)
        text = words.draw("answers", tool, language=language).replace("[T1]", f"[T{mark}]")
        found.append(text.replace("{v}", value).replace("{v2}", low).replace("{v3}", high))
        first = first or value
    return " ".join(found), first


def numbers(tool: str, chance: random.Random) -> tuple[str, str, str]:
    low, high, form = {
        "predict_heat_input": (80, 1200, "{:.1f}"), "predict_energy": (8, 240, "{:.1f}"), "recommend_settings": (2, 20, "{:.1f}"),
        "search_knowledge": (90, 260, "{:.0f}"), "analyze_log": (2, 40, "{:.0f}"), "calculate_physics": (1, 12, "{:.2f}"),
    }.get(tool, (0.5, 0.99, "{:.2f}"))  # fmt: skip
    value = chance.uniform(low, high)
    return form.format(value), form.format(value * chance.uniform(0.88, 0.95)), form.format(value * chance.uniform(1.05, 1.13))


def filled(words: Wordings, wording: str, parts: Sequence[Part]) -> Turn:
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
