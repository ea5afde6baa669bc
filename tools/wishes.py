"""What a user asks of a recommendation, read and checked: goals from probabilities and amounts with units, settings from their names."""

import math
from collections.abc import Sequence

from tools import columns
from tools.conditions import ProcessConditions
from tools.densities import DENSITIES
from tools.encoder import Encoder, load_encoder
from tools.fields import FIELDS
from tools.goals import DepositionRate, FreeOf, Goal, HeatInput, Sound
from tools.outcome import Outcome, defect_named, outcome_of
from tools.quantities import read_quantity
from tools.result import ToolInputError
from tools.saying import title

USUAL = ("voltage_v", "travel_speed_mm_s", "wire_feed_speed_m_min", "current_a")  # what may change where nothing is said
DEFECT_PROBABILITY = 0.2
NEEDED_FOR_RATE = ("wire_feed_speed_m_min", "wire_diameter_mm", "material")


def sound(value: float | str, conditions: ProcessConditions) -> Sound:
    """A sound bead with at least this probability; 0 asks for nothing, but tells the probability."""
    return Sound(outcome_of("anomaly", conditions), _probability("sound_probability", value))


def free_of(defects: str | Sequence[str] | None, probability: float | str | None) -> list[Goal]:
    """Each of `defects` (`any` for all that the model knows) with at most `probability`; with a probability alone, all of them."""
    if defects is None and probability is None:
        return []
    most = _probability("defect_probability", DEFECT_PROBABILITY if probability is None else probability)
    encoder = load_encoder("defects")
    known = [name for name in encoder.names if name != "Normal"]
    asked = known if defects is None or defects in ("any", "all") else [defect_named(each, known) for each in _listed(defects, "avoid_defects")]
    if not asked:
        raise ToolInputError(f"avoid_defects names no defect; name some of {', '.join(known)}, or any.")
    return [FreeOf(tuple(Outcome(encoder, f"probability of {name.lower()}", label=encoder.names.index(name)) for name in asked), most)]


def heat_input(low: float | str | None, high: float | str | None, process: str | None) -> list[Goal]:
    """The heat input within bounds, of which one may be absent."""
    if low is None and high is None:
        return []
    least = 0.0 if low is None else read_quantity("heat_input_j_mm", low)
    most = math.inf if high is None else read_quantity("heat_input_j_mm", high)
    if least > most:
        raise ToolInputError(f"The least heat input, {least:g} J/mm, is above the greatest, {most:g} J/mm.")
    return [HeatInput(load_encoder("heat_input"), process, least, most)]


def deposition(value: float | str | None, conditions: ProcessConditions) -> list[Goal]:
    """At least this deposition rate; needs the wire and what it is made of."""
    if value is None:
        return []
    least = read_quantity("deposition_rate_kg_h", value)
    if missing := conditions.missing(NEEDED_FOR_RATE):
        raise ToolInputError(f"A deposition rate is computed from {', '.join(NEEDED_FOR_RATE)}; state {', '.join(missing)} too.")
    if conditions.material not in DENSITIES:
        known = ", ".join(DENSITIES)
        raise ToolInputError(f"The density of {conditions.material} is not known here; a deposition rate can be asked for {known}.")
    return [DepositionRate(least, DENSITIES[conditions.material].value)]


def encoders_of(goals: Sequence[Goal]) -> dict[str, Encoder]:
    """The models that the goals are measured with, by name."""
    return {goal.name: goal.encoder for goal in goals if isinstance(goal, Sound | FreeOf | HeatInput)}


def trained_ranges(encoders: dict[str, Encoder]) -> dict[str, tuple[float, float]]:
    """The range of each quantity in which every model was trained."""
    each = [encoder.meta["training_range"] for encoder in encoders.values()]
    shared = {name: (max(r[name][0] for r in each), min(r[name][1] for r in each)) for name in FIELDS if all(name in r for r in each)}
    return {name: (low, high) for name, (low, high) in shared.items() if low <= high}


def allowed(
    names: str | Sequence[str] | None, conditions: ProcessConditions, ranges: dict[str, tuple[float, float]], keep: str | Sequence[str] | None = None
) -> list[str]:
    """The settings that may change: those named, or those of USUAL that are stated, without those to `keep`. Raises ToolInputError
    for one that cannot."""
    chosen = settings_named(names, "allow") if names is not None else [n for n in USUAL if getattr(conditions, n) is not None and n in ranges]
    for name in chosen:
        if name not in ranges:
            known = ", ".join(map(title, ranges))
            raise ToolInputError(f"The {FIELDS[name].title} ({name}) cannot be changed: the model was not trained on it. It knows {known}.")
        if getattr(conditions, name) is None:
            raise ToolInputError(f"The {FIELDS[name].title} ({name}) may change but is not stated; state its present value with a unit.")
    kept = settings_named(keep, "keep") if keep is not None else []
    chosen = [name for name in chosen if name not in kept]
    if not chosen:
        known = ", ".join(map(title, ranges)) or "none: this model says no training range"
        raise ToolInputError(f"No setting is left that may change; allow some of {known}.")
    return chosen


def settings_named(names: str | Sequence[str], argument: str) -> list[str]:
    """Canonical names of quantities from what people call them: `voltage, travel speed`. Raises ToolInputError."""
    found: list[str] = []
    for text in _listed(names, argument):
        name = text if text in FIELDS else columns.field_named(text.replace("_", " ").replace("-", " "))
        if name is None:
            raise ToolInputError(f"{argument} names {text[:40]!r}, which is none of {', '.join(map(title, FIELDS))}.")
        found += [name] if name not in found else []
    return found


def _listed(names: str | Sequence[str], argument: str) -> list[str]:
    parts = names.split(",") if isinstance(names, str) else list(names) if isinstance(names, Sequence) else [names]
    if not all(isinstance(part, str) for part in parts):
        raise ToolInputError(f"{argument} must be names, such as 'voltage, travel speed'.")
    return [part.strip() for part in parts if part.strip()]


def _probability(argument: str, value: float | str) -> float:
    text = value.strip().removesuffix("%") if isinstance(value, str) else value
    try:
        number = float(text) / (100 if isinstance(value, str) and value.strip().endswith("%") else 1)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not 0 <= number < 1:
        raise ToolInputError(f"{argument} must be a probability from 0 to below 1, such as 0.8 or 80%, not {str(value)[:40]!r}.")
    return number
