"""What `analyze_log` says of a log: its figures and what is out of the ordinary in sentences, and what a reader must know of them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tools import segments
from tools.fields import FIELDS
from tools.formulas import EFFICIENCY_SOURCE, THERMAL_EFFICIENCY
from tools.log_anomalies import Event
from tools.log_file import Log
from tools.result import Estimate
from tools.segments import Arcs
from tools.signals import Bead

MARKED = 3  # events that are told one by one
UNKNOWN_TITLES = {
    "energy_kj": "Energy", "travel_speed_mm_s": "Travel speed", "heat_input_j_mm": "Heat input", "short_circuit_share": "Short circuits",
}  # fmt: skip


def summary(log: Log, arcs: Arcs, estimates: Sequence[Estimate], events: Sequence[Event]) -> str:
    """The figures of the whole log, how many events of each kind there are, and the most marked of them with when and how much."""
    known = {estimate.name: float(estimate.value) for estimate in estimates}
    if not known["segments"]:
        top = float(np.nanmax(np.abs(log.signals["current_a"])))
        found = f"; {len(arcs.strikes)} shorter bursts" if arcs.strikes else ""
        return f"{log.path.name} shows no arc-on segment: the largest current is {top:.4g} A, and the rule is {arcs.rule}{found}."
    in_layers = f" in {_count(round(known['layers']), 'layer')}" if "layers" in known else ""
    text = f"{log.path.name}: {_count(round(known['segments']), 'arc-on segment')}{in_layers}, {known['arc_time']:.4g} s of arc"
    if {"current", "voltage"} <= known.keys():
        text += f" at {known['current']:.4g} A and {known['voltage']:.4g} V on average"
    if "energy" in known:
        text += f"; mean power {known['power'] / 1000:.4g} kW, energy {known['energy']:.4g} kJ (mean of u·i, ISO/TR 18491)"
    if "heat_input" in known:
        k = THERMAL_EFFICIENCY[str(log.settings["process"])]
        text += f"; heat input {known['heat_input']:.4g} J/mm with k = {k:g} for {log.settings['process']} ({EFFICIENCY_SOURCE})"
    elif "arc_energy" in known:
        text += f"; arc energy {known['arc_energy']:.4g} J/mm"
    if not events:
        return f"{text}. Nothing is out of the ordinary for this run."
    told = ", ".join(_count(count, kind) for kind, count in Counter(event.kind for event in events).most_common())
    marked = "; ".join(described(event) for event in most_marked(events))
    return f"{text}. Out of the ordinary for this run: {told}. {'The most marked: ' if len(events) > 1 else 'It is: '}{marked}."


def most_marked(events: Sequence[Event]) -> list[Event]:
    """A few events in order of time: of each kind the largest, by how far it is from what was expected, then what is left."""
    ranked = sorted(events, key=lambda event: -abs(event.size / event.expected if event.expected else event.size))
    first = {event.kind: event for event in reversed(ranked)}
    chosen = sorted(first.values(), key=ranked.index) + [event for event in ranked if event is not first[event.kind]]
    return sorted(chosen[:MARKED], key=lambda event: event.time_s)


def described(event: Event) -> str:
    """Such as: voltage of 28.3 V at 20.89 s, where 22.33 V was to be expected."""
    at = f"at {event.time_s:.4g} s"
    if event.expected is None:
        return f"arc out for {event.size:.3g} s {at}"
    what = FIELDS[event.channel].title if event.channel in FIELDS else event.channel.rsplit("_", 1)[0].replace("_", " ").removesuffix(" j")
    if event.kind == "drift":
        return f"{what} drifting by {event.size:+.3g} {event.unit} from {event.time_s:.4g} to {event.end_s:.4g} s"
    if event.kind == "shift":
        return f"{what} shifting by {event.size:+.3g} {event.unit} {at}"
    value, usual = f"{event.expected + event.size:.4g} {event.unit}", f"{event.expected:.4g} {event.unit}"
    if event.kind == "spike":
        return f"{what} of {value} {at}, where {usual} was to be expected"
    return f"{what} of {value} in segment {event.segment}, where {usual} is usual"


def warnings(log: Log, arcs: Arcs, beads: Sequence[Bead]) -> list[str]:
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


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _some(numbers: Sequence[str]) -> str:
    return ", ".join(numbers[:8]) + (", …" if len(numbers) > 8 else "")
