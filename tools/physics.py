"""Exact physics of a bead: every quantity that follows from those given, or the one setting that reaches a given result.

The formulas are in `relations`, how they are turned round in `solve`, what is said of the outcome in `physics_text`.
"""

from dataclasses import dataclass
from typing import Any, Literal, Unpack, cast

from tools import physics_text
from tools.conditions import Settings
from tools.densities import LOW_ALLOY_STEELS
from tools.physics_problem import PRICES, Problem, full_name, known_name, problem_of, read
from tools.quantities import QUANTITIES
from tools.relations import COOLING
from tools.result import Estimate, ToolInputError, ToolResult
from tools.solve import Network, NoSolution, Step

NUDGE = 1e-4  # relative change of a target that shows which way a setting goes
Bound = Literal["max", "min"]


class PhysicsSettings(Settings, total=False):
    """Keyword arguments of `calculate_physics`: settings, prices, and results that are to be reached. Numbers are in the unit
    of the name (prices in any one currency); a string may carry any unit ("0.6 kJ/mm", "12 EUR/kg")."""

    thermal_efficiency: float | str
    density_kg_m3: float | str
    plate_thickness_mm: float | str
    preheat_temperature_c: float | str
    shape_factor: float | str
    price_wire_per_kg: float | str
    price_gas_per_m3: float | str
    price_hour: float | str
    arc_power_kw: float | str
    arc_energy_j_mm: float | str
    heat_input_j_mm: float | str
    bead_time_s: float | str
    bead_energy_kj: float | str
    t85_s: float | str
    t85_thick_s: float | str
    t85_thin_s: float | str
    transition_thickness_mm: float | str
    wire_to_travel_ratio: float | str
    bead_area_mm2: float | str
    deposition_rate_cm3_h: float | str
    deposition_rate_kg_h: float | str
    bead_mass_g: float | str
    energy_per_kg_kwh: float | str
    bead_gas_l: float | str
    wire_cost_per_bead: float | str
    gas_cost_per_bead: float | str
    time_cost_per_bead: float | str
    cost_per_bead: float | str
    gas_cost_per_kg: float | str
    time_cost_per_kg: float | str
    cost_per_kg: float | str


def calculate_physics(*, solve_for: str | None = None, bound: Bound | None = None, **settings: Unpack[PhysicsSettings]) -> ToolResult:
    """Exact formulas without a model: heat input k·U·I/v, arc energy, cooling time t8/5, deposition rate, bead cross-section, cost;
    or which travel speed, current, voltage or wire feed speed keeps one of them at, under or over a given value."""
    # Raises ToolInputError for an unknown name, an impossible value, nothing to compute, or no solution inside the allowed range.
    if bound not in (None, "max", "min"):
        raise ToolInputError("The bound must be 'max' (the given result is an upper limit) or 'min' (a lower limit).")
    given, names = read(settings)
    problem = problem_of(given, names, known_name(full_name(solve_for), "solve_for") if solve_for is not None else None)
    try:
        outcome = solved(problem, bound)
    except NoSolution as none:
        raise ToolInputError(physics_text.no_solution(none, problem.given)) from None
    open_ = problem.sought if problem.sought not in outcome.values else None
    lacking = physics_text.cannot_find(open_, problem.network, outcome.values, outcome.targets) if open_ else ""
    if lacking and not outcome.targets:
        raise ToolInputError(lacking)
    missing = _missing(problem, outcome)
    if not outcome.reported:
        raise ToolInputError(physics_text.nothing_follows(problem.given, missing))
    told = _told(problem, outcome)
    more = "" if problem.sought or outcome.targets else physics_text.more(missing)
    return ToolResult(
        tool="calculate_physics",
        summary=" ".join([*(physics_text.sentence(name, outcome, problem.given) for name in told), *([lacking] if lacking else [])]),
        estimates=[_estimate(name, outcome) for name in told],
        warnings=_warnings(problem, outcome, names),
        hints=[more] if more else [],
        inputs={**given, **names, **{key: value for key, value in (("solve_for", problem.sought), ("bound", bound)) if value}},
        details={
            "quantities": {name: _detail(name, outcome) for name in outcome.reported},
            "constants": {name: {"value": problem.constants[name], "source": source} for name, source in problem.sources.items()},
            "missing": {name: sorted(needs) for name, needs in missing.items()},
        },
    )


@dataclass(frozen=True)
class Outcome:
    """Every value and how it came about. `reported`: what is told, in order. `computed`: what the settings give for a result that was
    given. `targets`: setting → the given result it was solved for; `grows`: whether it grows with that result, if known."""

    values: dict[str, float]
    steps: dict[str, Step]
    reported: list[str]
    computed: dict[str, float]
    targets: dict[str, str]
    grows: dict[str, bool | None]
    bound: Bound | None


