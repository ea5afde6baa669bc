"""Which column of a monitoring log holds which signal, and in which unit: by its name, its unit and the values in it.

A unit that nothing states is taken only where one usual unit alone makes the values plausible; else the column is left out, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.columns import field_named, quantity, unit_spelt, words
from tools.log_channels import CHANNELS, NEEDED, NO_UNIT
from tools.log_table import Table
from tools.result import ToolInputError
from tools.units import compatible, registry

_NOT_A_READING = re.compile(
    r"\b(?:std|stdev|sigma|range|min|max|minimum|maximum|peak|background|base|error|err|alarm|fault|limit|tolerance|offset|gain)\b"
)
_SET = re.compile(r"\b(?:set|setpoint|target|nominal|soll|preset|command(?:ed)?|ref(?:erence)?|programmed|ordered)\b")
_OTHER = re.compile(r"\b(?:motor|servo|axis|joint|mains|supply|line|feeder|heater|cooling|hot wire|hotwire|ground|leak)\b")
_FILLER = re.compile(r"\b(?:act(?:ual)?|measured|meas|avg|average|mean|ist|primary|secondary|value|weld(?:ing)?|signal|ch(?:annel)? ?\d*|ai ?\d*)\b")
_EXACT, _PART, _UNIT_ALONE = 3.0, 1.5, 1.0
_TIMES = {"us": r"us|µs|μs", "ms": r"ms|msec|milliseconds?", "s": r"s|sec|seconds?", "min": r"min|minutes?"}


@dataclass(frozen=True)
class ColumnUse:
    """One column as one signal. `sure`: "stated" by the user, "sure", "likely" or "unclear" (then `unit` is None and it is not used);
    `note` says what is doubtful, in words."""

    channel: str
    index: int
    column: str
    unit: str | None
    sure: str
    note: str = ""
    could: tuple[str, ...] = ()  # units that would fit, where it is unclear

    def to_json(self) -> dict[str, Any]:
        return {"column": self.column, "unit": self.unit, "sure": self.sure, "note": self.note or None}


def match(table: Table, numbers: np.ndarray, stated: Mapping[str, Any] | None = None, ignored: Sequence[str] = ()) -> list[ColumnUse]:
    """The columns that hold signals, at most one for each of CHANNELS. `numbers`: the sampled rows as floats [rows, columns], NaN where
    text. `stated`: channel → column name, position from 1, or {"column", "unit"}; None for "not there". ToolInputError where a stated
    column does not exist or its unit does not fit."""
    stated = dict(stated or {})
    uses = [_stated(table, channel, entry) for channel, entry in stated.items() if entry is not None]
    taken = {use.index for use in uses} | {_position(table, name) for name in ignored}
    scores: list[tuple[float, int, str]] = []
    for index, name in enumerate(table.names):
        if index in taken:
            continue
        for channel in CHANNELS:
            if channel not in stated and (score := _score(name, table.units[index], channel)) > 0:
                scores.append((score + _fit(numbers[:, index], channel, _unit_of(table, index, channel)), -index, channel))
    given: dict[str, tuple[float, int]] = {}
    rivals: dict[str, list[int]] = {}
    for score, minus, channel in sorted(scores, reverse=True):
        if -minus in taken:
            continue
        if channel in given:
            if score > given[channel][0] - 1:
                rivals.setdefault(channel, []).append(-minus)
            continue
        given[channel] = score, -minus
        taken.add(-minus)
    for channel, (score, index) in given.items():
        uses.append(_judged(table, channel, index, numbers[:, index], score, [table.names[i] for i in rivals.get(channel, []) if i not in taken]))
    return sorted(uses, key=lambda use: list(CHANNELS).index(use.channel))


def _score(name: str, unit_row: str, channel: str) -> float:
    """How well a column's name and unit name the channel; 0 where they do not."""
    spec, bare = CHANNELS[channel], _without_unit(name)
    spelt = unit_row or _unit_text(name)
    unit = unit_spelt(spelt.strip("[]() ")) if spelt and channel != "time_s" else None
    if unit and (not spec.unit or not compatible(unit, spec.unit)):
        return 0
    found = quantity(name)
    if found and found[0] != channel and found[0] in CHANNELS:
        return 0
    spoken = re.sub(r"\s+#\d+$", "", words(bare.replace(".", " ").replace("/", " ")))
    kept = _SET.sub("", _NOT_A_READING.sub("", spoken))
    kept = " ".join(_FILLER.sub("", kept).split())
    exact = (found is not None and found[0] == channel) or any(re.fullmatch(spec.name, text) for text in (spoken, kept))
    exact = exact or field_named(bare, unit) == channel or field_named(kept, unit) == channel
    labelled = exact or any(field_named(word) == channel or (len(word) > 2 and re.fullmatch(spec.name, word)) for word in spoken.split())
    if channel == "arc_on" and re.search(r"current|voltage|strom|spannung|time|power|energy|length", spoken):
        labelled = exact = False
    score = _EXACT if exact else _PART if labelled else _UNIT_ALONE if unit and channel in NEEDED else 0.0
    if score and channel not in ("arc_on", "layer", "date", "sample"):
        score -= 1.0 * bool(_SET.search(spoken)) + 2.0 * bool(_NOT_A_READING.search(spoken)) + 2.0 * bool(_OTHER.search(spoken))
        score += 0.5 * bool(unit)
    return score


def _fit(values: np.ndarray, channel: str, unit: str | None) -> float:
    """0.5 where the values are plausible for the channel, -1 where no usual unit makes them so."""
    spec = CHANNELS[channel]
    if channel == "arc_on":
        return 0.5 if not np.isfinite(values).any() or len(np.unique(values[np.isfinite(values)])) <= 3 else -3.0
    if not spec.units or channel == "time_s" or not np.isfinite(values).any():
        return 0.0
    units = (unit,) if unit else spec.units
    return 0.5 if any(_plausible(values, channel, u) for u in units) else -1.0


