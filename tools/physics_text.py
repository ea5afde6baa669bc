"""What `calculate_physics` says: one sentence for each quantity, with its formula, and one for each refusal or disagreement."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from tools.quantities import QUANTITIES
from tools.solve import Network, NoSolution

if TYPE_CHECKING:
    from tools.physics import Outcome

AGREE = 0.01  # a given result that differs by less from its formula was rounded
SHORT = 3  # groups of missing settings that are told
_SYMBOLS = {
    "thermal_efficiency": "k", "density_kg_m3": "ρ", "shape_factor": "F", "interpass_temperature_c": "T0", "preheat_temperature_c": "T0",
}  # fmt: skip
_LIMIT = {"max": "at most", "min": "at least"}


def significant(value: float, rounding: str = ROUND_HALF_EVEN) -> float:
    """`value` to four significant digits."""
    exact = Decimal(f"{value:.12g}")  # 7.9999999999999 is 8
    return float(exact.quantize(Decimal((0, (1,), exact.adjusted() - 3)), rounding=rounding)) if exact else 0.0


def rounded(name: str, outcome: "Outcome") -> float:
    """The value as it is told: a limit is rounded to its safe side."""
    return significant(outcome.values[name], {"at least": ROUND_CEILING, "at most": ROUND_FLOOR, "": ROUND_HALF_EVEN}[_limit(name, outcome)])


def _limit(name: str, outcome: "Outcome") -> str:
    """Whether a solved setting is a lower or an upper limit, given that its target is one; "" where it is neither."""
    if outcome.bound is None or (grows := outcome.grows.get(name)) is None:
        return ""
    return _LIMIT[outcome.bound] if grows else _LIMIT["min" if outcome.bound == "max" else "max"]


def amount(name: str, value: float, limit: str = "") -> str:
    """Such as: heat input of at most 600 J/mm."""
    return f"{QUANTITIES[name].title} of {limit + ' ' if limit else ''}{QUANTITIES[name].shown(significant(value))}"


def sentence(name: str, outcome: "Outcome", given: dict[str, float]) -> str:
    """One quantity with its value and formula; for a solved setting also the result it serves and which way it goes."""
    step, quantity = outcome.steps[name], QUANTITIES[name]
    start, value = _capital(quantity.title), quantity.shown(rounded(name, outcome))
    formula = f"from {QUANTITIES[step.relation.target].title} = {step.relation.text}" if step.inverse else step.relation.text
    source = f"({formula}{_constants(name, outcome)}, {step.relation.reference})"
    if name not in outcome.targets:
        return f"{start} is {value} {source}{_verdict(name, outcome, given)}."
    target, limit = outcome.targets[name], _limit(name, outcome)
    wanted = _article(amount(target, given[target], _LIMIT[outcome.bound] if outcome.bound else ""))
    if limit:
        return f"{start} must be {limit} {value} for {wanted} {source}."
    grows = outcome.grows[name]
    way = "" if grows is None else f"; a higher {quantity.title} {'raises' if grows else 'lowers'} the {QUANTITIES[target].title}"
    return f"{start} is {value} for {wanted} {source}{way}."


def _verdict(name: str, outcome: "Outcome", given: dict[str, float]) -> str:
    """Whether a result that is limited by what was given keeps the limit."""
    if outcome.bound is None or name not in outcome.computed:
        return ""
    kept = _kept(outcome.computed[name], given[name], outcome.bound)
    return f", which {'keeps' if kept else 'breaks'} the limit of {_LIMIT[outcome.bound]} {QUANTITIES[name].shown(significant(given[name]))}"


def _kept(value: float, limit: float, bound: str) -> bool:
    return value <= limit * (1 + 1e-9) if bound == "max" else value >= limit * (1 - 1e-9)


def _constants(name: str, outcome: "Outcome") -> str:
    """Such as: with k = 0.8; the constants in the formula of `name`."""
    used = [c for c in _SYMBOLS if c in outcome.steps[name].relation.inputs and c != name]
    return " with " + ", ".join(f"{_SYMBOLS[c]} = {QUANTITIES[c].shown(significant(outcome.values[c]))}" for c in used) if used else ""


def disagreements(outcome: "Outcome", given: dict[str, float]) -> list[str]:
    """A sentence for each given result that the other values contradict; a limit is contradicted only on its wrong side."""
    found = []
    for name, value in outcome.computed.items():
        told = QUANTITIES[name].shown(significant(given[name]))
        if outcome.bound is None and abs(value - given[name]) > AGREE * abs(given[name]):
            found.append(f"The {amount(name, value)} that follows from the other values does not agree with the given {told}.")
        elif outcome.bound and name not in outcome.reported and not _kept(value, given[name], outcome.bound):
            found.append(f"The {amount(name, value)} at these values breaks the limit of {_LIMIT[outcome.bound]} {told}; solve for it alone.")
    return found


def no_solution(none: NoSolution, given: dict[str, float]) -> str:
    """Why a setting cannot be found."""
    unknown, target = QUANTITIES[none.unknown], QUANTITIES[none.target]
    wanted = amount(none.target, given[none.target]) if none.target in given else f"{target.title} that is asked for"
    allowed = f"{unknown.low:g} to {unknown.shown(unknown.high)}"
    if none.needed is not None:
        needed = unknown.shown(significant(none.needed))
        return f"{_capital(unknown.title)} would have to be {needed} for the {wanted}, outside the allowed range {allowed}; change the target."
    if none.reached:
        low, high = significant(none.reached[0]), target.shown(significant(none.reached[1]))
        return f"No {unknown.title} in the allowed range {allowed} gives the {wanted}; it stays between {low:g} and {high}."
    return f"{_capital(unknown.title)} cannot be found from the {wanted}, because another quantity in the formula is zero."


def cannot_find(sought: str, network: Network, values: dict[str, float], targets: Mapping[str, str]) -> str:
    """What else must be given to find `sought`; `targets`: the settings that were found, and for which given results."""
    title = QUANTITIES[sought].title
    if sought in ("current_a", "voltage_v") and "wire_feed_speed_m_min" in targets:
        target = QUANTITIES[targets["wire_feed_speed_m_min"]].title
        why = "it takes the melting-rate relation of the wire, gas and process, which is not among them" if sought == "current_a" else "it is in none"
        return f"{_capital(title)} does not follow from the {target} by these formulas: {why}."
    if sought in network.derived:
        return f"To compute the {title} I also need {_listed(sorted(network.needs(sought, values)))}."
    options = network.missing_for(sought, values)
    if not options:
        return f"No formula that can be used here contains the {title} ({sought}); change what is given."
    shortest = [names for names in options if len(names) == len(options[0])][:3]
    return f"To solve for the {title} I also need {' or '.join(_listed(list(names)) for names in shortest)}."


def nothing_follows(given: dict[str, float], missing: dict[str, frozenset[str]]) -> str:
    """What to add where nothing can be computed."""
    told = " and ".join(QUANTITIES[name].title for name in given) or "what is given"
    fewest = sorted({needs for needs in missing.values() if needs}, key=lambda needs: (len(needs), sorted(needs)))
    also = f"; also give {_listed(sorted(fewest[0]))}" if fewest else ""
    return f"Nothing follows from {told} alone{also}."


def more(missing: dict[str, frozenset[str]]) -> str:
    """One short list of what could not be computed, by what it needs; results that need three settings or more are not told."""
    groups: dict[frozenset[str], list[str]] = {}
    for name, needs in missing.items():
        groups.setdefault(needs, []).append(QUANTITIES[name].title)
    told = sorted((needs for needs in groups if len(needs) <= 2), key=len)[:SHORT]  # else in the order of the formulas
    parts = [f"{', '.join(groups[needs][:3])} (needs {' and '.join(QUANTITIES[n].title for n in sorted(needs))})" for needs in told]
    return f"Not computed: {'; '.join(parts)}." if parts else ""


def _listed(names: list[str]) -> str:
    words = [f"{QUANTITIES[name].title} ({name})" for name in names]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _capital(title: str) -> str:
    return title[0].upper() + title[1:]


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
