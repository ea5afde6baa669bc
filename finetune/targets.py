"""What a target column says: labels joined by " or ", or an amount inside a sentence, as the study wrote them."""

import re
import sys

from finetune.records import DataError, Record

_WORDED = re.compile(r"^(?:[A-Za-z][A-Za-z ]* is )?\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*\.?\s*[A-Za-z/·²³%°]*\.?$")
NORMAL = "Normal"


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
