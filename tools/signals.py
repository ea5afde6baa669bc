"""What the signals of one arc-on segment amount to: averages, power, energy, heat input, wire, stability and the state of the measuring.

Power is the mean of the products u·i of the rows (average instantaneous power, ISO/TR 18491), which also holds for pulsed and
short-circuiting arcs where the product of the means does not. What is not known is None, with the reason in `unknown`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from tools.formulas import THERMAL_EFFICIENCY
from tools.log_file import Log
from tools.segments import Arcs, Segment

SLOW_S = 0.05  # averages over this show the process, not single droplets
PATH_S = 0.1  # positions are averaged over this, so that their noise does not lengthen the path
SHORT_CIRCUIT_HZ = 2000.0  # short circuits last some 2 to 5 ms: at least four rows each
SHORT_CIRCUIT_SHARE = 0.5  # of the segment's median voltage
STUCK_S, STUCK_ROWS = 1.0, 8
SLOWEST_MM_S = 0.1
ENOUGH = 0.9  # share of a segment's rows that must have current and voltage for its energy to be given
BAND_SIGMAS, BAND_SHARE = 3.0, 0.05


@dataclass(frozen=True)
class Spread:
    """Weighted by the time each row stands for; `cv` = std/mean, None where the mean is 0."""

    mean: float
    std: float
    cv: float | None


@dataclass
class Bead:
    """One segment in numbers; units are in the names, times count from the log's start. `arc_s` is `duration_s` less the interruptions."""

    number: int
    layer: int | None
    start_s: float
    end_s: float
    duration_s: float
    arc_s: float
    rows: int
    interruptions: int
    current_a: Spread | None = None
    voltage_v: Spread | None = None
    power_w: float | None = None
    energy_kj: float | None = None
    travel_speed_mm_s: float | None = None
    length_mm: float | None = None
    arc_energy_j_mm: float | None = None
    heat_input_j_mm: float | None = None
    wire_m: float | None = None
    wire_feed_speed_m_min: float | None = None
    gas_flow_l_min: float | None = None
    short_circuit_share: float | None = None
    short_circuits_per_s: float | None = None
    steady_current_cv: float | None = None
    steady_voltage_cv: float | None = None
    start_transient_s: float | None = None
    end_transient_s: float | None = None
    gaps: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    stuck_s: dict[str, float] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Numbers to six significant digits, as no log is more exact."""
        return _rounded(asdict(self))


def measure(log: Log, arcs: Arcs, segment: Segment, number: int) -> Bead:
    """The segment's numbers."""
    rows = slice(segment.start, segment.stop)
    width, on, time = arcs.widths_s[rows], segment.burning(), log.time_s[rows]
    signals = {name: values[rows] for name, values in log.signals.items()}
    duration = float(width.sum())
    bead = Bead(
        number, segment.layer, float(time[0]), float(time[-1]), duration, float(width[on].sum()), len(time), len(segment.dropouts),
        gaps=sum(segment.start <= row < segment.stop - 1 for row in arcs.gaps),
        missing={name: n for name, values in signals.items() if (n := int(np.isnan(values).sum()))},
    )  # fmt: skip
    current, voltage = signals["current_a"], signals["voltage_v"]
    bead.current_a, bead.voltage_v = spread(np.abs(current[on]), width[on]), spread(np.abs(voltage[on]), width[on])
    for name in ("wire_feed_speed_m_min", "gas_flow_l_min"):
        if name in signals and (found := spread(signals[name][on], width[on])):
            setattr(bead, name, found.mean)
        elif isinstance(stated := log.settings.get(name), float):
            setattr(bead, name, stated)
    _energy(bead, np.abs(current * voltage) if _alternates(current) else current * voltage, width)
    _travel(bead, log, signals, on, width, time)
    _per_length(bead, log.settings.get("process"))
    _wire(bead, signals, width)
    _short_circuits(bead, voltage, on, width, log.step_s)
    bead.start_transient_s, bead.end_transient_s = _transients(segment, signals, time, log.step_s)
    steady = on & (time >= bead.start_s + (bead.start_transient_s or 0)) & (time <= bead.end_s - (bead.end_transient_s or 0))
    bead.steady_current_cv, bead.steady_voltage_cv = (
        found.cv if (found := spread(np.abs(values[steady]), width[steady])) else None for values in (current, voltage)
    )
    for name in ("current_a", "voltage_v"):
        if longest := _stuck(signals[name], time):
            bead.stuck_s[name] = longest
    return bead


