"""What is out of the ordinary in a log, measured against the run itself: no model, no training, and no verdict on the weld's quality.

Every number is robust (medians, MAD), so that the events themselves do not hide in what they are compared with.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tools.log_file import Log
from tools.segments import Segment
from tools.signals import SLOW_S, Bead, slow

WINDOW_S, WINDOW_ROWS = 3.0, 15
SPIKE_SIGMAS, SHIFT_SIGMAS, BEAD_SIGMAS = 6.0, 3.0, 4.0
LEAST = 0.05  # a change under 5 % of the signal is within what power sources and sensors do
SIGMA_SHARE = (0.005, 0.05)  # a set value has no noise of its own; a run that is unsteady throughout must not hide its own swings
DRIFT_BLOCKS, DRIFT_RANK = 10, 0.85
FEWEST_BEADS = 5
OUTLYING = "outlying segment"
WATCHED = {"current_a": "A", "voltage_v": "V", "wire_feed_speed_m_min": "m/min", "travel_speed_mm_s": "mm/s", "gas_flow_l_min": "L/min"}
BETWEEN = {"power_w": "W", "arc_energy_j_mm": "J/mm"}
METHOD = {
    "sigma": f"1.4826 MAD about the running median, at least {SIGMA_SHARE[0]:.1%} and at most {SIGMA_SHARE[1]:.0%} of the segment's median",
    "steady_state": f"each segment without its start and end transients and interruptions, in means over {SLOW_S:g} s where rows are closer",
    "spike": f"more than {SPIKE_SIGMAS:g} sigma and {LEAST:.0%} from the running median over {WINDOW_S:g} s",
    "shift": f"the medians of the {WINDOW_S:g} s before and after differ by more than {SHIFT_SIGMAS:g} sigma and {LEAST:.0%}",
    "drift": f"where nothing shifts: the Theil-Sen line changes by more than {LEAST:.0%} over the segment, and the medians of its "
             f"{DRIFT_BLOCKS} parts keep that order (Spearman at least {DRIFT_RANK:g})",
    "interruption": "the arc goes out inside a segment",
    OUTLYING: f"from {FEWEST_BEADS} segments on: a segment's mean is more than {BEAD_SIGMAS:g} sigma and {LEAST:.0%} from the median of all",
}  # fmt: skip


@dataclass(frozen=True)
class Event:
    """`size`: how far from `expected`, in `unit`; `score`: the same in sigma, None where there is no sigma."""

    time_s: float
    end_s: float
    segment: int
    channel: str
    kind: str
    size: float
    expected: float | None
    unit: str
    score: float | None

    def to_json(self) -> dict[str, Any]:
        return {key: float(f"{value:.5g}") if isinstance(value, float) else value for key, value in asdict(self).items()}


def anomalies(log: Log, segments: Sequence[Segment], beads: Sequence[Bead]) -> list[Event]:
    """All events in order of time; `beads` are the segments' numbers, in the same order."""
    events: list[Event] = []
    for segment, bead in zip(segments, beads, strict=True):
        for start, stop in segment.dropouts:
            begins, ends = float(log.time_s[start]), float(log.time_s[stop])
            events.append(Event(begins, ends, bead.number, "arc_on", "interruption", ends - begins, None, "s", None))
        rows = slice(segment.start, segment.stop)
        on = np.where(segment.burning(), 1.0, np.nan)
        times = slow(log.time_s[rows], log.step_s)
        steady = (times >= bead.start_s + (bead.start_transient_s or 0)) & (times <= bead.end_s - (bead.end_transient_s or 0))
        for channel, unit in WATCHED.items():
            if channel in log.signals:
                values = slow(log.signals[channel][rows] * on, log.step_s)
                values = np.abs(values) if channel in ("current_a", "voltage_v") else values
                good = steady & np.isfinite(values)
                events += within(times[good], values[good], bead.number, channel, unit)
    return sorted([*events, *between(beads)], key=lambda event: event.time_s)


