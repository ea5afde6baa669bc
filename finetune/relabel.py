"""Corrections of an edited re-labelling file, applied to the records that the file was made from and to no others."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from finetune.records import DataError, Record
from finetune.relabel_file import BETWEEN, Correction, places_of, written
from finetune.tables import NUMBER
from finetune.targets import labels

KEEP, DROP = "keep", "drop"
_SAME_NUMBER = 1e-4  # spreadsheets shorten what they show, and save what they show


def apply_relabel(records: Sequence[Record], corrections: Mapping[int, Correction]) -> list[Record]:
    """The records with corrected targets and without the dropped ones, in their order; all others as they are.

    A number stays a number, and a tuple one of the same length. Raises DataError for a row that is not there, whose given target or
    text is not the record's (the file was made from other data), or whose correction is no target of that kind.
    """
    places = places_of(records, set(corrections))
    changed: dict[int, Record | None] = {}
    for row, correction in corrections.items():
        record = records[places[row]]
        if not _same_target(correction.given, record.target) or not _begins(record.text, correction.text):
            raise DataError(
                f"{record.where}: there {correction.given[:60]!r} was given to {correction.text[:40]!r}, here {written(record.target)[:60]!r} "
                f"to {record.text[:40]!r}; apply the re-labelling file to the data that it was made from."
            )
        changed[places[row]] = _corrected(record, correction.corrected)
    after = [changed.get(place, record) for place, record in enumerate(records)]
    return [record for record in after if record is not None]


def _corrected(record: Record, corrected: str) -> Record | None:
    if corrected.lower() == DROP:
        return None
    if corrected.lower() == KEEP:
        if not written(record.target):
            raise DataError(f"{record.where} has no label to keep; write one into 'corrected', or {DROP}.")
        return record
    if isinstance(record.target, str):
        return replace(record, target=corrected)
    wanted, parts = record.target if isinstance(record.target, tuple) else (record.target,), _parts(corrected)
    if len(parts) != len(wanted):
        raise DataError(
            f"{record.where}: {corrected[:60]!r} in column 'corrected' should be {len(wanted)} targets, such as {written(record.target)}."
        )
    new = tuple(part if isinstance(old, str) else _number(part, record) for part, old in zip(parts, wanted, strict=True))
    return replace(record, target=new if isinstance(record.target, tuple) else new[0])


def _number(text: str, record: Record) -> float:
    value = _as_number(text)
    if value is None:  # also a decimal comma in a comma-separated file: 1,234 could be either
        raise DataError(f"{record.where}: {text[:60]!r} in column 'corrected' is not a number; write one such as 3.21, or {KEEP}, or {DROP}.")
    return value


def _as_number(text: str) -> float | None:
    return float(text) if NUMBER.fullmatch(text) and math.isfinite(float(text)) else None


def _same_target(given: str, target: object) -> bool:
    """Is what the file says the record's target, but for spelling and for the digits that a spreadsheet leaves?"""
    old, new = _parts(written(target)), _parts(given)
    return len(old) == len(new) and all(a == b or _equal(a, b) for a, b in zip(old, new, strict=True))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(BETWEEN.strip())]


def _equal(a: str, b: str) -> bool:
    one, other = _as_number(a), _as_number(b)
    if one is not None and other is not None:
        return math.isclose(one, other, rel_tol=_SAME_NUMBER)
    return labels(a) == labels(b) != ()


def _begins(text: str, beginning: str) -> bool:
    """Does `text` begin with the cell `beginning`, but for spaces, case and punctuation, which spreadsheets and people touch?"""
    plain, start = (re.sub(r"\W+", "", words).casefold() for words in (text, beginning))
    return plain.startswith(start)
