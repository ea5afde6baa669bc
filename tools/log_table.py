"""A delimited text file as a table: its encoding, separator, decimal sign, where the header and the data begin.

Found by looking at the first lines, as loggers write comments, units and preambles in many ways. Knows nothing of welding.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.columns import unit_spelt
from tools.result import ToolInputError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".asc", ".log")  # of delimited text
SAMPLE_BYTES = 1 << 18
SAMPLE_ROWS = 2000
PLACES = 50
CHUNK_ROWS = 250_000
SEPARATORS = ("\t", ";", ",", "|", r"\s+")
NUMBER = re.compile(r"[-+−]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][-+]?\d+)?")
_STAMP = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp][Mm])?")
_FLAG = re.compile(r"true|false|on|off|yes|no|nan|na|null|inf|-+", re.IGNORECASE)
_UNIT = re.compile(r"[\[(]?\s*(?:[A-Za-zµμ°%Ω·*/^²³⁻¹\d]{1,10}|-)\s*[\])]?")
_ARCHIVES = {b"PK\x03\x04": "an Excel workbook or a zip archive", b"\xd0\xcf\x11\xe0": "an old Excel workbook", b"PAR1": "a Parquet file"}


@dataclass(frozen=True)
class Table:
    """Where the parts of the file are. `names` are unique, in the file's order; `units` are those of a units row, "" where there is
    none; `sample` holds the first data rows as text, as many cells as names, `spread` some from all over the file;
    `first_line` counts the lines before the data."""

    path: Path
    encoding: str
    separator: str
    decimal: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    spread: tuple[tuple[str, ...], ...]
    first_line: int
    has_header: bool
    width: int  # cells of the widest data row
    repeated: tuple[str, ...] = ()  # names that the header has more than once


def inspect(path: Path) -> Table:
    """Find the table in the file. Raises ToolInputError where it cannot be read, is empty, binary, or holds no rows of numbers."""
    encoding, text, whole = _decoded(path)
    lines = re.split(r"\r\n|\n|\r", text)
    lines = lines if whole else lines[:-1]  # the last line of a piece may be cut
    separator = _separator(lines)
    rows = [_cells(line, separator) for line in lines]
    width = _width(rows)
    data = [_is_data(row, width) for row in rows]
    first = next((i for i, good in enumerate(data) if good and sum(data[i : i + 4]) >= min(3, sum(data[i:]))), None)
    if first is None:
        raise ToolInputError(f"{path.name} has no rows of numbers in columns; a log is a table with one row for each moment, such as a CSV file.")
    header, units_row = _header(rows[:first], width)
    if header is None and separator == "," and any(1 < len(row) < width and not any(map(_is_value, row)) for row in rows[:first]):
        raise ToolInputError(
            f"{path.name} has more cells in its rows than names in its header, as where commas both separate and mark decimals; "
            "please export it with semicolons or tabs, or with decimal points."
        )
    found = [row for row, good in zip(rows[first:], data[first:], strict=True) if good][:SAMPLE_ROWS]
    count = max(len(header or ()), *(len(row) for row in found))
    names, repeated = _unique([*(header or ()), *[""] * (count - len(header or ()))])
    far = found if whole or encoding == "utf-16" else [row for row in _elsewhere(path, encoding, separator) if _is_data(row, width)]

    def even(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple([*row, *[""] * count][:count]) for row in rows)

    return Table(
        path=path, encoding=encoding, separator=separator, decimal=_decimal(found), names=names,
        units=tuple([*(units_row or ()), *[""] * count][:count]), sample=even(found), spread=even(far),
        first_line=first, has_header=header is not None, width=max(len(row) for row in found), repeated=repeated,
    )  # fmt: skip


def chunks(table: Table, columns: Sequence[int]) -> Iterator["pd.DataFrame"]:
    """The columns (positions) of all data rows, CHUNK_ROWS at a time. Columns of plain numbers are numbers, all others text; cells
    missing at a row's end are NaN, cells too many are left out. Memory is that of one chunk."""
    import pandas as pd

    wanted, columns = list(columns), [column for column in columns if column < table.width]  # a name without cells
    try:
        with pd.read_csv(
            table.path, sep=table.separator, decimal=table.decimal, encoding=table.encoding, encoding_errors="replace", header=None,
            names=list(range(table.width)), usecols=list(columns), skiprows=table.first_line, chunksize=CHUNK_ROWS,
            skipinitialspace=True, low_memory=False, index_col=False,
        ) as reader:  # fmt: skip
            for chunk in reader:
                if chunk.empty:
                    raise pd.errors.EmptyDataError
                yield chunk.reindex(columns=wanted) if len(wanted) > len(columns) else chunk
    except pd.errors.EmptyDataError:  # `inspect` has seen rows
        said = f"The rows of {table.path.name} stand behind a quotation mark that is not closed; please export it again as CSV."
        raise ToolInputError(said) from None
    except (pd.errors.ParserError, OSError, UnicodeError) as error:
        raise ToolInputError(f"{table.path.name} cannot be read as a table ({str(error)[:120]}); please export it again as CSV.") from None