def _judged(table: Table, channel: str, index: int, values: np.ndarray, score: float, rivals: list[str]) -> ColumnUse:
    """What can be said about the chosen column: its unit, how sure it is, and what is doubtful about it."""
    spec, name = CHANNELS[channel], table.names[index]
    unit, notes = _unit_of(table, index, channel), []
    sure = "sure" if score >= _EXACT else "likely"
    if rivals:
        sure = "likely"
        notes.append(f"{_quoted(rivals)} could be it too")
    if channel in NO_UNIT:
        return ColumnUse(channel, index, name, unit, sure, "; ".join(notes))
    if unit is None:
        fitting = [u for u in spec.units if _plausible(values, channel, u)]
        unit = spec.assumed or (fitting[0] if len(fitting) == 1 else None)
        if unit is None:
            could = f"it could be {' or '.join(fitting)}" if fitting else "no usual unit makes its values plausible"
            return ColumnUse(channel, index, name, None, "unclear", "; ".join([*notes, f"its unit is not stated and {could}"]), tuple(fitting))
        if not spec.assumed:
            sure = "likely"
            notes.append(f"no unit is stated; only {unit} makes its values plausible")
    if not _plausible(values, channel, unit):
        sure = "likely"
        notes.append(f"its middle value of {_middle(values):.3g} {unit} is unusual for it")
    return ColumnUse(channel, index, name, unit, sure, "; ".join(notes))


def _stated(table: Table, channel: str, entry: Any) -> ColumnUse:
    column, unit = (entry.get("column"), entry.get("unit")) if isinstance(entry, Mapping) else (entry, None)
    index = _position(table, column)
    spec = CHANNELS[channel]
    if unit is not None:
        spelt = _time_unit(str(unit).strip()) if channel == "time_s" else unit_spelt(str(unit))
        if spelt is None or not spec.unit or not compatible(spelt, spec.unit):
            raise ToolInputError(f"The mapping's unit {str(unit)[:20]!r} does not fit {channel}; use {', '.join(spec.units) or 'none'}.")
        return ColumnUse(channel, index, table.names[index], spelt if channel == "time_s" else _short(spelt), "stated")
    unit = _unit_of(table, index, channel)
    if unit or spec.assumed or channel in NO_UNIT:
        return ColumnUse(channel, index, table.names[index], unit or spec.assumed, "stated")
    unit = _short(spec.unit)
    return ColumnUse(channel, index, table.names[index], unit, "stated", f"no unit is stated: {unit} is taken, that of the name {channel}")


def _time_unit(text: str) -> str | None:
    return next((unit for unit, pattern in _TIMES.items() if re.fullmatch(pattern, text)), None)


def _position(table: Table, column: Any) -> int:
    if isinstance(column, int) and not isinstance(column, bool) and 1 <= column <= len(table.names):
        return column - 1
    for same in (str, lambda name: words(str(name))):
        if (wanted := same(column)) in (names := [same(name) for name in table.names]):
            return names.index(wanted)
    raise ToolInputError(f"The mapping names a column {str(column)[:60]!r} that the log does not have; its columns are {_quoted(table.names)}.")


def _unit_of(table: Table, index: int, channel: str) -> str | None:
    """The unit that the header or the row of units states, if it measures the channel."""
    spec, name = CHANNELS[channel], table.names[index]
    text = (table.units[index] or _unit_text(name)).strip("[]() ")
    if channel == "time_s":
        return _time_unit(text)
    found = None if table.units[index] else quantity(name)
    unit = found[1] if found and found[0] == channel and (text or spec.assumed) else unit_spelt(text) if text else None
    return _short(unit) if unit and spec.unit and compatible(unit, spec.unit) else None


def _short(unit: str) -> str:
    return f"{registry().Unit(unit):~C}" if unit != "cubic feet/h" else unit


def _unit_text(name: str) -> str:
    """What stands in brackets at the name's end, else its last words where they spell a unit: `v_mm_s` → mm/s."""
    if bracketed := re.search(r"[(\[]([^()\[\]]*)[)\]]\s*(?:#\d+)?$", name):
        return bracketed[1]
    parts = [part for part in re.split(r"[\s_,;:]+", re.sub(r"\s+#\d+$", "", name).strip()) if part]
    for count in (2, 1):
        if len(parts) > count and (text := "/".join(parts[-count:])) and (unit_spelt(text) or text in ("ms", "us", "µs")):
            return text
    return ""


def _without_unit(name: str) -> str:
    bare = re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", name)
    if bare == name and (text := _unit_text(name)):
        parts = re.split(r"[\s_,;:]+", name)
        return " ".join(parts[: len(parts) - len(text.split("/"))])
    return bare


def _plausible(values: np.ndarray, channel: str, unit: str) -> bool:
    spec = CHANNELS[channel]
    low, high = (registry().Quantity(limit, spec.unit).to(unit).magnitude if np.isfinite(limit) else limit for limit in spec.usual)
    middle = _middle(values)
    return bool(low <= middle <= high) if np.isfinite(middle) and np.isfinite(high) else True


def _middle(values: np.ndarray) -> float:
    """The median of the sizes above a fifth of the largest usual one: what is read while the arc burns. NaN where there is none."""
    sizes = np.abs(values[np.isfinite(values)])
    sizes = sizes[sizes > 0.2 * np.quantile(sizes, 0.98)] if len(sizes) else sizes
    return float(np.median(sizes)) if len(sizes) else float("nan")


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name[:40]) for name in list(names)[:20]) + (", …" if len(names) > 20 else "")
