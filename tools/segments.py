"""When the arc burns: arc-on segments of a log, and the layers they belong to.

Decided on means over BLOCK_S, so that the troughs of a pulsed current and short circuits are no arc-off; edges are then found to the row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

BLOCK_S = 0.05  # longer than a pulse or a short circuit (some 20 to 300 a second), shorter than an ignition
JOIN_GAP_S = 0.5
SHORTEST_S = 0.5
FLOOR_A, CEILING_A, SHARE = 5.0, 20.0, 0.15
LAYER_STEP_MM = 0.5  # WAAM layers are about 1 to 4 mm high; robots repeat to 0.1 mm
GAP_STEPS = 5


@dataclass(frozen=True)
class Segment:
    """Rows `start` to `stop` (exclusive) of one bead. `dropouts`: (start, stop) rows of the interruptions joined into it; `layer` counts
    from 1, None where nothing tells."""

    start: int
    stop: int
    dropouts: tuple[tuple[int, int], ...] = ()
    layer: int | None = None

    def burning(self) -> np.ndarray:
        """For each row of the segment [stop - start], whether the arc burns: False in the dropouts."""
        on = np.ones(self.stop - self.start, dtype=bool)
        for start, stop in self.dropouts:
            on[start - self.start : stop - self.start] = False
        return on


@dataclass(frozen=True)
class Arcs:
    """All segments, the rule that found them in words, the current threshold (None where a flag decided), the bursts too short to be a
    bead (rows), and the widths: seconds that each row stands for, a gap in the sampling counting for one ordinary step."""

    segments: list[Segment]
    rule: str
    threshold_a: float | None
    strikes: list[tuple[int, int]]
    widths_s: np.ndarray
    gaps: list[int]  # rows after which the sampling has a gap


def widths(time_s: np.ndarray, step_s: float) -> tuple[np.ndarray, list[int]]:
    """(seconds that each row stands for, rows after which sampling has a gap of more than GAP_STEPS ordinary steps): half the way to both
    neighbours, and never across a gap. Their sum is the log's duration without its gaps."""
    steps = np.diff(time_s)
    gaps = steps > GAP_STEPS * step_s
    filled = np.where(gaps, step_s, steps)
    ends = np.concatenate([[step_s], filled, [step_s]])
    return (ends[:-1] + ends[1:]) / 2, np.flatnonzero(gaps).tolist()


def threshold(current_a: np.ndarray) -> float:
    """The current above which the arc burns: SHARE of the log's working current (95th percentile of what exceeds FLOOR_A), at least FLOOR_A
    and at most CEILING_A; raised over an idle reading that a badly zeroed sensor shows, up to half the working current."""
    sizes = np.abs(current_a[np.isfinite(current_a)])
    strong = sizes[sizes > FLOOR_A]
    if not len(strong):
        return FLOOR_A
    working = float(np.quantile(strong, 0.95))
    limit = float(np.clip(SHARE * working, FLOOR_A, CEILING_A))
    floor = float(np.quantile(sizes, 0.02))
    if limit / 2 < floor < 0.3 * working:  # the log never reads nothing
        idle = sizes[sizes < 1.5 * floor]
        middle = float(np.median(idle))
        noise = 1.4826 * float(np.median(np.abs(idle - middle)))
        limit = max(limit, min(middle + 6 * noise + 1, 0.5 * working))
    return round(limit, 1)


def find(time_s: np.ndarray, step_s: float, current_a: np.ndarray, flag: np.ndarray | None = None, threshold_a: float | None = None,
         join_gap_s: float = JOIN_GAP_S, shortest_s: float = SHORTEST_S) -> Arcs:  # fmt: skip
    """The arc-on segments: where the flag says so (a value above 0.5), else where the current exceeds `threshold_a` or what `threshold`
    finds. Interruptions up to `join_gap_s` are joined, unless the sampling has a gap there; segments under `shortest_s` are strikes."""
    width, gaps = widths(time_s, step_s)
    per_block = max(1, int(BLOCK_S / step_s)) if step_s > 0 else 1
    blocks = np.arange(0, len(time_s), per_block)
    counts = np.diff(np.append(blocks, len(time_s)))
    limit = None
    if flag is not None and np.isfinite(flag).any():
        signal, level, rule = _filled(flag), 0.5, "the arc-on flag"
    else:
        signal = _filled(np.abs(current_a))
        means = np.add.reduceat(signal, blocks) / counts
        level = limit = threshold(means) if threshold_a is None else threshold_a
        rule = f"current above {level:g} A"
    on = np.add.reduceat(signal, blocks) / counts > level
    rule += f", in means over {per_block} rows" * (per_block > 1)
    runs = [_edges(signal, level, int(blocks[a]), int(blocks[b - 1] + counts[b - 1]), per_block) for a, b in _runs(on)]
    joined: list[Segment] = []
    broken = np.array(gaps)
    for start, stop in runs:
        last = joined[-1] if joined else None
        away = last is None or time_s[start] - time_s[last.stop - 1] > join_gap_s + step_s
        if last is None or away or ((broken >= last.stop - 1) & (broken < start)).any():
            joined.append(Segment(start, stop))
        else:
            joined[-1] = Segment(last.start, stop, (*last.dropouts, (last.stop, start)))
    parts = [part for segment in joined for part in _parted(segment, [row + 1 for row in gaps if time_s[row + 1] - time_s[row] > join_gap_s])]
    long = [width[s.start : s.stop].sum() >= shortest_s - 1e-9 for s in parts]
    rule += f"; interruptions up to {join_gap_s:g} s joined, segments under {shortest_s:g} s left out"
    strikes = [(s.start, s.stop) for s, enough in zip(parts, long, strict=True) if not enough]
    return Arcs([s for s, enough in zip(parts, long, strict=True) if enough], rule, limit, strikes, width, gaps)


