"""A file of settings as questions: a table with a bead in each row, as against a log with a moment in each."""

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
    import pandas as pd

    try:
        table = pd.read_csv(path, sep=None, engine="python", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError, pd.errors.ParserError):  # binary, empty, ragged: for the reader of logs to say
        return None
    header = [str(name).strip() for name in table.columns]
    spoken = [words(re.sub(r"[(\[].*", "", name)) for name in header]
    if any(_TIME.fullmatch(name) for name in spoken) or sum(quantity(name) is not None for name in header) < _FEWEST:
        return None
    name = next((i for i, each in enumerate(spoken) if each in _NAMES), None)
    rows = []
    for number, cells in enumerate(table.itertuples(index=False), start=1):
        filled = [(header[i], str(cell).strip()) for i, cell in enumerate(cells) if i != name and str(cell).strip()]
        if filled:
            pasted = "\n".join("|".join(_cell(part[side]) for part in filled) for side in (0, 1))
            rows.append(Row(str(cells[name]).strip() or str(number) if name is not None else str(number), spelt_out(pasted)))
    return rows or None


def _cell(text: str) -> str:
    return " ".join(text.replace("|", " ").split())
