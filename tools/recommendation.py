"""Which smallest change of settings makes the bead as it is wanted?"""

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tools import anomaly, wishes
from tools.arc_voltage import odd_voltage
from tools.conditions import ProcessConditions, Settings
from tools.encoder import Encoder, conditions_for
from tools.fields import FIELDS
from tools.formulas import heat_input_j_mm
from tools.goals import Goal, HeatInput
from tools.ladders import Ladder, Space
from tools.model_input import known_to
from tools.result import Estimate, ToolResult
from tools.settings_search import Search, search
from tools.surrogate import Surrogate

RATED = (*anomaly.REQUIRED, *wishes.NEEDED_FOR_RATE)  # what is needed beside a deposition rate
MUCH_HEAT = 0.25  # share by which the heat input may change unasked before a warning says so


def recommend_settings(
    allow: str | Sequence[str] | None = None,
    keep: str | Sequence[str] | None = None,
    sound_probability: float | str = 0.8,
    avoid_defects: str | Sequence[str] | None = None,
    defect_probability: float | str | None = None,
    heat_input_min_j_mm: float | str | None = None,
    heat_input_max_j_mm: float | str | None = None,
    deposition_rate_min_kg_h: float | str | None = None,
    plots_folder: str | None = None,
    map_settings: str | Sequence[str] | None = None,
    **settings: Unpack[Settings],
) -> ToolResult:
    """What should I change so that the bead comes out sound? The smallest change of voltage, travel speed, wire feed speed and current, or
    of the settings in `allow` and not in `keep`, that gives a sound bead and keeps bounds on defects, heat input, deposition rate."""
    conditions = conditions_for(settings, anomaly.REQUIRED)
    goals: list[Goal] = [
        wishes.sound(sound_probability, conditions),
        *wishes.free_of(avoid_defects, defect_probability),
        *wishes.heat_input(heat_input_min_j_mm, heat_input_max_j_mm, conditions.process),
        *wishes.deposition(deposition_rate_min_kg_h, conditions),
    ]
    encoders = wishes.encoders_of(goals)
    conditions, unused = _known_to_all(encoders, conditions, anomaly.REQUIRED if deposition_rate_min_kg_h is None else RATED)
    ranges = wishes.trained_ranges(encoders)
    names = wishes.allowed(allow, conditions, ranges, keep)
    axes = wishes.settings_named(map_settings, "map_settings") if map_settings is not None else None
    stuck = [n for n, (low, high) in ranges.items() if n not in names and (v := getattr(conditions, n)) is not None and not low <= v <= high]
    space = _space(conditions, names, ranges)
    surrogate = Surrogate(encoders, space)
    found = search(space if not stuck else Space(space.base, ()), surrogate if not stuck else Surrogate(encoders, Space(space.base, ())), goals)
    result = _result(conditions, space, goals, encoders, found, stuck)
    result.warnings += unused
    if plots_folder is None and axes is None:
        return result
    if stuck or len(names) < 2:
        result.warnings.append("No process map was drawn: it needs two settings that may change, and the others inside the trained range.")
        return result
    from tools.process_grid import axes_of, process_grid

    grid = process_grid(conditions, space, surrogate, goals[0], found, axes_of(space, found, axes))  # type: ignore[arg-type]
    if axes is not None:
        result.details["process_map"] = grid.to_json()
    if plots_folder is not None:
        from tools.figures import folder_for
        from tools.process_map import draw

        result.plots = [str(path) for path in draw(grid, folder_for(plots_folder))]
    return result


def _known_to_all(encoders: dict[str, Encoder], conditions: ProcessConditions, required: tuple[str, ...]) -> tuple[ProcessConditions, list[str]]:
    """The conditions that every one of the models was trained on, and a warning for each model that knows fewer."""
    warnings: list[str] = []
    for encoder in encoders.values():
        conditions, unused = known_to(encoder, conditions, required)
        warnings += unused
    return conditions, warnings


def _space(conditions: ProcessConditions, names: Sequence[str], ranges: dict[str, tuple[float, float]]) -> Space:
    ladders = tuple(Ladder.of(name, getattr(conditions, name), *ranges[name]) for name in names)
    return Space(conditions.model_copy(update={ladder.setting: float(ladder.values[ladder.start]) for ladder in ladders}), ladders)


