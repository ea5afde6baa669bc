"""The time of each row of a log in seconds from its start: from seconds, milliseconds, dates, clocks, time stamps, or a stated rate."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools.log_columns import ColumnUse
from tools.log_table import Table
from tools.result import ToolInputError

if TYPE_CHECKING:
    import pandas as pd

FACTORS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}
DATES = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%Y%m%d")
CLOCKS = (" %H:%M:%S.%f", " %H:%M:%S", " %I:%M:%S.%f %p", " %I:%M:%S %p", " %H:%M", "T%H:%M:%S.%f", "T%H:%M:%S")
SHUFFLED = 10  # a step back of at most so many ordinary steps is rows out of order; a longer one is a clock that was set back
_GOOD = 0.9  # share of the sampled stamps that a format must read

Parse = Callable[["pd.DataFrame", int], np.ndarray]
"""A chunk of rows and how many rows came before it → seconds [rows], NaN where there is no time."""


def clock(table: Table, uses: Sequence[ColumnUse], rate_hz: float | None) -> tuple[Parse, str, list[str], list[int]]:
    """How to read the time of a row: the reader, what it reads in words, what is doubtful, and the columns it needs. A stated rate comes
    before all columns. Raises ToolInputError where nothing tells the time."""
    by = {use.channel: use for use in uses}
    if rate_hz is not None:
        return lambda frame, before: (before + np.arange(len(frame))) / rate_hz, f"the row number at {rate_hz:g} Hz as stated", [], []
    if "time_s" in by:
        use = by["time_s"]
        cells = _cells(table, use.index)
        if _numeric(cells):
            return _seconds(use, cells)
        if _reads(_of_day(cells)):
            if "date" in by and (form := _form(_cells(table, by["date"].index), DATES)):
                return _date_and_clock(by["date"], use, form), f"{by['date'].column!r} and {use.column!r}", [], [by["date"].index, use.index]
            return (lambda frame, before: _of_day(frame[use.index])), f"{use.column!r}, a time of day", [], [use.index]
    for use in (by[name] for name in ("time_s", "date") if name in by):
        if form := _form(_cells(table, use.index), ("ISO8601", *map("".join, itertools.product(DATES, CLOCKS)))):
            return _dates(use, form), f"{use.column!r}, dates with a time", [], [use.index]
    known = f"column {by['time_s'].column!r} holds none that can be read" if "time_s" in by else "it has no time column"
    raise ToolInputError(f"The log's times are not known: {known}; state sample_rate_hz, or map time_s to a column.")


def ordered(times: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(positions of the rows to keep, their seconds from the start, never falling, what was mended). Rows without a time are left out, rows
    slightly out of order are sorted, a clock that was set back goes on, and stamps too coarse for the rows are spread evenly."""
    notes: list[str] = []
    kept = np.flatnonzero(np.isfinite(times))
    if lost := len(times) - len(kept):
        notes.append(f"{lost} of {len(times)} rows have no readable time and were left out.")
    t = times[kept]
    if len(t) < 2:
        return kept, t - t[:1].sum(), notes
    steps = np.diff(t)
    ordinary = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    if ordinary == 0.0:
        raise ToolInputError("The log's times never go forward; state sample_rate_hz, or map time_s to another column.")
    back = steps < 0
    if back.any() and -steps[back].min() <= SHUFFLED * ordinary:
        order = np.argsort(t, kind="stable")
        kept, t = kept[order], t[order]
        notes.append(f"Time goes back in {int(back.sum())} places by up to {-steps[back].min():.3g} s; the rows were put in order.")
    elif back.any():
        for wrap in (43200.0, 86400.0):  # noon or midnight of a clock without a date
            over = back & (np.abs(steps + wrap) < 600) & (steps + wrap >= 0)
            steps = np.where(over, steps + wrap, steps)
        if still := int((steps < 0).sum()):
            notes.append(f"Time goes back in {still} places by up to {-steps.min():.3g} s; each is taken as one ordinary step of {ordinary:.3g} s.")
            steps = np.where(steps < 0, ordinary, steps)
        t = np.concatenate([[0.0], np.cumsum(steps)])
    t = t - t[0]
    if np.mean(np.diff(t) == 0) > 0.3:
        t = _spread(t)
        notes.append("Several rows share each time stamp; they were spread evenly between the stamps.")
    return kept, t, notes


def floats(cells: "pd.Series", flags: bool = False) -> np.ndarray:
    """Numbers as float64 [rows] from cells that are numbers or text with points or commas; NaN where they are none, infinities too.
    `flags`: on, true and yes are 1, off, false and no 0."""
    import pandas as pd

    if not (pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells)):
        text = cells.astype("str").str.strip().str.replace("−", "-", regex=False)
        commas, points = text.str.contains(",", regex=False), text.str.contains(".", regex=False)
        if commas.any():
            german = text.str.rfind(",") > text.str.rfind(".")
            text = text.where(~(commas & points & german), text.str.replace(".", "", regex=False))  # 1.234,5
            text = text.where(~(commas & points & ~german), text.str.replace(",", "", regex=False))  # 1,234.5
            text = text.str.replace(",", ".", regex=False)
        if flags:
            text = text.str.lower().replace({"on": "1", "true": "1", "yes": "1", "off": "0", "false": "0", "no": "0"})
        cells = pd.to_numeric(text, errors="coerce")
    values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.abs(values) < 1e15, values, np.nan) if not np.isfinite(values).all() or np.abs(values).max(initial=0) >= 1e300 else values