def spread(values: np.ndarray, weights: np.ndarray) -> Spread | None:
    """Weighted mean, standard deviation and coefficient of variation of what is finite; None where nothing is."""
    good = np.isfinite(values)
    if not good.any():
        return None
    values, weights = values[good], weights[good]
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1 / len(weights))
    mean = float(values @ weights)
    std = float(np.sqrt(np.maximum((values - mean) ** 2 @ weights, 0)))
    return Spread(mean, std, std / abs(mean) if mean else None)


def slow(values: np.ndarray, step_s: float, period_s: float = SLOW_S) -> np.ndarray:
    """Means over `period_s`, as many whole ones as there are; the values themselves where rows are further apart. NaN are left out."""
    per = max(1, int(period_s / step_s)) if step_s > 0 else 1
    if per == 1 or len(values) < 2 * per:
        return values
    blocks = values[: len(values) // per * per].reshape(-1, per)
    good = np.isfinite(blocks)
    counts = good.sum(axis=1)
    return np.where(counts > 0, np.where(good, blocks, 0).sum(axis=1) / np.maximum(counts, 1), np.nan)


def _alternates(current: np.ndarray) -> bool:
    """Whether both polarities carry current: then u and i change sign together, or one sensor does not show the sign."""
    return bool(min((current > 5).mean(), (current < -5).mean()) > 0.1) if len(current) else False


def _energy(bead: Bead, power: np.ndarray, width: np.ndarray) -> None:
    good = np.isfinite(power)
    if good.mean() < ENOUGH:
        bead.unknown["energy_kj"] = f"current or voltage is missing in {1 - good.mean():.0%} of the rows"
        return
    total = float(power[good] @ width[good])
    if total < 0:  # a sensor wired the other way round
        total = -total
    seen = float(width[good].sum())
    if seen <= 0:
        bead.unknown["energy_kj"] = "the segment has no duration"
        return
    bead.power_w = total / seen
    bead.energy_kj = bead.power_w * bead.duration_s / 1000


def _travel(bead: Bead, log: Log, signals: Mapping[str, np.ndarray], on: np.ndarray, width: np.ndarray, time: np.ndarray) -> None:
    """Travel speed: as stated for the whole log, else measured, else from the positions."""
    stated = log.settings.get("travel_speed_mm_s")
    axes = [signals[name] for name in ("x_mm", "y_mm", "z_mm") if name in signals]
    speed: float | None = None
    if isinstance(stated, float):
        speed = stated
    elif "travel_speed_mm_s" in signals and (found := spread(np.abs(signals["travel_speed_mm_s"][on]), width[on])):
        speed = found.mean
    elif "x_mm" in signals or "y_mm" in signals:
        speed = _path_speed(axes, time, log.step_s)
    else:
        bead.unknown["travel_speed_mm_s"] = "the log has no travel speed and no position; state it if it was the same throughout"
        return
    if speed is None or speed < SLOWEST_MM_S:
        bead.unknown["travel_speed_mm_s"] = "the torch does not move" if speed is not None else "too few positions"
        return
    bead.travel_speed_mm_s, bead.length_mm = speed, speed * bead.duration_s


def _path_speed(axes: list[np.ndarray], time: np.ndarray, step_s: float) -> float | None:
    """Length of the torch's path over its time, in mm/s: weaving counts as path."""
    points = np.column_stack([slow(axis, step_s, PATH_S) for axis in axes])
    times = slow(time, step_s, PATH_S)
    good = np.isfinite(points).all(axis=1)
    points, times = points[good], times[good]
    if len(points) < 2 or times[-1] <= times[0]:
        return None
    return float(np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1)).sum() / (times[-1] - times[0]))


