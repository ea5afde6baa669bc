"""The rows of a JSON, JSONL or CSV file, as spreadsheets of any country save them. Knows nothing of experiments.

A CSV file is cut at the commas, semicolons or tabs of its header; a column whose cells are all numbers, some with a decimal comma, is
read with it. What was found is stated in `notes`, since a guess that nobody sees cannot be corrected.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WITH_COMMA = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+(?:[eE][-+]?\d+)?")
_WHOLE = re.compile(r"[-+]?\d+")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")  # 1,234: a thousand and more, or one and a bit
_NONE = frozenset(["", "na", "n/a", "nan", "null", "none", "-", "–"])  # what stands for no value, in small letters
Row = Mapping[str, object]


class DataError(ValueError):
    """A data file that cannot be used: one sentence that names the file, the row and the next step."""


@dataclass(frozen=True)
class Table:
    """A file's rows, its SHA-256, and sentences on how it was read where that was not a matter of course."""

    rows: list[Row]
    sha256: str
    notes: tuple[str, ...] = ()


def read(path: Path) -> Table:
    """The rows of a .json, .jsonl or .csv file as mappings. Raises DataError for anything else."""
    if not path.is_file():
        raise DataError(f"{path} is a folder; name a file in it." if path.is_dir() else f"There is no file {path}; check the path.")
    raw, suffix = path.read_bytes(), path.suffix.lower()
    notes: list[str] = []
    try:
        text = raw.decode("utf-8-sig")
        if suffix == ".csv":
            rows, notes = _csv(path.name, text)
        elif suffix == ".jsonl":  # not splitlines: a text may hold U+2028, and other ends of lines that JSON does not count
            rows = [json.loads(line) for line in text.split("\n") if line.strip()]
        elif suffix == ".json":
            rows = json.loads(text)
        else:
            raise DataError(f"{path.name}: give a .json, .jsonl or .csv file.")
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not in UTF-8; save it as UTF-8 (in a spreadsheet: CSV UTF-8).") from None
    except (json.JSONDecodeError, csv.Error) as broken:
        raise DataError(f"{path.name} is not valid {path.suffix[1:].upper()}: {broken}.") from None
    if not isinstance(rows, list):
        raise DataError(f"{path.name} must hold a list of records.")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError(f"{path.name}, row {number}: not a record with named columns.")
    return Table(rows, hashlib.sha256(raw).hexdigest(), tuple(notes))


def _csv(name: str, text: str) -> tuple[list[Row], list[str]]:
    """Rows of a CSV file and what is to be said of its form. Raises DataError where that is not clear."""
    text = re.sub(r"\Asep=[,;\t]\r?\n", "", text, flags=re.IGNORECASE)  # for Excel
    separator = _separator(name, text)
    header, *lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if line] or [[]]
    for number, line in enumerate(lines, start=1):
        if any(cell.strip() for cell in line[len(header) :]):
            raise DataError(
                f"{name}, row {number}: {len(line)} cells for {len(header)} columns cut at {SEPARATORS[separator]}; put cells that hold "
                "any of these in quotes, or save decimals with points."
            )
    rows: list[dict[str, object]] = [dict(zip(header, [*line, *[None] * (len(header) - len(line))], strict=False)) for line in lines]
    local = [column for column in header if _is_local(name, column, [row[column] for row in rows], separator)]
    for row in rows:
        for column in local:
            if row[column]:
                cell = str(row[column]).strip()
                row[column] = (cell.replace(".", "") if "," in cell else cell).replace(",", ".")
    notes = [f"{name} is cut at {SEPARATORS[separator]}."] if separator != "," else []
    if local:
        notes.append(f"{name}: the comma is the decimal sign in {_some(local)}.")
    return list(rows), notes


def _separator(name: str, text: str) -> str:
    """What the header is cut at; where it holds several of the signs, the one at which every row has as many cells. Raises DataError
    where two have."""
    cells = {sign: [len(line) for line in csv.reader(io.StringIO(text, newline=""), delimiter=sign) if line] for sign in SEPARATORS}
    able = [sign for sign, counts in cells.items() if counts and counts[0] > 1]
    even = [sign for sign in able if len(set(cells[sign])) == 1]
    if len(even) > 1:
        both = " or ".join(SEPARATORS[sign] for sign in even)
        raise DataError(f"{name} can be cut at {both}, with the same number of cells in every row; put the names in its header in quotes.")
    return (even or able or [","])[0]


def _is_local(name: str, column: str, cells: Sequence[object], separator: str) -> bool:
    """Whether the column's numbers have a decimal comma. In a file that is cut at commas, or tabs, one of them must be clear of being
    a thousand. Raises DataError for a column with both decimal signs."""
    filled = [cell for cell in (str(cell or "").strip() for cell in cells) if cell.casefold() not in _NONE]
    with_comma = [cell for cell in filled if _WITH_COMMA.fullmatch(cell)]
    others = [cell for cell in filled if not _WITH_COMMA.fullmatch(cell) and not _WHOLE.fullmatch(cell)]
    if not with_comma or not all(NUMBER.fullmatch(cell) for cell in others):
        return False
    if others:
        raise DataError(f"{name}: column {column!r} has numbers such as {with_comma[0]} and {others[0]}; write all of them with one decimal sign.")
    return separator == ";" or not all(_THOUSANDS.fullmatch(cell) for cell in with_comma)


def _some(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more columns" if len(names) > most else "")
