"""Logs with known segments: what was put in is what the reading must find."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tools.log_file import Log


def waves(beads: Sequence[tuple[float, float, float]], rate_hz: float = 10.0, pause_s: float = 3.0, noise: float = 0.0):
    """(time, current, voltage) [rows] of beads (seconds, A, V) with pauses before, between and after them."""
    rng = np.random.default_rng(0)
    rest = np.zeros(round(pause_s * rate_hz))
    current, voltage = [rest], [rest]
    for seconds, amps, volts in beads:
        rows = round(seconds * rate_hz)
        current += [amps * (1 + noise * rng.normal(size=rows)), rest]
        voltage += [volts * (1 + noise * rng.normal(size=rows)), rest]
    i, u = np.concatenate(current), np.concatenate(voltage)
    return np.arange(len(i)) / rate_hz, i, u


def write(path: Path, columns: dict[str, Sequence[object] | np.ndarray], separator: str = ",", decimal: str = ".", before: str = "",
          units: Sequence[str] = (), encoding: str = "utf-8") -> Path:  # fmt: skip
    """A delimited file of the columns; numbers with four decimals."""

    def cell(value: object) -> str:
        return value if isinstance(value, str) else f"{value:.4f}".replace(".", decimal)

    lines = [separator.join(columns), *([separator.join(units)] if units else [])]
    lines += [separator.join(map(cell, row)) for row in zip(*columns.values(), strict=True)]
    path.write_bytes((before + "\n".join(lines) + "\n").encode(encoding))
    return path


def log(time_s: np.ndarray, **signals: np.ndarray) -> Log:
    return Log(Path("made.csv"), time_s, signals, [], [], "as made")
