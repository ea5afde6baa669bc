"""A monitoring log of a weld or a build, read as an engineer would: when the arc burnt, with which energy, how steadily."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tools import log_anomalies, segments
from tools.formulas import EFFICIENCY_SOURCE, THERMAL_EFFICIENCY
from tools.log_anomalies import Event
from tools.log_expect import Ask, ask_models, compare
from tools.log_file import Log, read_log
from tools.result import Estimate, ToolInputError, ToolResult
from tools.segments import Arcs
from tools.signals import Bead, measure

MOST_EVENTS = 200  # in the details; all are counted
UNKNOWN_TITLES = {
    "energy_kj": "Energy", "travel_speed_mm_s": "Travel speed", "heat_input_j_mm": "Heat input", "short_circuit_share": "Short circuits",
}  # fmt: skip


def analyze_log(
    file: str | Path, mapping: Mapping[str, Any] | str | Path | None = None, plots_folder: str | Path | None = None,
    sample_rate_hz: float | None = None, threshold_a: float | None = None, join_gap_s: float = segments.JOIN_GAP_S,
    shortest_s: float = segments.SHORTEST_S, ask: Ask | None = ask_models,
) -> ToolResult:  # fmt: skip
    """Read a monitoring log file (current and voltage over time): arc-on segments and layers, power, energy, heat input, stability, events.

    `mapping`: a dictionary, or a YAML or JSON file, that confirms or overrides which column holds which signal in which unit and states
    what the log does not record (`constant`, `process`). `plots_folder`: where PNG and SVG plots go; none are drawn without it.
    `ask`: what tells the models' expectation for a segment's mean settings; None for no comparison. `details` holds columns, segments,
    layers, events and the methods. Raises ToolInputError, one sentence, for a file or a mapping that cannot be used.
    """
    _check(threshold_a=threshold_a, join_gap_s=join_gap_s, shortest_s=shortest_s)
    log = read_log(file, mapping, sample_rate_hz)
    arcs = segments.find(
        log.time_s, log.step_s, log.signals["current_a"], log.signals.get("arc_on"), threshold_a, join_gap_s=join_gap_s, shortest_s=shortest_s
    )
    parts, layer_rule = segments.layered(arcs.segments, log.signals.get("z_mm"), log.signals.get("layer"))
    beads = [measure(log, arcs, segment, number) for number, segment in enumerate(parts, start=1)]
    events = log_anomalies.anomalies(log, parts, beads)
    warnings = [*log.warnings, *_warnings(log, arcs, beads)]
    expectation: list[dict[str, Any]] = []
    if ask is not None:
        expectation, more = compare(beads, log.settings, ask)
        warnings += more
    layers = by_layer(beads)
    return ToolResult(
        tool="analyze_log",
        summary=_summary(log, beads, layers, events, arcs),
        estimates=_estimates(beads, layers, events),
        warnings=warnings,
        inputs={"file": log.path.name, **log.settings},
        details={
            "columns": {use.channel: use.to_json() for use in log.columns},
            "columns_left_out": log.left_out,
            "time": {"from": log.time_from, "rows": len(log.time_s), "step_s": _round(log.step_s), "duration_s": _round(arcs.widths_s.sum()),
                     "gaps": [_round(log.time_s[row]) for row in arcs.gaps[:MOST_EVENTS]]},
            "arc_on": {"rule": arcs.rule, "threshold_a": arcs.threshold_a,
                       "strikes": [{"time_s": _round(log.time_s[a]), "rows": b - a} for a, b in arcs.strikes[:MOST_EVENTS]]},
            "layer_rule": layer_rule,
            "segments": [bead.to_json() for bead in beads],
            "layers": layers,
            "events": [event.to_json() for event in events[:MOST_EVENTS]],
            "event_counts": dict(Counter(event.kind for event in events)),
            "event_method": log_anomalies.METHOD,
            "expectation": expectation,
        },
        plots=[str(path) for path in _plots(log, beads, events, plots_folder)],
    )  # fmt: skip


def by_layer(beads: Sequence[Bead]) -> list[dict[str, Any]]:
    """Sums and, weighted by length, means of each layer's segments; none where layers are not known. A sum is None unless all of it is."""
    layers: list[dict[str, Any]] = []
    for number in sorted({bead.layer for bead in beads if bead.layer is not None}):
        of = [bead for bead in beads if bead.layer == number]
        entry: dict[str, Any] = {"layer": number, "segments": [bead.number for bead in of]}
        for name in ("arc_s", "energy_kj", "length_mm", "wire_m"):
            entry[name] = _sum([getattr(bead, name) for bead in of])
        for name in ("arc_energy_j_mm", "heat_input_j_mm"):
            entry[name] = _mean([getattr(bead, name) for bead in of], [bead.length_mm for bead in of])
        layers.append(entry)
    return layers