def _seconds(use: ColumnUse, cells: "pd.Series") -> tuple[Parse, str, list[str], list[int]]:
    values = floats(cells)
    steps = np.diff(values[np.isfinite(values)])
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    unit, notes, largest = use.unit, [], float(np.nanmax(np.abs(values), initial=0))
    if unit is None and largest > 1e8:  # counted from 1970
        unit = next(u for u, since in (("ns", 1e17), ("us", 1e14), ("ms", 1e11), ("s", 0)) if largest > since)
    elif unit is None:
        unit = "ms" if step >= 20 else "s"
        if step >= 1 and np.allclose(steps, np.round(steps)):
            notes.append(
                f"The unit of the time column {use.column!r} is not stated: {unit} is taken, and energies and durations depend on it; "
                f'confirm it with a mapping {{"time_s": {{"column": "{use.column}", "unit": "{unit}"}}}} or state sample_rate_hz.'
            )
    factor, start = FACTORS[unit], values[np.isfinite(values)][0]  # large epochs would lose their fractions
    return (lambda frame, before: (floats(frame[use.index]) - start) * factor), f"{use.column!r} in {unit}", notes, [use.index]


def _dates(use: ColumnUse, form: str) -> Parse:
    return lambda frame, before: _stamps(frame[use.index], form)


def _date_and_clock(date: ColumnUse, time: ColumnUse, form: str) -> Parse:
    def parse(frame: "pd.DataFrame", before: int) -> np.ndarray:
        codes, days = frame[date.index].astype("str").factorize()
        starts = _stamps(days.to_series(), form)
        return np.where(codes >= 0, starts[codes], np.nan) + _of_day(frame[time.index])

    return parse


def _of_day(cells: "pd.Series") -> np.ndarray:
    """Seconds since midnight from 04:41:14.028, 4:41:14 PM, 14:28 or 41:14.5 (minutes and seconds)."""
    import pandas as pd

    text = cells.astype("str").str.strip().str.replace(",", ".", regex=False)
    half = text.str.extract(r"\s*([AaPp])[Mm]$", expand=False).str.lower()
    text = text.str.replace(r"\s*[AaPp][Mm]$", "", regex=True)
    short = text.str.count(":") == 1
    text = text.where(~short, np.where(text.str.contains(".", regex=False), "00:" + text, text + ":00"))
    text = text.where(text.str.fullmatch(r"\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?"))
    seconds = pd.to_timedelta(text, errors="coerce").dt.total_seconds().to_numpy(dtype=np.float64, na_value=np.nan)
    if half.notna().any():
        seconds = np.where(half.notna(), seconds % 43200 + np.where(half == "p", 43200, 0), seconds)
    return seconds


def _stamps(cells: "pd.Series", form: str) -> np.ndarray:
    import pandas as pd

    text = cells.astype("str").str.strip().str.replace(",", ".", regex=False)
    times = pd.to_datetime(text, format=form, errors="coerce", utc=True)
    return (times - pd.Timestamp("2000-01-01", tz="UTC")).dt.total_seconds().to_numpy(dtype=np.float64, na_value=np.nan)


def _form(cells: "pd.Series", forms: Sequence[str]) -> str | None:
    """The format that reads the stamps; of several (day or month first?) the one in which the log is shortest."""
    spans: Mapping[str, float] = {form: float(np.ptp(t[np.isfinite(t)])) for form in forms if _reads(t := _stamps(cells, form))}
    return min(spans, key=lambda form: spans[form]) if spans else None


def _reads(times: np.ndarray) -> bool:
    return len(times) > 0 and float(np.isfinite(times).mean()) >= _GOOD


def _numeric(cells: "pd.Series") -> bool:
    return bool(cells.str.fullmatch(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?").mean() >= _GOOD) and not cells.str.contains(r"\..*\.").any()


def _cells(table: Table, index: int) -> "pd.Series":
    import pandas as pd

    return pd.Series([row[index] for row in table.sample if row[index]], dtype="str")


def _spread(t: np.ndarray) -> np.ndarray:
    """Rows that share a stamp, evenly between it and the next; those of the last stamp at the ordinary rate."""
    first = np.flatnonzero(np.concatenate([[True], np.diff(t) > 0]))
    per_row = float(np.median(np.diff(t[first]) / np.diff(first))) if len(first) > 1 else 0.0
    index = np.arange(len(t))
    spread = np.interp(index, first, t[first])
    return np.where(index > first[-1], t[first[-1]] + (index - first[-1]) * per_row, spread)


def is_rate(value: object) -> float:
    """A stated sampling rate in Hz; ToolInputError unless it is a number above 0 and at most 10 MHz."""
    if isinstance(value, str) and (found := re.fullmatch(r"\s*([\d.]+(?:[eE]\d+)?)\s*(k?)Hz\s*|\s*([\d.]+)\s*", value)):
        try:
            value = float(found[1] or found[3]) * (1000 if found[2] else 1)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e7:
        raise ToolInputError(f"sample_rate_hz must be a number of samples per second above 0 and at most 10000000, not {str(value)[:20]!r}.")
    return float(value)