def within(times: np.ndarray, values: np.ndarray, segment: int, channel: str, unit: str) -> list[Event]:
    """Spikes, shifts and drift of one steady signal: `times` and `values` [rows], finite."""
    from scipy.ndimage import median_filter

    if len(values) < 2 * WINDOW_ROWS:
        return []
    step = float(np.median(np.diff(times)))
    half = max(WINDOW_ROWS, round(WINDOW_S / step) if step > 0 else WINDOW_ROWS) // 2
    running = median_filter(values, 2 * half + 1, mode="reflect")
    rest = values - running
    centre = float(np.median(values))
    sigma = _sigma(rest, centre)

    def event(first: int, last: int, kind: str, size: float, expected: float, score: float | None) -> Event:
        return Event(float(times[first]), float(times[last]), segment, channel, kind, float(size), float(expected), unit, score)

    found: list[Event] = []
    for first, last in _runs((np.abs(rest) > SPIKE_SIGMAS * sigma) & (np.abs(rest) > LEAST * abs(centre)), join=3):
        peak = first + int(np.abs(rest[first : last + 1]).argmax())
        found.append(event(first, last, "spike", rest[peak], running[peak], abs(rest[peak]) / sigma))
    jump = np.zeros(len(values))
    margin = half + half // 2 + 1  # nearer to an end a median would rest on few rows
    if len(values) > 2 * margin:
        inner = np.arange(margin, len(values) - margin)
        jump[inner] = running[inner + half] - running[inner - half - 1]
    large = (np.abs(jump) > SHIFT_SIGMAS * sigma) & (np.abs(jump) > LEAST * abs(centre))
    shifts = [*_runs(large & (jump > 0), join=half), *_runs(large & (jump < 0), join=half)]
    for first, last in shifts:
        sizes = np.abs(jump[first : last + 1])
        peak = first + int(np.median(np.flatnonzero(sizes >= 0.9 * sizes.max())))  # a clean step is as large from everywhere near
        found.append(event(peak, peak, "shift", jump[peak], running[peak - half - 1], abs(jump[peak]) / sigma))
    if not shifts and (change := _drift(times, values)) is not None and abs(change) > LEAST * abs(centre):
        found.append(event(0, len(times) - 1, "drift", change, centre, None))
    return found


def between(beads: Sequence[Bead]) -> list[Event]:
    """Segments that differ from the others in power or arc energy, each with what it differs in most."""
    found: dict[int, Event] = {}
    for name, unit in BETWEEN.items():
        known = [(bead, value) for bead in beads if (value := getattr(bead, name)) is not None]
        if len(known) < FEWEST_BEADS:
            continue
        values = np.array([value for _, value in known])
        centre = float(np.median(values))
        sigma = _sigma(values, centre)
        for bead, value in known:
            event = Event(bead.start_s, bead.end_s, bead.number, name, OUTLYING, value - centre, centre, unit, abs(value - centre) / sigma)
            if abs(value - centre) > max(BEAD_SIGMAS * sigma, LEAST * abs(centre)):
                found[bead.number] = max(found.get(bead.number, event), event, key=lambda e: abs(e.size / (e.expected or 1)))
    return list(found.values())


def _sigma(values: np.ndarray, centre: float) -> float:
    mad = float(np.median(np.abs(values - np.median(values))))
    return max(min(max(1.4826 * mad, SIGMA_SHARE[0] * abs(centre)), SIGMA_SHARE[1] * abs(centre)), 1e-12)


def _runs(flagged: np.ndarray, join: int) -> list[tuple[int, int]]:
    """(first, last) positions of what is flagged, runs at most `join` apart as one."""
    at = np.flatnonzero(flagged)
    if not len(at):
        return []
    breaks = np.flatnonzero(np.diff(at) > join)
    return [(int(a), int(b)) for a, b in zip(at[np.concatenate([[0], breaks + 1])], at[np.concatenate([breaks, [len(at) - 1]])], strict=True)]


def _drift(times: np.ndarray, values: np.ndarray) -> float | None:
    """Change over the whole time along the Theil-Sen line through the medians of DRIFT_BLOCKS parts; None where they do not keep its order."""
    from scipy.stats import rankdata, theilslopes

    parts = np.array([np.median(part) for part in np.array_split(values, DRIFT_BLOCKS)])
    middles = np.array([np.median(part) for part in np.array_split(times, DRIFT_BLOCKS)])
    ranks = rankdata(parts)
    if np.ptp(ranks) == 0 or abs(np.corrcoef(ranks, np.arange(DRIFT_BLOCKS))[0, 1]) < DRIFT_RANK:
        return None
    return float(theilslopes(parts, middles)[0] * (times[-1] - times[0]))
