"""A monitoring log in memory: its signals in canonical units over time, and how its columns were understood."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tools.fields import FIELDS
from tools.log_channels import CHANNELS, NEEDED
from tools.log_columns import ColumnUse, match
from tools.log_mapping import LogSettings, constants, listed, read_mapping
from tools.log_table import Table, chunks, inspect
from tools.log_time import clock, floats, is_rate, ordered
from tools.result import ToolInputError
from tools.units import registry

MAX_ROWS = 20_000_000  # eight bytes a value: about 1 GiB for six signals
NOT_SIGNALS = ("time_s", "date", "sample")


@dataclass(frozen=True)
class Log:
    """`time_s` [rows] from the log's start, never falling; `signals`: name of CHANNELS → float64 [rows], NaN where not known;
    `settings`: what the mapping states for the whole log, in canonical units; `left_out`: columns that are not used."""

    path: Path
    time_s: np.ndarray
    signals: dict[str, np.ndarray]
    columns: list[ColumnUse]
    left_out: list[str]
    time_from: str
    settings: dict[str, float | str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def step_s(self) -> float:
        """The ordinary time between two rows, in s."""
        steps = np.diff(self.time_s)
        return float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0


def read_log(
    file: str | Path, mapping: Mapping[str, Any] | str | Path | None = None, sample_rate_hz: float | None = None, settings: LogSettings | None = None
) -> Log:
    """Read a log. `mapping` (a dictionary, or a YAML or JSON file of one) confirms or overrides what the headers tell; `settings` held for
    the whole log where it does not record them. Raises ToolInputError, one sentence, for a file that is no table of numbers, and where
    current, voltage or time are not found."""
    stated = read_mapping(mapping)
    rate = sample_rate_hz if sample_rate_hz is not None else stated.get("sample_rate_hz")
    table = inspect(Path(file))
    constant, said = constants(stated), constants({"constant": dict(settings or {})})
    asked = {name: entry for name, entry in stated.items() if name in CHANNELS}
    numbers = _sample(table)
    uses = match(table, numbers, asked, ignored=listed(stated.get("ignore")))
    recorded = {use.channel for use in uses if use.sure != "unclear"}
    recorded |= {"travel_speed_mm_s"} if recorded & {"x_mm", "y_mm"} else set()
    overridden = _overridden(said, recorded, constant)
    constant = {name: value for name, value in said.items() if name not in recorded} | constant
    uses = [use for use in uses if use.channel not in constant]
    _require(table, uses)
    parse, time_from, notes, time_columns = clock(table, uses, None if rate is None else is_rate(rate))
    used = [use for use in uses if use.channel not in NOT_SIGNALS and use.sure != "unclear"]
    times, signals = _load(table, used, parse, time_columns)
    kept, time_s, mended = ordered(times)
    if len(time_s) < 2:
        raise ToolInputError(f"{table.path.name} has {len(time_s)} row{'s' * (len(time_s) != 1)} with a time; a log needs at least two.")
    log = Log(
        path=table.path, time_s=time_s, signals={name: values if len(kept) == len(times) and (kept[1:] > kept[:-1]).all() else values[kept]
                                                 for name, values in signals.items()},
        columns=uses, left_out=[name for i, name in enumerate(table.names) if i not in {use.index for use in uses}], time_from=time_from,
        settings=constant, warnings=[*_doubts(table, uses), *overridden, *notes, *mended],
    )  # fmt: skip
    for name in NEEDED:
        if not np.isfinite(log.signals[name]).any():
            column = next(use.column for use in uses if use.channel == name)
            raise ToolInputError(f"Column {column!r}, read as {name}, holds no numbers; map {name} to another column.")
    return log


def _sample(table: Table) -> np.ndarray:
    import pandas as pd

    columns = zip(*(table.spread or table.sample), strict=True)
    return np.column_stack([floats(pd.Series(cells, dtype="str"), flags=True) for cells in columns])


def _require(table: Table, uses: list[ColumnUse]) -> None:
    found = {use.channel: use for use in uses}
    unclear = [found[name] for name in NEEDED if name in found and found[name].sure == "unclear"]
    if missing := [name.split("_")[0] for name in NEEDED if name not in found]:
        names = ", ".join(repr(name[:40]) for name in table.names[:20]) + (", …" if len(table.names) > 20 else "")
        free = [name for i, name in enumerate(table.names) if i not in {use.index for use in uses}] or [f"name of the {missing[0]} column"]
        wanted = [name for name in NEEDED if name not in found]
        example = json.dumps({name: free[i % len(free)][:40] for i, name in enumerate(wanted)}, ensure_ascii=False)
        raise ToolInputError(
            f"{table.path.name} has no column that I recognise as {' or '.join(missing)}: it has {names}; name it with a mapping such as {example}."
        )
    if unclear:
        use = unclear[0]
        raise ToolInputError(f'The unit of column {use.column!r} is not known ({use.note}); state it with a mapping such as '
                             f'{{"{use.channel}": {{"column": "{use.column}", "unit": "{CHANNELS[use.channel].units[0]}"}}}}.')  # fmt: skip


def _doubts(table: Table, uses: list[ColumnUse]) -> list[str]:
    """One warning for each column that is not surely understood."""
    said = []
    for use in uses:
        unit = use.unit or (use.could[0] if use.could else next(iter(CHANNELS[use.channel].units), None))
        entry = {use.channel: {"column": use.column, "unit": unit} if unit else use.column}
        example = f"a mapping such as {json.dumps(entry, ensure_ascii=False)}"
        if use.sure == "unclear":
            said.append(f"Column {use.column!r} looks like {_title(use.channel)} but is not used: {use.note}; confirm it with {example}.")
        elif use.note or use.sure == "likely":
            doubt = f"but {use.note}" if use.note else "by a part of its name"
            said.append(f"Column {use.column!r} is read as {_title(use.channel)}{f' in {use.unit}' if use.unit else ''}, {doubt}; "
                        f"correct it with {example}.")  # fmt: skip
    if table.repeated:
        said.append(f"The header has {', '.join(map(repr, table.repeated[:5]))} more than once; the later ones are numbered.")
    return said


def _overridden(said: Mapping[str, float | str], recorded: set[str], constant: Mapping[str, float | str]) -> list[str]:
    """One warning for each stated setting that is not used: a mapping's constant comes first, then what was measured."""
    told = [f"The stated {_title(n)} is not used, because the mapping states another." for n, v in said.items() if constant.get(n, v) != v]
    measured = [_title(name) for name in said if name in recorded and name not in constant]
    return told + [f"The stated {name} is not used, because the log records it; a mapping's constant comes before a column." for name in measured]


