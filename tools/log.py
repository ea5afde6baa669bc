"""A monitoring log of a weld or a build, read as an engineer would: when the arc burnt, with which energy, how steadily."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from tools import log_anomalies, log_text, segments
from tools.log_anomalies import Event
from tools.log_expect import Ask, ask_models, compare
from tools.log_file import Log, read_log
from tools.log_mapping import LogSettings
from tools.result import Estimate, ToolInputError, ToolResult
from tools.signals import Bead, measure

MOST_EVENTS = 200  # in the details; all are counted


def analyze_log(
    file: str | Path, mapping: Mapping[str, Any] | str | Path | None = None, plots_folder: str | Path | None = None,
    sample_rate_hz: float | None = None, threshold_a: float | None = None, join_gap_s: float = segments.JOIN_GAP_S,
    shortest_s: float = segments.SHORTEST_S, ask: Ask | None = ask_models, **settings: Unpack[LogSettings],
) -> ToolResult:  # fmt: skip
    """Read a monitoring log file (current and voltage over time): arc-on segments and layers, power, energy, heat input, stability, events."""
    # `mapping`: a dictionary, or a YAML or JSON file, that confirms or overrides which column holds which signal in which unit and states
    # what the log does not record (`constant`, `process`); `settings` states that too, but comes after what the log records.
    # `plots_folder`: where PNG and SVG plots go; none are drawn without it. `ask`: what tells the models' expectation for a segment's mean
    # settings; None for no comparison. `details` holds columns, segments, layers, events and the methods. Raises ToolInputError, one
    # sentence, for a file or a mapping that cannot be used.
    _check(threshold_a=threshold_a, join_gap_s=join_gap_s, shortest_s=shortest_s)
    log = read_log(file, mapping, sample_rate_hz, settings)
    arcs = segments.find(
        log.time_s, log.step_s, log.signals["current_a"], log.signals.get("arc_on"), threshold_a, join_gap_s=join_gap_s, shortest_s=shortest_s
    )
    parts, layer_rule = segments.layered(arcs.segments, log.signals.get("z_mm"), log.signals.get("layer"))
    beads = [measure(log, arcs, segment, number) for number, segment in enumerate(parts, start=1)]
    events = log_anomalies.anomalies(log, parts, beads)
    warnings = [*log.warnings, *log_text.warnings(log, arcs, beads)]
    expectation: list[dict[str, Any]] = []
    if ask is not None:
        expectation, more = compare(beads, log.settings, ask)
        warnings += more
    layers = by_layer(beads)
    estimates = _estimates(beads, layers, events)
    return ToolResult(
        tool="analyze_log",
        summary=log_text.summary(log, arcs, estimates, events),
        estimates=estimates,
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