def _result(
    conditions: ProcessConditions, space: Space, goals: Sequence[Goal], encoders: dict[str, Encoder], found: Search, stuck: list[str]
) -> ToolResult:
    wanted = _and([goal.wanted for goal in goals if goal.wanted])
    present = _described(conditions, conditions, goals, {name: encoder.logits(conditions)[None] for name, encoder in encoders.items()})
    already = found.start.shortfall == 0 and not found.start.away.any() and not stuck
    chosen = [] if already or stuck else found.candidates
    candidates = [_described(space.conditions(each.point), conditions, goals, each.outputs) | {"size": each.cost} for each in chosen]
    nearest = None
    if already:
        summary = f"The present settings already reach {wanted}: {present['outcome']}. No change is needed."
        told = [("present", present)]
    elif candidates:
        summary = f"To reach {wanted}, {candidates[0]['change']}: {candidates[0]['outcome']}."
        summary += "".join(f" Or {each['change']}: {each['outcome']}." for each in candidates[1:])
        told = [(f"candidate {i}", each) for i, each in enumerate(candidates, 1)]
    else:
        nearest = None if stuck else _described(space.conditions(found.nearest.point), conditions, goals, found.nearest.outputs)
        summary = _none_found(wanted, conditions, stuck, found, nearest, present)
        told = [("present", present)] + ([("nearest miss", nearest)] if nearest else [])
    warnings = next(iter(encoders.values())).warnings(conditions)
    if already or candidates:
        warnings += [f"Close to the bound: for {name}, {doubt}." for name, each in told for doubt in each["doubts"]]
    proposed = told if candidates else told[-1:]
    warnings += [f"{name.capitalize()}: {odd}." for name, each in proposed if (odd := odd_voltage(ProcessConditions(**each["settings"])))]
    if not any(isinstance(goal, HeatInput) for goal in goals):
        warnings += _heat(present, candidates)
    estimates = [e.model_copy(update={"name": f"{name}: {e.name}"}) for name, each in told for e in (*_changes(each), *each["estimates"])]
    for each in (present, *candidates, *([nearest] if nearest else [])):
        each["estimates"] = [estimate.model_dump(exclude_none=True) for estimate in each["estimates"]]
    return ToolResult(
        tool="recommend_settings",
        summary=summary,
        estimates=estimates,
        warnings=warnings,
        model=next(iter(encoders.values())).info,
        inputs=conditions.given() | {"may_change": [ladder.setting for ladder in space.ladders], "wanted": wanted},
        details={
            "outcome": "already reached" if already else "found" if candidates else "none found",
            "present": present,
            "candidates": candidates,
            "nearest_miss": nearest,
            "searched": {ladder.setting: (float(ladder.values[0]), float(ladder.values[-1])) for ladder in space.ladders},
            "settings_tried": found.tried,
            "models_asked": found.asked,
        },
    )


def _described(proposed: ProcessConditions, present: ProcessConditions, goals: Sequence[Goal], outputs: dict[str, np.ndarray]) -> dict[str, Any]:
    """One experiment as a program and as a reader need it: its settings, the change from the present ones, what is predicted of it."""
    settings, before = proposed.given(), present.given()
    columns = {name: np.array([value]) for name, value in settings.items() if isinstance(value, float)}
    outcomes = [goal.outcome(columns, outputs) for goal in goals]
    changed = {name: (before[name], value) for name, value in settings.items() if value != before[name]}
    verbs = [
        f"{'raise' if to > at else 'lower'} the {FIELDS[name].title} from {at:.4g} to {to:.4g} {FIELDS[name].display_unit}"  # type: ignore[operator]
        for name, (at, to) in changed.items()
    ]
    formula = heat_input_j_mm(proposed.current_a, proposed.voltage_v, proposed.travel_speed_mm_s, proposed.process)  # type: ignore[arg-type]
    return {
        "settings": settings,
        "changes": {name: {"from": at, "to": to, "unit": FIELDS[name].display_unit} for name, (at, to) in changed.items()},
        "change": _and(verbs) or "change nothing",
        "outcome": ", ".join(words for _, words, _ in outcomes),
        "missed": [missed for goal in goals if (missed := goal.missed(columns, outputs))],
        "doubts": [doubt for _, _, doubt in outcomes if doubt],
        "estimates": [estimate for estimate, _, _ in outcomes],
        "heat_input_formula_j_mm": float(f"{formula:.4g}"),
    }


def _heat(present: dict[str, Any], candidates: Sequence[dict[str, Any]]) -> list[str]:
    """That a proposal changes the heat input much, where nothing was asked of it: distortion, cooling time and dilution go with it."""
    now = present["heat_input_formula_j_mm"]
    then = [(i, each["heat_input_formula_j_mm"]) for i, each in enumerate(candidates, 1)]
    much = _and([f"{value:g} J/mm with candidate {i}" for i, value in then if abs(value / now - 1) > MUCH_HEAT])
    told = f"The heat input by the formula changes from {now:g} to {much}; a greatest or least heat input, if you give one, bounds it."
    return [told] if much else []


def _changes(each: dict[str, Any]) -> list[Estimate]:
    return [Estimate(name=FIELDS[name].title, value=float(f"{c['to']:.4g}"), unit=c["unit"]) for name, c in each["changes"].items()]


def _none_found(
    wanted: str, conditions: ProcessConditions, stuck: list[str], found: Search, nearest: dict[str, Any] | None, present: dict[str, Any]
) -> str:
    if stuck:
        what = _and([f"{FIELDS[n].title} of {getattr(conditions, n):g} {FIELDS[n].display_unit}" for n in stuck])
        return f"None found inside the trained range: the {what} lies outside it and may not change. Allow it to change ({', '.join(stuck)})."
    said = f"None found inside the trained range: of {found.tried} combinations of settings, none is predicted to reach {wanted}."
    if nearest is None or not nearest["changes"]:
        return f"{said} The present settings come nearest: {present['outcome']}. {_missed(present)}"
    return f"{said} The nearest miss is to {nearest['change']}: {nearest['outcome']}; now it is {present['outcome']}. {_missed(nearest)}"


def _missed(each: dict[str, Any]) -> str:
    """Which wishes fail there, and by how much; where none does, it is for being unlike what the models have seen."""
    said = _and(each["missed"]) or "these settings are less like the training records than 99 % of them are"
    return f"What fails there: {said}."


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