def _per_length(bead: Bead, process: float | str | None) -> None:
    if bead.travel_speed_mm_s is None or bead.power_w is None:
        bead.unknown["arc_energy_j_mm"] = "needs the travel speed" if bead.travel_speed_mm_s is None else "needs the power"
    else:
        bead.arc_energy_j_mm = bead.power_w / bead.travel_speed_mm_s
    if bead.arc_energy_j_mm is None:
        bead.unknown["heat_input_j_mm"] = bead.unknown["arc_energy_j_mm"]
    elif process not in THERMAL_EFFICIENCY:
        bead.unknown["heat_input_j_mm"] = 'needs the process for its k (EN 1011-1); state it in the mapping, such as {"process": "GMAW"}'
    else:
        bead.heat_input_j_mm = THERMAL_EFFICIENCY[str(process)] * bead.arc_energy_j_mm


def _wire(bead: Bead, signals: Mapping[str, np.ndarray], width: np.ndarray) -> None:
    """Wire fed: the growth of a counter, else the wire feed speed over the segment's time."""
    if "wire_consumed_m" in signals:
        counter = signals["wire_consumed_m"][np.isfinite(signals["wire_consumed_m"])]
        grown = np.diff(counter)
        if len(counter) > 1:
            bead.wire_m = float(grown[grown > 0].sum())  # a counter that is set to zero goes on
            return
    if bead.wire_feed_speed_m_min is not None:
        bead.wire_m = bead.wire_feed_speed_m_min * bead.duration_s / 60
    else:
        bead.unknown["wire_m"] = "the log has no wire feed speed or wire length with a known unit"


def _short_circuits(bead: Bead, voltage: np.ndarray, on: np.ndarray, width: np.ndarray, step_s: float) -> None:
    rate = 1 / step_s if step_s > 0 else 0.0
    if rate < SHORT_CIRCUIT_HZ * 0.999:
        bead.unknown["short_circuit_share"] = f"{rate:.3g} samples a second cannot show short circuits of a few ms; {SHORT_CIRCUIT_HZ:g} would"
        return
    seen = np.abs(voltage[on & np.isfinite(voltage)])
    if not len(seen):
        bead.unknown["short_circuit_share"] = "no voltage"
        return
    short = seen < SHORT_CIRCUIT_SHARE * np.median(seen)
    bead.short_circuit_share = float(short.mean())
    begun = int(np.count_nonzero(short[1:] & ~short[:-1]))
    bead.short_circuits_per_s = begun / bead.arc_s if bead.arc_s > 0 else None


def _transients(segment: Segment, signals: Mapping[str, np.ndarray], time: np.ndarray, step_s: float) -> tuple[float | None, float | None]:
    """Seconds from arc-on, and to arc-off, in which current or voltage (running medians of five means over SLOW_S) is outside the band
    median ± max(3 sigma, 5 %) of the segment's second, or fourth, fifth; sigma from the MAD. None for a segment too short to have a middle."""
    from scipy.ndimage import median_filter

    times = slow(time, step_s)
    if len(times) < 25:
        return None, None
    fifth = len(times) // 5
    start = end = 0.0
    for name in ("current_a", "voltage_v"):
        values = np.abs(slow(signals[name], step_s))
        if np.isnan(values).any():
            continue
        running = median_filter(values, 5, mode="nearest")
        if len(inside := _inside(running, values[fifth : 2 * fifth])):
            start = max(start, float(times[inside[0]] - times[0]))
        if len(inside := _inside(running, values[-2 * fifth : -fifth])):
            end = max(end, float(times[-1] - times[inside[-1]]))
    return start, end


def _inside(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    centre = float(np.median(reference))
    sigma = 1.4826 * float(np.median(np.abs(reference - centre)))
    return np.flatnonzero(np.abs(values - centre) <= max(BAND_SIGMAS * sigma, BAND_SHARE * abs(centre)))


def _stuck(values: np.ndarray, time: np.ndarray) -> float | None:
    """Seconds of the longest run of one and the same reading, if it is STUCK_S and STUCK_ROWS long: no arc is that steady."""
    if len(values) < STUCK_ROWS:
        return None
    changes = np.flatnonzero(np.concatenate([[True], np.diff(values) != 0, [True]]))
    lengths = np.diff(changes)
    longest = int(lengths.argmax())
    first, last = int(changes[longest]), int(changes[longest + 1] - 1)
    held = float(time[last] - time[first])
    return held if held >= STUCK_S and lengths[longest] >= STUCK_ROWS else None


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value
