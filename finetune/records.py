"""Experiments as records, read from JSON, JSONL or CSV by column name. Knows no task and no model."""

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.columns import canonical, quantity
from tools.conditions import ProcessConditions, Settings
from tools.encoder import ENCODER_DIGITS
from tools.features import conditions_of
from tools.result import ToolInputError

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
# A text that states this many numbers, this many of them different and other than the small whole numbers of lists and marks,
# is taken for the description of one experiment.
EXPERIMENT_NUMBERS, TELLING_NUMBERS, SMALL = 3, 2, 10
Row = Mapping[str, object]


class DataError(ValueError):
    """A data file that cannot be used: one sentence that names the file, the row and the next step."""


@dataclass(frozen=True)
class Record:
    """One example: a text (or two), what is to be predicted, and the group that must stay on one side of a split.

    `target` is as the file has it, a tuple where there are several target columns; `numbers` are named numeric columns;
    `row` counts the file's records from 1.
    """

    text: str
    target: str | float | tuple[str | float, ...]
    group: str
    text_b: str = ""
    numbers: tuple[tuple[str, float], ...] = ()
    row: int = 0
    source: str = ""

    @property
    def conditions(self) -> ProcessConditions:
        """The credible settings that the text states."""
        return conditions_of(self.text)

    @property
    def where(self) -> str:
        """The record's place, for messages: `beads.csv, row 12`."""
        return f"{self.source or 'the data'}, row {self.row}"


@dataclass(frozen=True)
class Columns:
    """Which column of a file is what; the defaults are the study's. Without `text`, the text is written from `numbers`;
    without either, from the columns that are process quantities by name (`travel_speed_mm_min`)."""

    text: tuple[str, ...] = ("input",)
    target: tuple[str, ...] = ("output",)
    text_b: str | None = None
    group: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def load(path: Path, columns: Columns = Columns(), labelled: bool = True) -> list[Record]:
    """Read `path` (.json, .jsonl or .csv; one record a row). Without a group column, rows that state the same settings in numbers
    form a group, so that paraphrases of one experiment stay together, and so do equal rows; pairs are grouped by the text that
    repeats more. Not `labelled`: targets are neither needed nor read. Raises DataError."""
    rows = read_rows(path)
    if not rows:
        raise DataError(f"{path.name} holds no records; give a file with at least one row.")
    known = _column_names(path, rows)
    columns = _chosen(path, columns, known)
    wanted = [*columns.text, *([columns.text_b] if columns.text_b else []), *columns.group, *columns.numbers, *(columns.target if labelled else ())]
    for column in wanted:
        if column not in known:
            cut = " Columns are to be separated by commas; save it so." if path.suffix == ".csv" and len(known) == 1 and ";" in known[0] else ""
            raise DataError(f"{path.name} has no column {column!r}; its columns are {', '.join(known)}.{cut}")
    records = [_record(path, number, row, columns, labelled) for number, row in enumerate(rows, start=1)]
    return records if columns.group else _grouped(records, paired=columns.text_b is not None)


def read_rows(path: Path) -> list[Row]:
    """The rows of a .json, .jsonl or .csv file as mappings. Raises DataError for anything else."""
    if not path.is_file():
        raise DataError(f"{path} is a folder; name a file in it." if path.is_dir() else f"There is no file {path}; check the path.")
    try:
        suffix = path.suffix.lower()
        if suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows: list[object] = list(csv.DictReader(file))
        elif suffix == ".jsonl":  # not splitlines: a text may hold U+2028, and other ends of lines that JSON does not count
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
        elif suffix == ".json":
            rows = json.loads(path.read_text(encoding="utf-8-sig"))
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
    return rows  # type: ignore[return-value]


def tells_apart(numbers: Sequence[float]) -> bool:
    """Whether the numbers of a text tell one experiment from another: enough of them, and not only those of lists and marks."""
    telling = {value for value in numbers if not (value.is_integer() and abs(value) <= SMALL)}
    return len(numbers) >= EXPERIMENT_NUMBERS and len(telling) >= TELLING_NUMBERS


def _column_names(path: Path, rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(str(name) for row in rows[:1000] for name in row if name is not None))


def _chosen(path: Path, columns: Columns, known: Sequence[str]) -> Columns:
    """Fill in what was not said: the study's text column if the file has one, else its process quantities."""
    if columns.numbers and columns.text == ("input",) and "input" not in known:
        return replace(columns, text=())
    if columns.text and (columns.text != ("input",) or "input" in known):
        return columns
    found = tuple(name for name in known if quantity(name) and name not in (*columns.target, *columns.group))
    if not found and not columns.numbers:
        raise DataError(
            f"{path.name} has no column 'input' and none named after a process quantity (such as travel_speed_mm_s); "
            f"say which columns to read with --text or --numbers; its columns are {', '.join(known)}."
        )
    return replace(columns, text=(), numbers=columns.numbers or found)