def _title(channel: str) -> str:
    return FIELDS[channel].title if channel in FIELDS else channel.rsplit("_", 1)[0].replace("_", " ") if channel != "arc_on" else "arc on"


def _factor(use: ColumnUse) -> float:
    """What one of the column's unit is in the channel's."""
    unit = CHANNELS[use.channel].unit
    return float(registry().Quantity(1, use.unit).to(unit).magnitude) if use.unit and unit else 1.0


def _load(table: Table, used: list[ColumnUse], parse: Any, time_columns: list[int]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(seconds [rows], signals), chunk by chunk so that memory holds the signals and one chunk of text."""
    factors = {use.channel: _factor(use) for use in used}
    times: list[np.ndarray] = []
    parts: dict[str, list[np.ndarray]] = {use.channel: [] for use in used}
    rows = 0
    for chunk in chunks(table, sorted({*time_columns, *(use.index for use in used)})):
        times.append(parse(chunk, rows))
        for use in used:
            values = floats(chunk[use.index], flags=use.channel == "arc_on")
            parts[use.channel].append(values * factors[use.channel] if factors[use.channel] != 1 else values)
        rows += len(chunk)
        if rows > MAX_ROWS:
            raise ToolInputError(f"{table.path.name} has more than {MAX_ROWS} rows; please divide it or export it at a lower rate.")
    if not rows:
        raise ToolInputError(f"{table.path.name} has no rows of data.")
    return np.concatenate(times), {name: np.concatenate(values) for name, values in parts.items()}
