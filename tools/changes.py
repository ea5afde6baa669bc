"""Changes that a text states against what was said before: "10 A more", "half the travel speed", "raise the voltage by 3 V", "a 25 % lower current".

Read as they stand, "10 A" would be the whole current. Here each is found and written out as the setting that it leads to, so that everything after
reads a plain value; one that changes what nobody has said is told, to be asked for. English.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tools.amounts import settings_of
from tools.fields import FIELDS
from tools.units import Quantity, find_quantities

_NAMES = {  # the longer names first: a wire feed speed is no travel speed
    "wire_feed_speed_m_min": r"wire[\s-]*feed(?:ing)?(?:[\s-]*(?:speed|rate))?|WFS",
    "current_a": r"current|amperage|amps|amperes",
    "voltage_v": r"(?:arc\s+)?voltage",
    "travel_speed_mm_s": r"(?:(?:travel|torch|welding)\s+)?speed",
}
_NAME = "|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _NAMES.items())
_ARTICLE = r"(?:(?:the|my|our|that|this)\s+)?"
_UP, _DOWN = r"rais|increas|up|add|higher|push", r"lower|reduc|decreas|drop|cut|slow"
_VERB = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\w*\s+{_ARTICLE}(?:{_NAME}|it)\s+(?:by\s+)(?:another\s+|a\s+further\s+)?\Z", re.IGNORECASE)
_BEFORE = re.compile(rf"(?:{_NAME})\s+(?:is|was|were|be|goes|went)?\s*\Z", re.IGNORECASE)
_END = r"\s*(?:[?.!,;:)]|\Z)|\s+(?:and|or|than\s+(?:before|now|then|that|this)|at|with|in|on|for|would|will|do|does)\b"
_AFTER = re.compile(
    rf"\s*(?:of\s+)?(?:(?P<up>more|higher|faster|extra|greater)|(?P<down>less|lower|slower))\b(?:\s+(?:{_NAME})|(?={_END}))", re.IGNORECASE
)
_TIMES = re.compile(
    rf"\b(?:(?P<double>doubl(?:e|ing)|twice)|(?P<half>half|halv(?:e|ing))|(?P<triple>tripl(?:e|ing)|three\s+times))\s+(?:of\s+)?{_ARTICLE}(?:{_NAME})",
    re.IGNORECASE,
)
_FACTORS = {"double": 2.0, "half": 0.5, "triple": 3.0}
_PERCENT = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s?(?:%|per\s?cent\b)", re.IGNORECASE)
_UNITS = ("current_a", "voltage_v", "travel_speed_mm_s")  # what a quantity changes where no name says so


@dataclass(frozen=True)
class Change:
    """Where a text states one, in which setting (None where no word and no unit says), and what it makes of the setting's value."""

    start: int
    end: int
    name: str | None
    factor: float = 1.0
    added: float = 0.0

    def of(self, value: float) -> float:
        return float(f"{value * self.factor + self.added:.6g}")


def written_out(texts: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The texts of a conversation in order, each change as the value it leads to; what was made of those of the last text, a sentence each; and those
    of the last text that change something nobody has said."""
    values: dict[str, float] = {}
    found: list[str] = []
    taken: list[str] = []
    open_: list[str] = []
    for text in texts:
        taken, open_ = [], []
        stated = sorted(changes(text), key=lambda each: -each.start)
        # "180 A, and with 10 A more?" asks for two beads, and is answered as such
        known = values | _settings(_blank(text, stated)) if stated else values
        for change in stated:
            said = text[change.start : change.end].strip()
            if change.name is None or change.name not in known:
                open_.append(said)
                text = _blank(text, [change])
                continue
            field, before = FIELDS[change.name], known[change.name]
            value = change.of(before)
            taken.append(f"“{said}” is taken as a {field.title} of {value:g} {field.display_unit}, as it was {before:g} {field.display_unit}.")
            text = f"{text[: change.start]} {field.title} {value:g} {field.display_unit} {text[change.end :]}"
        found.append(text)
        values |= _settings(text)
    return found, taken[::-1], open_[::-1]


def blanked(text: str) -> str:
    """The text with every change blanked out, same length."""
    return _blank(text, changes(text))


def changes(text: str) -> Iterator[Change]:
    """Every change that a text states."""
    for match in _TIMES.finditer(text):
        factor = next(value for word, value in _FACTORS.items() if match[word])
        yield Change(match.start(), match.end(), _name(match), factor=factor)
    for quantity in find_quantities(text):
        if (name := _of_unit(quantity)) and (around := _around(text, quantity.start, quantity.end)):
            start, end, named, sign = around
            name = named if named and quantity.measures(FIELDS[named].unit) else name
            yield Change(start, end, name, added=sign * quantity.to(FIELDS[name].unit))
    for percent in _PERCENT.finditer(text):
        if around := _around(text, percent.start(), percent.end()):
            start, end, name, sign = around
            yield Change(start, end, name, factor=1 + sign * float(percent[1]) / 100)


def _blank(text: str, stated: Iterable[Change]) -> str:
    for change in stated:
        text = text[: change.start] + " " * (change.end - change.start) + text[change.end :]
    return text


def _settings(text: str) -> dict[str, float]:
    return {name: value for name, value in settings_of(text).values().items() if isinstance(value, float)}


def _around(text: str, start: int, end: int) -> tuple[int, int, str | None, int] | None:
    """Where the words of a change begin and end around its number, the setting that they name, and its sign; None where they state none."""
    if verb := _VERB.search(text[:start]):
        return verb.start(), end, _name(verb), 1 if verb["up"] else -1
    if after := _AFTER.match(text[end:]):
        before = _BEFORE.search(text[:start])
        named = _name(after) or (_name(before) if before else None)
        return before.start() if before else start, end + after.end(), named, 1 if after["up"] else -1
    return None


def _name(match: re.Match[str]) -> str | None:
    return next((name for name in _NAMES if match[name]), None)


def _of_unit(quantity: Quantity) -> str | None:
    return next((name for name in _UNITS if quantity.measures(FIELDS[name].unit)), None)
