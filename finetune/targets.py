"""What a target column says: labels joined by " or ", or an amount inside a sentence, as the study wrote them."""

import re
import sys

from finetune.records import DataError, Record
from tools.columns import quantity

_WORDED = re.compile(r"^(?:[A-Za-z][A-Za-z ]* is )?\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*\.?\s*[A-Za-z/·²³%°]*\.?$")
NORMAL = "Normal"
_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]\d][^()\[\]]{0,15}?)\s*[)\]]\s*$")
_UNITS = {  # as the last words of a column name spell them; one letter alone could be anything
    "mm": "mm", "cm": "cm", "um": "µm", "mm2": "mm²", "mm3": "mm³", "cm2": "cm²", "j": "J", "kj": "kJ", "w": "W", "kw": "kW", "mpa": "MPa",
    "gpa": "GPa", "hv": "HV", "percent": "%", "min": "min", "ms": "ms", "s": "s", "h": "h", "kg": "kg", "g": "g", "in": "in", "m": "m", "n": "N",
}  # fmt: skip


def unit_of(column: str) -> str | None:
    """The unit that a target's column name states: `height (mm)`, `heat_input_j_mm`, `arc voltage`. None where it is not certain."""
    if bracketed := _BRACKETS.search(column):
        return bracketed[1]
    if known := quantity(column):
        return known[1]
    found: list[str] = []
    for word in reversed(re.split(r"[\s_-]+", column.lower())[1:]):
        if word not in _UNITS or len(found) == 2:
            break
        found.insert(0, word)
    if not found or (len(found) == 1 and (len(found[0]) == 1 or found[0] == "in")):
        return None
    return "/".join(_UNITS[word] for word in found)


def labels(target: object) -> tuple[str, ...]:
    """`humping or Bead cut` → ("Bead cut", "Humping"): split, strip, capitalise, sort."""
    return tuple(sorted({part.strip().strip(".").capitalize() for part in str(target).split(" or ") if part.strip(" .")}))


def is_normal(target: object) -> bool:
    """The study's rule: labels that contain Normal are Normal."""
    return NORMAL in labels(target)


def amounts(record: Record) -> tuple[float, ...]:
    """The record's numeric targets. Raises DataError that names the row."""
    return tuple(_amount(part, record) for part in (record.target if isinstance(record.target, tuple) else (record.target,)))


def _amount(target: str | float, record: Record) -> float:
    """The number in 656.112, `656.112.`, `Heat input is 656.112.` or `Energy is 61808.5.`"""
    if isinstance(target, str):
        found = _WORDED.match(target.strip())
        if found is None:
            raise DataError(f"{record.where}: the target {target[:60]!r} is not a number such as 656.1 or 'Energy is 656.1.'")
        target = float(found.group(1))
    if not abs(target) <= sys.float_info.max:  # nan, infinity, and whole numbers that no float holds
        raise DataError(f"{record.where}: the target is not a finite number; remove the row or measure it again.")
    return float(target)
