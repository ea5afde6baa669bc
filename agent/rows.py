"""A file of settings as questions: a table with a bead in each row, as against a log with a moment in each."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from tools.columns import quantity, words
from tools.pasted_table import spelt_out

_TIME = re.compile(r"(?:t|time|timestamp|date|datetime|clock|zeit|시간|시각)(?: .*)?|.*\btime|sample|(?:ms|sec|seconds)")
_NAMES = ("id", "name", "bead", "no", "nr", "number", "run", "experiment", "sample id", "#")
_FEWEST = 2  # settings that make a table of settings


@dataclass(frozen=True)
class Row:
    """What the file calls the row, or its number, and its settings as a sentence says them."""

    name: str
    text: str


def read(path: Path) -> list[Row] | None:
    """The rows; None where the file is no table of settings: it has a column of time, or fewer than two settings that its header names with
    their unit (amperes and volts go without saying)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = max(";\t,|", key=text.partition("\n")[0].count)
        header, *table = [[_cell(cell) for cell in cells] for cells in csv.reader(text.splitlines(), delimiter=separator) if cells]
    except (OSError, ValueError, csv.Error):  # no text, or empty: for the reader of logs to say
        return None
    spoken = [words(re.sub(r"[(\[].*", "", name)) for name in header]
    if any(_TIME.fullmatch(name) for name in spoken) or sum(quantity(name) is not None for name in header) < _FEWEST:
        return None
    name = next((i for i, each in enumerate(spoken) if each in _NAMES), None)
    rows = []
    for number, cells in enumerate(table, start=1):
        named = cells[name] if name is not None and name < len(cells) else ""
        filled = [(header[i], cell) for i, cell in enumerate(cells[: len(header)]) if i != name and cell]
        if filled:
            rows.append(Row(named or str(number), spelt_out("\n".join("|".join(part[side] for part in filled) for side in (0, 1)))))
    return rows or None


def _cell(text: str) -> str:
    return " ".join(text.replace("|", " ").split())
