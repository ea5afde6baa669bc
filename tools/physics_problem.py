"""What is asked of `calculate_physics`: the values given, the constants they are completed with, and the formulas that apply.

A constant nobody stated (k, density, shape factor) is taken with its source and told; nothing else is ever assumed.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tools import vocabulary
from tools.conditions import ProcessConditions, Settings
from tools.densities import DENSITIES, LOW_ALLOY_STEELS, STEEL
from tools.formulas import COOLING_LIMIT_C, COOLING_SOURCE, EFFICIENCY_SOURCE, THERMAL_EFFICIENCY
from tools.physics_text import amount
from tools.quantities import QUANTITIES, read_quantity
from tools.relations import COOLING, relations
from tools.result import ToolInputError
from tools.solve import Network

NAMES = ("material", "process", "shielding_gas")
PRICES = ("price_wire_per_kg", "price_gas_per_m3", "price_hour")
TOTALS = ("cost_per_bead", "cost_per_kg")
INTERPASS, PREHEAT = "interpass_temperature_c", "preheat_temperature_c"
BEAD_ON_PLATE = "The cooling time is that of a bead on a plate (shape factor F = 1, EN 1011-2 Annex D); a bead on a narrow wall cools more slowly."


@dataclass(frozen=True)
class Problem:
    """What is given (`sought` left out), the constants it is completed with and where they stand (`sources`), and the formulas.
    `assumed`: constants nobody stated, with the warning; `notes`: other warnings about the input."""

    given: dict[str, float]
    sought: str | None
    constants: dict[str, float]
    sources: dict[str, str]
    assumed: dict[str, str]
    notes: list[str]
    network: Network


def read(settings: Mapping[str, object]) -> tuple[dict[str, float], dict[str, str]]:
    """Canonical numbers, and the names of material, process and gas."""
    stated = {name: value for name, value in settings.items() if value is not None}
    unknown = [name for name in stated if name not in NAMES]
    given = {known_name(name, "A quantity"): read_quantity(name, stated[name]) for name in unknown}
    named = ProcessConditions.of(cast(Settings, {name: stated[name] for name in NAMES if name in stated})).given()
    if not given:
        raise ToolInputError("Give at least two quantities, such as current_a and voltage_v.")
    return given, cast(dict[str, str], named)


def known_name(name: object, role: str) -> str:
    """`name` if it is a quantity; else ToolInputError with the nearest one."""
    if isinstance(name, str) and name in QUANTITIES:
        return name
    near = difflib.get_close_matches(str(name)[:60], QUANTITIES, n=1, cutoff=0.55)
    hint = f"; did you mean {near[0]}?" if near else ", such as heat_input_j_mm or travel_speed_mm_s."
    raise ToolInputError(f"{role} must be one of those calculate_physics knows, not {str(name)[:40]!r}{hint}")


def full_name(name: object) -> object:
    """`travel speed` and `travel-speed` are travel_speed_mm_s, where no other quantity begins so."""
    words = str(name).strip().lower().replace(" ", "_").replace("-", "_")
    known = [full for full in QUANTITIES if full == words or full.startswith(f"{words}_")]
    return known[0] if len(known) == 1 else name


def problem_of(given: dict[str, float], names: dict[str, str], sought: str | None) -> Problem:
    """The problem of these values and names; `sought` is solved for even where a value was given."""
    notes, assumed, sources = [], dict[str, str](), dict[str, str]()
    if sought in given:
        notes.append(f"The given {amount(sought, given[sought])} is what is solved for and was not used.")
    given = {name: value for name, value in given.items() if name != sought}
    constants: dict[str, float] = {}

    def constant(name: str, value: float, source: str, assumption: str | None) -> None:
        if name not in given and name != sought:
            constants[name], sources[name] = value, source
            assumed.update({name: assumption} if assumption else {})

    process, material = names.get("process"), names.get("material")
    k = THERMAL_EFFICIENCY[process or "GMAW"]
    constant("thermal_efficiency", k, f"{EFFICIENCY_SOURCE}, {process or 'GMAW'}",
             None if process else f"Process not stated: k = {k:g} of GMAW is assumed ({EFFICIENCY_SOURCE}); GTAW and PAW have 0.6.")  # fmt: skip
    if (material or STEEL) in DENSITIES:
        density = DENSITIES[material or STEEL]
        constant("density_kg_m3", density.value, density.source, None if material else
                 f"Material not stated: the density of unalloyed steel, {density.value:g} kg/m³, is assumed ({density.source}).")  # fmt: skip
    constant("shape_factor", 1.0, f"{COOLING_SOURCE}, bead on a plate", BEAD_ON_PLATE)
    start = PREHEAT if INTERPASS not in given and sought != INTERPASS and (PREHEAT in given or sought == PREHEAT) else INTERPASS
    cooling = _cooling(start, material, given, sought, notes)
    prices = tuple(price for price in PRICES if price in given or price == sought)
    totals = prices if len(prices) > 1 or any(name in given or name == sought for name in TOTALS) else ()
    network = Network(relations(start, cooling, totals), lambda name: (QUANTITIES[name].low, QUANTITIES[name].high))
    return Problem(given, sought, constants, sources, assumed, notes, network)


def _cooling(start: str, material: str | None, given: dict[str, float], sought: str | None, notes: list[str]) -> bool:
    """Whether t8/5 can be told; `notes` says why not where it was meant."""
    meant = sought in COOLING or bool({*COOLING, "plate_thickness_mm", PREHEAT} & set(given))
    if material in vocabulary.MATERIALS and material not in LOW_ALLOY_STEELS:
        notes += [f"No t8/5 for {material}: the formulas of EN 1011-2 are for unalloyed and low-alloy steels."] if meant else []
        return False
    if given.get(start, 0.0) > COOLING_LIMIT_C:
        notes += [f"No t8/5 from {given[start]:g} °C: the formulas of EN 1011-2 are used up to {COOLING_LIMIT_C:g} °C here."]
        return False
    if INTERPASS in given and PREHEAT in given:
        notes.append("Both preheat and interpass temperature are given: t8/5 is computed from the interpass temperature.")
    return True
