"""The re-labelling file: doubtful or still unlabelled rows as a table that a person edits in a spreadsheet and feeds back.

A CSV file with the columns row, text (and text_b where there is one), given, suggested, score, corrected. The person fills
`corrected` with a label or an amount, or `keep`, or `drop`, or leaves it empty. Several amounts are separated by ` | `.
"""

import csv
import io
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.records import DataError, Record
from finetune.targets import labels

if TYPE_CHECKING:  # their modules load cleanlab and scikit-learn, which a table does not need
    from finetune.active import Pick
    from finetune.label_errors import Suspect

KEEP, DROP = "keep", "drop"
NEEDED = ("row", "given", "corrected")
BETWEEN = " | "  # of several amounts
CUT = "…"
_FORMULA = re.compile(r"^'*[=+\-@\t\r\n＝＋－＠]")  # what a spreadsheet would run (OWASP, "CSV injection"), however often it is guarded
_DIGITS = r"[-+]?\d+(?:{point}\d+)?(?:[eE][-+]?\d+)?"
_NUMBER = re.compile(_DIGITS.format(point="[.]"))
_LOCAL_NUMBERS = re.compile(r"{0}(?:\s*\|\s*{0})*".format(_DIGITS.format(point=",")))  # with decimal commas
_SAME_NUMBER = 1e-4  # spreadsheets shorten what they show, and save what they show


@dataclass(frozen=True)
class Correction:
    """What a person wrote into one row of the file, and how the row can be recognised; `text` may be the beginning only."""

    given: str
    corrected: str
    text: str = ""


def write_relabel(path: Path, records: Sequence[Record], suspects: "Sequence[Suspect | Pick]", text_chars: int = 400) -> Path:
    """Write the rows of `records` that `suspects` point at (by index, in their order), texts cut to `text_chars`.

    `given` is the target as the data file has it, empty where there is none; `suggested` is empty for picks. UTF-8 with the mark that
    lets Excel read Korean. Raises DataError where rows could not be told apart later, or where a file with corrections would be lost.
    """
    if path.exists() and (done := read_relabel(path)):
        raise DataError(f"{path.name} already holds {len(done)} corrections; apply them first, or give another name.")
    chosen = [(records[suspect.index], suspect) for suspect in suspects]
    _by_row(records, {record.row for record, _ in chosen})
    paired = any(record.text_b for record in records)
    lines = [["row", "text", *(["text_b"] if paired else []), "given", "suggested", "score", "corrected"]]
    for record, suspect in chosen:
        texts = [record.text, *([record.text_b] if paired else [])]
        words = [*(_cut(text, text_chars) for text in texts), _written(record.target), getattr(suspect, "suggested", "")]
        lines.append([str(record.row), *map(_guarded, words), f"{suspect.score:.4f}", ""])
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".partial")
    with half.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)
    os.replace(half, path)
    return path


def read_relabel(path: Path) -> dict[int, Correction]:
    """The filled-in rows of an edited file, by row of the data file. Comma, semicolon or tab; columns may be moved, added, and all
    but row, given and corrected removed. Raises DataError that names the line."""
    table = _table(path)
    header = [name.strip().lower() for name in table[0]] if table else []
    for name in NEEDED:
        if name not in header:
            has = ", ".join(header) or "none"
            raise DataError(f"{path.name} has no column {name!r}; a re-labelling file needs the columns {', '.join(NEEDED)}, this one has {has}.")
    found: dict[int, Correction] = {}
    for line, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        named = dict(zip(header, cells, strict=False))
        where = f"{path.name}, line {line} of the table"
        if not all(name in named for name in NEEDED):
            raise DataError(f"{where} has {len(cells)} cells instead of {len(header)}; restore the line or remove it.")
        row, corrected = named["row"].strip(), _unguarded(named["corrected"]).strip()
        if not re.fullmatch(r"\d+([.,]0+)?", row):
            raise DataError(f"{where}: {row[:40]!r} in column 'row' is not a row number; leave that column as it was written.")
        if not corrected:
            continue
        number = int(re.split("[.,]", row)[0])
        correction = Correction(_unguarded(named["given"]).strip(), corrected, _unguarded(named.get("text", "")))
        if found.setdefault(number, correction).corrected != corrected:
            raise DataError(f"{where}: row {number} is corrected twice, to {found[number].corrected[:40]!r} and to {corrected[:40]!r}; leave one.")
    return found


