"""The re-labelling file: doubtful or still unlabelled rows as a table that a person edits in a spreadsheet and feeds back.

A CSV file with the columns row, text (and text_b where there is one), given, suggested, score, corrected. The person fills
`corrected` with a label or an amount, or `keep`, or `drop`, or leaves it empty. Several amounts are separated by ` | `.
"""

import csv
import io
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.records import DataError, Record
from finetune.tables import NUMBER

if TYPE_CHECKING:  # their modules load cleanlab and scikit-learn, which a table does not need
    from finetune.active import Pick
    from finetune.label_errors import Suspect

NEEDED = ("row", "given", "corrected")
BETWEEN = " | "  # of several amounts
CUT = "…"
_FORMULA = re.compile(r"^'*[=+\-@\t\r\n＝＋－＠]")  # what a spreadsheet would run (OWASP, "CSV injection"), however often it is guarded
_LOCAL_NUMBERS = re.compile(r"{0}(?:\s*\|\s*{0})*".format(NUMBER.pattern.replace(r"\.", ",")))  # with decimal commas


@dataclass(frozen=True)
class Correction:
    """What a person wrote into one row of the file, and how the row can be recognised; `text` may be the beginning only."""

    given: str
    corrected: str
    text: str = ""
    line: int = field(default=0, compare=False)  # of the table, the header being the first


def write_relabel(path: Path, records: Sequence[Record], suspects: "Sequence[Suspect | Pick]", text_chars: int = 400) -> Path:
    """Write the rows of `records` that `suspects` point at (by index, in their order), texts cut to `text_chars`.

    `given` is the target as the data file has it, empty where there is none; `suggested` is empty for picks. UTF-8 with the mark that
    lets Excel read Korean. Raises DataError where rows could not be told apart later, or where a file with corrections would be lost.
    """
    if path.exists() and (done := read_relabel(path)):
        raise DataError(f"{path.name} already holds {len(done)} corrections; apply them first, or give another name.")
    chosen = [(records[suspect.index], suspect) for suspect in suspects]
    places_of(records, {record.row for record, _ in chosen})
    paired = any(record.text_b for record in records)
    lines = [["row", "text", *(["text_b"] if paired else []), "given", "suggested", "score", "corrected"]]
    for record, suspect in chosen:
        texts = [record.text, *([record.text_b] if paired else [])]
        words = [*(_cut(text, text_chars) for text in texts), written(record.target), getattr(suspect, "suggested", "")]
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
        if not re.fullmatch(r"\d{1,15}([.,]0+)?", row):
            raise DataError(f"{where}: {row[:40]!r} in column 'row' is not a row number; leave that column as it was written.")
        if not corrected:
            continue
        number = int(re.split("[.,]", row)[0])
        correction = Correction(_unguarded(named["given"]).strip(), corrected, _unguarded(named.get("text", "")), line)
        if found.setdefault(number, correction).corrected != corrected:
            raise DataError(f"{where}: row {number} is corrected twice, to {found[number].corrected[:40]!r} and to {corrected[:40]!r}; leave one.")
    return found


def written(target: object) -> str:
    """A target as the file has it: several amounts in one cell, and nothing where there is none."""
    if isinstance(target, tuple):
        return BETWEEN.join(map(written, target))
    if isinstance(target, float):
        return "" if math.isnan(target) else repr(target)
    return str(target).strip()


def places_of(records: Sequence[Record], wanted: set[int]) -> dict[int, int]:
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


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: max(chars - 1, 0)] + CUT


def _guarded(text: str) -> str:
    """With an apostrophe in front of what a spreadsheet would run; plain numbers, also negative ones, stay numbers."""
    return "'" + text if _FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


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