def _record(path: Path, number: int, row: Row, columns: Columns, labelled: bool) -> Record:
    where = f"{path.name}, row {number}"
    numeric = dict(_named_number(where, name, row) for name in columns.numbers)
    if len(columns.text) == 1:
        text = _cell(where, columns.text[0], row)
    else:
        numeric |= {name: value for name in columns.text if (value := _as_number(row.get(name))) is not None}
        words = [f"{name}: {row[name]}" for name in columns.text if name not in numeric and not _empty(row.get(name))]
        text = " ".join([*words, _written(numeric)]).strip()
        if not text:
            raise DataError(f"{where}: {_listed([*columns.text, *columns.numbers])} empty; fill in at least one column or remove the row.")
    target: list[str | float] = [_target(where, name, row) for name in columns.target] if labelled else [""]
    return Record(
        text=text,
        target=target[0] if len(target) == 1 else tuple(target),
        group=" | ".join(_cell(where, name, row) for name in columns.group),
        text_b=_cell(where, columns.text_b, row) if columns.text_b else "",
        numbers=tuple(numeric.items()),
        row=number,
        source=path.name,
    )


def _written(numeric: Mapping[str, float]) -> str:
    """Numbers as text: process quantities in the words of the study, others by their column's name."""
    settings: dict[str, float] = {}
    others = []
    for name, value in numeric.items():
        known = canonical(name, value) if not math.isnan(value) else None
        if known and known[0] not in settings:
            settings[known[0]] = known[1]
        elif not math.isnan(value):
            others.append(f"{name}: {value:.6g}")
    try:
        start = [ProcessConditions.of(Settings(**settings)).to_text(digits=ENCODER_DIGITS)] if settings else []  # type: ignore[typeddict-item]
    except ToolInputError:  # not credible as settings of a weld: then they are just numbers
        start, others = [], [f"{name}: {value:.6g}" for name, value in numeric.items() if not math.isnan(value)]
    return " ".join([*start, *([", ".join(others) + "."] if others else [])])


def _cell(where: str, column: str, row: Row) -> str:
    value = row.get(column)
    if _empty(value):
        raise DataError(f"{where}: column {column!r} is empty; fill it in or remove the row.")
    return str(value)


def _target(where: str, column: str, row: Row) -> str | float:
    value = row.get(column)
    if isinstance(value, list):
        return " or ".join(map(str, value))
    if isinstance(value, dict):  # aspects with their polarities
        return "; ".join(f"{aspect}: {polarity}" for aspect, polarity in value.items())
    if _empty(value) or (isinstance(value, float) and math.isinf(value)):
        raise DataError(f"{where}: the target in column {column!r} is missing or not finite; fill it in or remove the row.")
    return value if isinstance(value, int | float) else str(value)


def _empty(value: object) -> bool:
    """Whether a cell holds nothing: absent, blank, or the NaN that tables are written with where a value is missing."""
    return value is None or not str(value).strip() or value != value


def _listed(columns: Sequence[str]) -> str:
    return f"column {columns[0]!r} is" if len(columns) == 1 else f"columns {', '.join(map(repr, columns))} are all"


def _as_number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _named_number(where: str, column: str, row: Row) -> tuple[str, float]:
    """A numeric cell; an empty one is NaN, which the features replace by the training median."""
    value = row.get(column)
    if _empty(value):
        return column, math.nan
    number = _as_number(value)
    if number is None:
        raise DataError(f"{where}: {str(value)[:40]!r} in column {column!r} is not a number; correct it or leave it empty.")
    return column, number


def _grouped(records: list[Record], paired: bool) -> list[Record]:
    """Records with the groups that their texts suggest."""
    if paired:
        first, second = Counter(r.text for r in records), Counter(r.text_b for r in records)
        return [replace(r, group=r.text if len(first) <= len(second) else r.text_b) for r in records]
    return [replace(r, group=_experiment(r)) for r in records]


def _experiment(record: Record) -> str:
    """The numbers that describe the record's experiment; where they are too few or too plain for that, all that it has."""
    columns = [f"{value:g}" for _, value in record.numbers]
    numbers = columns or NUMBER.findall(record.text)
    return " ".join(numbers if tells_apart([value for value in map(float, numbers) if not math.isnan(value)]) else [record.text, *columns])
