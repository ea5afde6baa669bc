"""A file of settings as questions: a table with a bead in each row, as against a log with a moment in each."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.columns import quantity, words
from tools.pasted_table import spelt_out

_TIME = re.compile(r"(?:t|time|timestamp|date|datetime|clock|zeit|시간|시각)(?: .*)?|.*\btime|sample|(?:ms|sec|seconds)")
_NAMES = ("id", "name", "bead", "no", "nr", "number", "run", "experiment", "sample id", "#")
_FEWEST = 2  # settings that make a table of settings
MOST = 500  # rows; nobody asks about more beads one by one, and what has more is a log


@dataclass(frozen=True)
class Row:
    """What the file calls the row, or its number, and its settings as a sentence says them."""

    name: str
    text: str


@dataclass(frozen=True)
class Table:
    """The first rows of a file, and how many more it has."""

    rows: list[Row]
    more: int


def read(path: Path, most: int) -> Table | None:
    """The first `most` rows; None where the file is no table of settings: it has a column of time, more than MOST rows, or fewer than two
    settings that its header names with their unit (amperes and volts go without saying). Reads no further than that needs."""
    rows: list[Row] = []
    count = 0
    try:
        lines = _lines(path)
        header = next(lines)
        spoken = [words(re.sub(r"[(\[].*", "", name)) for name in header]
        if any(_TIME.fullmatch(name) for name in spoken) or sum(quantity(name) is not None for name in header) < _FEWEST:
            return None
        name = next((i for i, each in enumerate(spoken) if each in _NAMES), None)
        for number, cells in enumerate(lines, start=1):
            filled = [(header[i], cell) for i, cell in enumerate(cells[: len(header)]) if i != name and cell]
            if not filled:
                continue
            if (count := count + 1) > MOST:
                return None
            if count <= most:  # to spell a row out takes a millisecond
                named = cells[name] if name is not None and name < len(cells) else ""
                rows.append(Row(named or str(number), spelt_out("\n".join("|".join(part[side] for part in filled) for side in (0, 1)))))
    except (OSError, ValueError, csv.Error, StopIteration):  # no text, or empty: for the reader of logs to say
        return None
    return Table(rows, count - len(rows)) if rows else None


def _lines(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        separator = max(";\t,|", key=file.readline().count)
        file.seek(0)
        for cells in csv.reader(file, delimiter=separator):
            if cells:
                yield [_cell(cell) for cell in cells]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", " ").split())