def apply_relabel(records: Sequence[Record], corrections: Mapping[int, Correction]) -> list[Record]:
    """The records with corrected targets and without the dropped ones, in their order; all others as they are.

    A number stays a number, and a tuple one of the same length. Raises DataError for a row that is not there, whose given target or
    text is not the record's (the file was made from other data), or whose correction is no target of that kind.
    """
    places = _by_row(records, set(corrections))
    changed: dict[int, Record | None] = {}
    for row, correction in corrections.items():
        record = records[places[row]]
        if not _same_target(correction.given, record.target) or not _begins(record.text, correction.text):
            raise DataError(
                f"{record.where}: there {correction.given[:60]!r} was given to {correction.text[:40]!r}, here {_written(record.target)[:60]!r} "
                f"to {record.text[:40]!r}; apply the re-labelling file to the data that it was made from."
            )
        changed[places[row]] = _corrected(record, correction.corrected)
    after = [changed.get(place, record) for place, record in enumerate(records)]
    return [record for record in after if record is not None]


def _corrected(record: Record, corrected: str) -> Record | None:
    if corrected.lower() == DROP:
        return None
    if corrected.lower() == KEEP:
        if not _written(record.target):
            raise DataError(f"{record.where} has no label to keep; write one into 'corrected', or {DROP}.")
        return record
    if isinstance(record.target, str):
        return replace(record, target=corrected)
    wanted, parts = record.target if isinstance(record.target, tuple) else (record.target,), _parts(corrected)
    if len(parts) != len(wanted):
        raise DataError(
            f"{record.where}: {corrected[:60]!r} in column 'corrected' should be {len(wanted)} targets, such as {_written(record.target)}."
        )
    new = tuple(part if isinstance(old, str) else _number(part, record) for part, old in zip(parts, wanted, strict=True))
    return replace(record, target=new if isinstance(record.target, tuple) else new[0])


def _number(text: str, record: Record) -> float:
    value = _as_number(text)
    if value is None:  # also a decimal comma in a comma-separated file: 1,234 could be either
        raise DataError(f"{record.where}: {text[:60]!r} in column 'corrected' is not a number; write one such as 3.21, or {KEEP}, or {DROP}.")
    return value


def _as_number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) and math.isfinite(float(text)) else None


def _same_target(given: str, target: object) -> bool:
    """Is what the file says the record's target, but for spelling and for the digits that a spreadsheet leaves?"""
    old, new = _parts(_written(target)), _parts(given)
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


def _written(target: object) -> str:
    if isinstance(target, tuple):
        return BETWEEN.join(map(_written, target))
    if isinstance(target, float):
        return "" if math.isnan(target) else repr(target)
    return str(target).strip()


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: max(chars - 1, 0)] + CUT


def _guarded(text: str) -> str:
    """With an apostrophe in front of what a spreadsheet would run; plain numbers, also negative ones, stay numbers."""
    return "'" + text if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _by_row(records: Sequence[Record], wanted: set[int]) -> dict[int, int]:
    """Places of the wanted rows in `records`. Raises DataError where there is none, or more than one."""
    places: dict[int, int] = {}
    for place, record in enumerate(records):
        if record.row in wanted and places.setdefault(record.row, place) != place:
            raise DataError(f"Row {record.row} stands for several records; re-label the data files one at a time, with rows numbered from 1.")
    if missing := sorted(wanted - set(places)):
        raise DataError(
            f"There is no row {missing[0]} among the {len(records)} records; apply the re-labelling file to the data that it was made from."
        )
    return places


def _table(path: Path) -> list[list[str]]:
    """The cells of a CSV file, whichever of the usual separators it was saved with; decimal commas are made points."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except OSError as problem:
        raise DataError(f"{path} cannot be read ({problem.strerror}); give the re-labelling file that was written.") from None
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not UTF-8 text; save it from the spreadsheet as 'CSV UTF-8'.") from None
    separator = max(",;\t", key=(text.splitlines() or [""])[0].count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as problem:
        raise DataError(f"{path.name} is not a valid CSV file ({problem}); save it from the spreadsheet as 'CSV UTF-8'.") from None
    if separator == ",":
        return table
    return [[cell.replace(",", ".") if _LOCAL_NUMBERS.fullmatch(cell.strip()) else cell for cell in cells] for cells in table]