def _estimates(beads: Sequence[Bead], layers: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> list[Estimate]:
    """What the whole log comes to; means are weighted by the time the arc burnt, those per length by length."""
    seconds = [bead.arc_s for bead in beads]
    lengths = [bead.length_mm for bead in beads]
    values: list[tuple[str, float | None, str | None]] = [
        ("segments", float(len(beads)), None),
        ("layers", float(len(layers)) if layers else None, None),
        ("arc_time", _sum(seconds), "s"),
        ("current", _mean([bead.current_a.mean if bead.current_a else None for bead in beads], seconds), "A"),
        ("voltage", _mean([bead.voltage_v.mean if bead.voltage_v else None for bead in beads], seconds), "V"),
        ("power", _mean([bead.power_w for bead in beads], [bead.duration_s for bead in beads]), "W"),
        ("energy", _sum([bead.energy_kj for bead in beads]), "kJ"),
        ("travel_speed", _mean([bead.travel_speed_mm_s for bead in beads], seconds), "mm/s"),
        ("arc_energy", _mean([bead.arc_energy_j_mm for bead in beads], lengths), "J/mm"),
        ("heat_input", _mean([bead.heat_input_j_mm for bead in beads], lengths), "J/mm"),
        ("wire", _sum([bead.wire_m for bead in beads]), "m"),
        ("events", float(len(events)), None),
    ]
    return [Estimate(name=name, value=value, unit=unit) for name, value, unit in values if value is not None]


def _summary(log: Log, beads: Sequence[Bead], layers: Sequence[Mapping[str, Any]], events: Sequence[Event], arcs: Arcs) -> str:
    if not beads:
        top = float(np.nanmax(np.abs(log.signals["current_a"])))
        found = f"; {len(arcs.strikes)} shorter bursts" if arcs.strikes else ""
        return f"{log.path.name} shows no arc-on segment: the largest current is {top:.4g} A, and the rule is {arcs.rule}{found}."
    known = {estimate.name: float(estimate.value) for estimate in _estimates(beads, layers, events)}
    in_layers = f" in {_count(len(layers), 'layer')}" if layers else ""
    text = f"{log.path.name}: {_count(len(beads), 'arc-on segment')}{in_layers}, {known['arc_time']:.4g} s of arc"
    if {"current", "voltage"} <= known.keys():
        text += f" at {known['current']:.4g} A and {known['voltage']:.4g} V on average"
    if "energy" in known:
        text += f"; mean power {known['power'] / 1000:.4g} kW, energy {known['energy']:.4g} kJ (mean of u·i, ISO/TR 18491)"
    if "heat_input" in known:
        k = THERMAL_EFFICIENCY[str(log.settings["process"])]
        text += f"; heat input {known['heat_input']:.4g} J/mm with k = {k:g} for {log.settings['process']} ({EFFICIENCY_SOURCE})"
    elif "arc_energy" in known:
        text += f"; arc energy {known['arc_energy']:.4g} J/mm"
    counts = Counter(event.kind for event in events)
    told = ", ".join(_count(count, kind) for kind, count in counts.most_common())
    return f"{text}. {'Out of the ordinary for this run: ' + told if told else 'Nothing is out of the ordinary for this run'}."


def _warnings(log: Log, arcs: Arcs, beads: Sequence[Bead]) -> list[str]:
    """What is not known and why, and what is wrong with the recording."""
    said: list[str] = []
    for name, title in UNKNOWN_TITLES.items():
        reasons: dict[str, list[str]] = {}
        for bead in beads:
            if name in bead.unknown:
                reasons.setdefault(bead.unknown[name], []).append(str(bead.number))
        for reason, numbers in list(reasons.items())[:3]:
            where = "" if len(numbers) == len(beads) else f" in segment{'s' * (len(numbers) > 1)} {_some(numbers)}"
            said.append(f"{title} not known{where}: {reason}.")
    if arcs.strikes:
        said.append(f"{_count(len(arcs.strikes), 'arc-on burst')} too short to be a bead, such as failed ignitions, left out of all figures.")
    if arcs.gaps:
        longer = f"of more than {segments.GAP_STEPS} ordinary steps of {log.step_s:.3g} s"
        said.append(f"The sampling has {_count(len(arcs.gaps), 'gap')} {longer}; no energy is counted in them.")
    for name in ("current_a", "voltage_v"):
        if stuck := [str(bead.number) for bead in beads if name in bead.stuck_s]:
            longest = max(bead.stuck_s.get(name, 0) for bead in beads)
            said.append(f"The {name.split('_')[0]} reads the same for up to {longest:.3g} s while the arc burns (segment {_some(stuck)}): "
                        "a stuck channel, or a set value instead of a measured one.")  # fmt: skip
    for name, values in log.signals.items():
        if missing := int(np.isnan(values).sum()):
            said.append(f"{name} is missing, or no number, in {missing} of {len(values)} rows.")
    both = [bead for bead in beads if bead.travel_speed_mm_s is not None and "travel_speed_mm_s" in log.signals]
    if both and "travel_speed_mm_s" in log.settings:
        said.append("Travel speed is taken as stated for the whole log, not from its column.")
    return said


def _plots(log: Log, beads: Sequence[Bead], events: Sequence[Event], folder: str | Path | None) -> list[Path]:
    if folder is None:
        return []
    from tools.log_plot import draw

    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        return draw(log, beads, events, Path(folder))
    except OSError as error:
        raise ToolInputError(f"The plots cannot be written to {str(folder)[:200]!r} ({error.strerror}); name a folder that can be.") from None


def _check(**limits: float | None) -> None:
    for name, value in limits.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1500):
            raise ToolInputError(f"{name} must be a number between 0 and 1500, not {str(value)[:20]!r}.")


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _round(sum(known)) if known and len(known) == len(values) else None


def _mean(values: Sequence[float | None], weights: Sequence[float | None]) -> float | None:
    """Weighted mean of what is known; None where a segment's value is not known, as a mean of some would pass for one of all."""
    if not values or any(value is None for value in values):
        return None
    of = [weight or 0.0 for weight in weights]
    return _round(float(np.average([value or 0.0 for value in values], weights=of if sum(of) > 0 else None)))


def _round(value: float) -> float:
    return float(f"{value:.5g}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _some(numbers: Sequence[str]) -> str:
    return ", ".join(numbers[:8]) + (", …" if len(numbers) > 8 else "")