def solved(problem: Problem, bound: Bound | None) -> Outcome:
    """Results that the given settings already determine are compared; the others are targets that settings are solved for."""
    network, derived = problem.network, problem.network.derived
    settings = problem.constants | {name: value for name, value in problem.given.items() if name not in derived}
    follows, _ = network.forward(settings)
    targets = {name: value for name, value in problem.given.items() if name in derived and name not in follows}
    try:
        values, steps = network.solve(settings | targets)
    except NoSolution:
        values, steps = network.forward(settings | targets)
        if problem.sought not in values:  # else another result that cannot be reached does not stand in its way
            raise
    computed = {name: follows[name] for name in problem.given if name in follows and name in derived}
    for relation in network.relations:  # two targets may ask for one setting
        if relation.target in targets and relation.holds(values) and all(name in values for name in relation.inputs):
            computed.setdefault(relation.target, relation.forward(values))
    solved = [name for name, step in steps.items() if step.inverse and name not in derived]
    served = {name: target for name in solved if (target := _target(name, steps, targets))}
    grows = {name: _grows(network, settings | targets, target, name, values[name]) for name, target in served.items()}
    order = [name for name in (problem.sought, *solved) if name in steps]
    order += [r.target for r in network.relations if r.target in steps] + [name for name, step in steps.items() if step.inverse]
    return Outcome(values, steps, list(dict.fromkeys(cast(list[str], order))), computed, served, grows, bound)


def _told(problem: Problem, outcome: Outcome) -> list[str]:
    """What was asked for, by name or as a limit that the settings keep or break, and the results it was made of; else everything.
    All of it is in the details."""
    judged = [name for name in outcome.computed if name in outcome.steps] if outcome.bound else []
    if not problem.sought and not judged:
        return outcome.reported
    told = {problem.sought or "", *outcome.targets, *judged}
    while more := {source for name in told if name in outcome.steps for source in outcome.steps[name].sources} - told:
        told |= more
    return [name for name in outcome.reported if name in told]


def _target(name: str, steps: dict[str, Step], results: dict[str, float]) -> str | None:
    """The given result that the setting `name` was solved for, through however many formulas."""
    if name in results:
        return name
    sources = steps[name].sources if name in steps else ()  # what a formula is turned round for stands first
    return next((found for source in sources if (found := _target(source, steps, results))), None)


def _grows(network: Network, known: dict[str, float], target: str, name: str, value: float) -> bool | None:
    """Whether the setting `name` grows with `target`, by solving again with a target a little smaller, or larger; None where
    neither can be reached."""
    for nudge in (-NUDGE, NUDGE):
        try:
            other = network.solve(known | {target: known[target] * (1 + nudge)})[0].get(name)
        except NoSolution:
            continue
        if other is not None and other != value:
            return (other > value) == (nudge > 0)
    return None


def _missing(problem: Problem, outcome: Outcome) -> dict[str, frozenset[str]]:
    """What each result that was not reached still needs; costs without a price are not missed."""
    open_ = (relation.target for relation in problem.network.relations if relation.target not in outcome.values)
    needs = {name: problem.network.needs(name, outcome.values) for name in dict.fromkeys(open_)}
    return {name: lacking for name, lacking in needs.items() if lacking and not any(price in lacking for price in PRICES)}


def _warnings(problem: Problem, outcome: Outcome, names: dict[str, str]) -> list[str]:
    used = {source for name in outcome.reported for source in outcome.steps[name].relation.names}
    warnings = list(problem.notes) + [text for name, text in problem.assumed.items() if name in used]
    if any(name in COOLING for name in used) and names.get("material") not in LOW_ALLOY_STEELS:
        stated = names.get("material")
        warnings.append(f"t8/5 holds for unalloyed and low-alloy steels only (EN 1011-2); check that {stated or 'the material'} is one.")
    if names.get("process") == "CMT" and {"voltage_v", "current_a"} <= used:
        warnings.append("Average U·I is meant for arcs without waveform control (ISO/TR 18491); for CMT use the measured arc power (arc_power_kw).")
    idle = [QUANTITIES[name].title for name in problem.given if name not in used and name not in outcome.computed]
    if idle:
        warnings.append(f"Not used, because nothing follows from it here: {', '.join(idle)}.")
    return warnings + physics_text.disagreements(outcome, problem.given)


def _estimate(name: str, outcome: Outcome) -> Estimate:
    return Estimate(name=name, value=physics_text.rounded(name, outcome), unit=QUANTITIES[name].display_unit or None)


def _detail(name: str, outcome: Outcome) -> dict[str, Any]:
    step = outcome.steps[name]
    formula = f"{QUANTITIES[step.relation.target].title} = {step.relation.text}"
    return {
        "value": outcome.values[name], "unit": QUANTITIES[name].display_unit, "formula": formula, "reference": step.relation.reference,
        "solved_for": step.inverse, "from": list(step.sources),
    }  # fmt: skip
