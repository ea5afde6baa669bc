"""Experiments as records, read from JSON, JSONL or CSV by column name. Knows no task and no model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from finetune.grouping import grouped
from finetune.tables import DataError, Row, read
from tools.columns import canonical, quantity
from tools.conditions import ProcessConditions, Settings
from tools.encoder import ENCODER_DIGITS
from tools.features import conditions_of
from tools.result import ToolInputError

__all__ = ["Columns", "DataError", "Origin", "Record", "load"]


@dataclass(frozen=True)
class Origin:
    """The file that a record is from, its SHA-256, how it was read where that was not a matter of course, and how its rows were grouped."""

    file: str
    sha256: str
    notes: tuple[str, ...] = ()
    grouping: str = ""


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
    origin: Origin | None = field(default=None, compare=False, repr=False)

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
    table = read(path)
    rows = table.rows
    if not rows:
        raise DataError(f"{path.name} holds no records; give a file with at least one row.")
    known = _column_names(path, rows)
    columns = _chosen(path, columns, known)
    wanted = [*columns.text, *([columns.text_b] if columns.text_b else []), *columns.group, *columns.numbers, *(columns.target if labelled else ())]
    for column in wanted:
        if column not in known:
            raise DataError(f"{path.name} has no column {column!r}; its columns are {', '.join(known)}.")
    records = [_record(path, number, row, columns, labelled) for number, row in enumerate(rows, start=1)]
    rule = f"Rows with the same {' and '.join(map(repr, columns.group))} are kept together"
    if not columns.group:
        records, found = grouped(records, columns)
        rule = f"--group was not given, so {found}"
    origin = Origin(path.name, table.sha256, table.notes, rule)
    return [replace(record, origin=origin) for record in records]


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
        point = ", with a decimal point," if "," in str(value) else ""
        raise DataError(f"{where}: {str(value)[:40]!r} in column {column!r} is not a number; correct it{point} or leave it empty.")
    return column, number
