"""A table pasted into a question, written out as a sentence reads: `| I (A) | U (V) |` above `| 188 | 21.4 |` → `current 188 A, voltage 21.4 V`.

Units or symbols stand in the header and the values below, or the unit stands in brackets before its value (`I (A): 188`). Text that is no
such table stays as it is. Files of data are read by `log_table`; this only brings names, units and values of a message together.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from tools.columns import field_named, quantity, unit_spelt
from tools.fields import FIELDS
from tools.quantities import QUANTITIES
from tools.units import NUMBER, compatible

MOST_COLUMNS = 40
# Separator, and whether each column must be a quantity: commas and spaces part the words of a sentence too.
_SEPARATORS = ((r"\|", False), (r"\t", False), (r";", False), (r"\s{2,}", True), (r",", True), (r"\s(?![(\[])", True))
_RULE = re.compile(r"(?=.*-)[\s|:+=-]+")  # between a header and its rows
_VALUE = re.compile(rf"[-−]?{NUMBER}(?:\s?(?:-|–|to|~)\s?{NUMBER})?")
_BRACKETED = re.compile(r"(?P<name>[^()\[\]]*?)\s*[(\[](?P<unit>[^()\[\]]*)[)\]]\s*", re.DOTALL)
_NAMED = re.compile(  # "Current (A): 188"
    r"(?P<name>[^\W\d][^\n()\[\]|;:=,]{0,60}?)\s*[(\[](?P<unit>[^()\[\]\n]{1,20})[)\]]"
    rf"[ \t:=|;]{{1,8}}(?P<value>{_VALUE.pattern})(?![\w/%°]|[.,]\d)"
)


def spelt_out(text: str) -> str:
    """`text` with each of its tables written out, a row a line; the same text again where it has none."""
    return _NAMED.sub(_beside, "\n".join(_lines(text.split("\n"))) if "\n" in text else text)


def _lines(lines: Sequence[str]) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(lines):
        rows, end = _table(lines, at)
        found += rows or [lines[at]]
        at = end if rows else at + 1
    return found


def _table(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """The rows, written out, of the table whose header is line `at`, and the line after it; no rows where none begins here."""
    for separator, strict in _SEPARATORS:
        header, first = _cells(lines[at], separator), at + 1
        if not 1 < len(header) <= MOST_COLUMNS:
            continue
        columns = list(header)
        while first < len(lines) and first <= at + 2 and (_RULE.fullmatch(lines[first]) or _is_units(_cells(lines[first], separator), len(header))):
            if not _RULE.fullmatch(lines[first]):
                columns = [f"{name} ({unit})" if unit else name for name, unit in zip(header, _cells(lines[first], separator), strict=True)]
            first += 1
        named = [index for index, column in enumerate(columns) if _named(column)]
        if not named or (strict and len(named) < len(columns)):
            continue
        rows: list[list[str]] = []
        for line in lines[first:]:
            cells = _cells(line, separator)
            if len(cells) != len(columns) or not all(_VALUE.match(cells[i]) or not cells[i] for i in named) or not any(cells[i] for i in named):
                break
            rows.append(cells)
        if rows:
            written = [", ".join(_written(column, cell).strip() for column, cell in zip(columns, row, strict=True) if cell) for row in rows]
            return [f"{row}." for row in written], first + len(rows)
    return [], at


def _cells(line: str, separator: str) -> list[str]:
    line = line.strip("\r") if separator == r"\t" else line.strip()
    line = line.removeprefix("|").removesuffix("|") if separator == r"\|" else line
    return [cell.strip().strip("*`").strip() for cell in re.split(separator, line)]


def _is_units(cells: Sequence[str], count: int) -> bool:
    units = [cell.strip("()[] ") for cell in cells if cell]
    return len(cells) == count and bool(units) and all(unit_spelt(unit) for unit in units)


@lru_cache(maxsize=1024)
def _named(column: str) -> tuple[str, str] | None:
    """What a column's values are called and their unit, where the header states it; amperes and volts go without saying."""
    if found := quantity(column):
        return FIELDS[found[0]].title, found[1]
    bracketed = _BRACKETED.fullmatch(column[:200])
    if not bracketed or not (unit := unit_spelt(bracketed["unit"])):
        return None
    field = field_named(bracketed["name"], unit)
    return FIELDS[field].title if field else bracketed["name"], bracketed["unit"].strip()


def _written(column: str, cell: str) -> str:
    named = _named(column)
    if named and _VALUE.fullmatch(cell):
        return f"{named[0]} {cell} {named[1]}"
    return f"{column} {cell}"


def _beside(match: re.Match[str]) -> str:
    """A value with its unit behind it, if words before the brackets name what the unit measures; as it was where they do not."""
    words = match["name"].split(" ")
    for first in range(max(0, len(words) - 4), len(words)):
        name = " ".join(words[first:])
        column = f"{name} ({match['unit']})"
        if (named := _named(column)) and (quantity(column) or _is_quantity(name, str(unit_spelt(match["unit"])))):
            return " ".join([*words[:first], named[0], match["value"], named[1]])
    return match[0]


def _is_quantity(name: str, unit: str) -> bool:
    return any(compatible(unit, each.unit) and re.fullmatch(each.label, name, re.IGNORECASE) for each in QUANTITIES.values())