def layered(segments: Sequence[Segment], z_mm: np.ndarray | None, number: np.ndarray | None = None) -> tuple[list[Segment], str]:
    """(segments with their layers, the rule in words). From a layer number where the log has one, else from z: heights that are further
    apart than LAYER_STEP_MM are layers, counted from the lowest; a segment that steps up without an arc-off is divided there. Without
    either each segment is a bead and `layer` is None."""
    if number is not None and segments:
        of = [number[s.start : s.stop][np.isfinite(number[s.start : s.stop])] for s in segments]
        if all(len(values) for values in of):
            return [replace(s, layer=round(float(np.median(v)))) for s, v in zip(segments, of, strict=True)], "the log's layer number"
    if z_mm is None or not segments or not all(np.isfinite(z_mm[s.start : s.stop]).any() for s in segments):
        return list(segments), "no height is known: each segment is a bead"
    parts = [part for segment in segments for part in _parted(segment, _steps(z_mm, segment))]
    heights = np.array([np.nanmedian(z_mm[p.start : p.stop]) if np.isfinite(z_mm[p.start : p.stop]).any() else np.nan for p in parts])
    heights = np.where(np.isfinite(heights), heights, np.nanmedian(heights))
    levels = np.sort(heights)
    tops = levels[np.flatnonzero(np.diff(levels) > LAYER_STEP_MM)]  # the highest of each layer but the last
    layers = np.searchsorted(tops, heights, side="left") + 1
    return [replace(p, layer=int(n)) for p, n in zip(parts, layers, strict=True)], f"heights more than {LAYER_STEP_MM:g} mm apart are layers"


def _filled(values: np.ndarray) -> np.ndarray:
    """What is missing is taken from the readings on both sides: a lost reading is no arc-off."""
    good = np.flatnonzero(np.isfinite(values))
    if len(good) in (0, len(values)):
        return np.nan_to_num(values)
    return np.interp(np.arange(len(values)), good, values[good])


def _runs(on: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _edges(signal: np.ndarray, level: float, start: int, stop: int, reach: int) -> tuple[int, int]:
    """The run's first and last row over the level, looked for up to one block beyond the blocks that are on."""
    if reach == 1:
        return start, stop
    low, high = max(0, start - reach), min(len(signal), stop + reach)
    over = np.flatnonzero(signal[low:high] > level)
    return low + int(over[0]), low + int(over[-1]) + 1


def _parted(segment: Segment, at: Sequence[int]) -> list[Segment]:
    """The segment divided before the rows `at`."""
    cuts = [segment.start, *(row for row in at if segment.start < row < segment.stop), segment.stop]
    return [Segment(a, b, tuple((max(x, a), min(y, b)) for x, y in segment.dropouts if max(x, a) < min(y, b))) for a, b in pairwise(cuts)]


def _steps(z_mm: np.ndarray, segment: Segment) -> list[int]:
    """Rows at which a segment goes from one height to another, if it dwells on heights that are apart; none for a slope or a spiral."""
    z = z_mm[segment.start : segment.stop]
    good = np.flatnonzero(np.isfinite(z))
    levels = np.sort(z[good])
    dwelt = levels[int(0.001 * len(levels)) : len(levels) - int(0.001 * len(levels))]  # a lone wrong reading is no height
    tops = dwelt[np.flatnonzero(np.diff(dwelt) > LAYER_STEP_MM)]
    if not len(tops):
        return []
    of = np.searchsorted(tops, z[good], side="left")
    if np.bincount(of).min() < max(5, 0.02 * len(good)):
        return []  # passing through, not dwelling
    return (segment.start + good[np.flatnonzero(np.diff(of)) + 1]).tolist()