def _decoded(path: Path) -> tuple[str, str, bool]:
    """(encoding, the first SAMPLE_BYTES as text, whether that is the whole file)."""
    try:
        with path.open("rb") as file:
            raw = file.read(SAMPLE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or "no such file"
        raise ToolInputError(f"{str(path)[:200]!r} cannot be opened ({reason}); name a CSV file.") from None
    whole, raw = len(raw) <= SAMPLE_BYTES, raw[:SAMPLE_BYTES]
    if not raw.strip():
        raise ToolInputError(f"{path.name} is empty; a log is a table with one row for each moment.")
    for magic, what in _ARCHIVES.items():
        if raw.startswith(magic):
            raise ToolInputError(f"{path.name} is {what}; please save the log as CSV.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", raw[: len(raw) // 2 * 2].decode("utf-16", errors="replace"), whole
    if sum(byte < 9 or 13 < byte < 32 for byte in raw) > 0.002 * len(raw):
        raise ToolInputError(f"{path.name} is binary, not text; please export the log as CSV.")
    try:
        return "utf-8-sig", raw.decode("utf-8-sig"), whole
    except UnicodeDecodeError as error:
        if not whole and error.start >= len(raw) - 4:  # a letter cut in two
            return "utf-8-sig", raw[: error.start].decode("utf-8-sig"), whole
        return "latin-1", raw.decode("latin-1"), whole


def _elsewhere(path: Path, encoding: str, separator: str) -> Iterator[tuple[str, ...]]:
    """Whole rows from PLACES places all over a large file: where it begins the arc may not burn yet."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for place in range(1, PLACES + 1):
            file.seek(size * place // (PLACES + 1))
            for line in re.split(r"\r\n|\n|\r", file.read(4096).decode(encoding, errors="replace"))[1:-1]:
                yield _cells(line, separator)


def _cells(line: str, separator: str) -> tuple[str, ...]:
    if separator == r"\s+":
        return tuple(line.split())
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), []))
    except csv.Error:
        return tuple(cell.strip() for cell in line.split(separator))


def _separator(lines: Sequence[str]) -> str:
    """The separator that divides the most lines into equally many cells that hold one value each."""
    tried = [line for line in lines if line.strip()][-500:]

    def score(separator: str) -> tuple[float, float]:
        rows = [_cells(line, separator) for line in tried]
        width = _width(rows)
        good = [row for row in rows if abs(len(row) - width) <= 1 and len(row) > 1]
        cells = [cell for row in good for cell in row if cell]
        share = len(good) / max(len(rows), 1) * sum(map(_is_value, cells)) / max(len(cells), 1)
        return round(share, 9), -SEPARATORS.index(separator)  # a header with spaces makes tabs and spaces equal but for rounding

    return max(SEPARATORS, key=score)


def _width(rows: Sequence[tuple[str, ...]]) -> int:
    counts = Counter(len(row) for row in rows if any(row))
    return max(counts, key=lambda n: (counts[n], n)) if counts else 0


def _is_value(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or _STAMP.fullmatch(cell) or _FLAG.fullmatch(cell))


def _is_data(row: tuple[str, ...], width: int) -> bool:
    filled = [cell for cell in row if cell]
    numbers = sum(map(_is_value, filled))
    return len(row) >= max(width - 1, 2) and bool(filled) and 2 * numbers >= len(filled) and any(map(NUMBER.match, filled))


def _header(rows: Sequence[tuple[str, ...]], width: int) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The header and the row of units below it among the rows before the data: the last rows with about as many cells as the data."""
    near = [row for row in rows if len(row) >= max(width - 1, 2) and sum(bool(cell) for cell in row) >= 2]
    if not near:
        return None, None
    if len(near) > 1 and _are_units(near[-1]) and not _are_units(near[-2]):
        return _bare(near[-2]), near[-1]
    return _bare(near[-1]), None


def _bare(header: tuple[str, ...]) -> tuple[str, ...]:
    return (header[0].lstrip("#%; ").strip(), *header[1:])  # "# time,current": a header that is written as a comment


def _are_units(row: tuple[str, ...]) -> bool:
    filled = [cell for cell in row if cell and cell != "-"]
    known = [cell for cell in filled if cell[0] in "([" or unit_spelt(cell.strip("[]() "))]
    return bool(filled) and all(_UNIT.fullmatch(cell) for cell in filled) and 2 * len(known) >= len(filled)


def _decimal(rows: Sequence[tuple[str, ...]]) -> str:
    """The decimal sign that most numbers are written with."""
    cells = [cell for row in rows for cell in row]
    commas = sum(bool(re.fullmatch(r"[-+−]?\d+,\d+(?:[eE][-+]?\d+)?", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[-+−]?\d+\.\d+(?:[eE][-+]?\d+)?", cell)) for cell in cells)
    return "," if commas > points else "."


def _unique(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that differ: an empty one is numbered, a repeated one counted ("current #2")."""
    named = [name or f"column {i}" for i, name in enumerate(header, start=1)]
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in named:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return tuple(unique), tuple(name for name, count in seen.items() if count > 1)
