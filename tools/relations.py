"""The formulas of `calculate_physics` as one table, each with its text and its reference.

Numbers are in the units of `quantities`. Symbols: U voltage, I current, v travel speed, k thermal efficiency, L bead length,
d wire diameter, WFS wire feed speed, ρ density, T0 start temperature, F shape factor, V gas flow.
"""

from math import pi

from tools import formulas
from tools.formulas import COOLING_LIMIT_C, COOLING_SOURCE, EFFICIENCY_SOURCE
from tools.solve import Relation, product

ARC_SOURCE = "ISO/TR 18491"
VOLUME, MASS, DEFINITION = "conservation of volume", "conservation of mass, no spatter", "by definition"
COOLING = ("t85_s", "t85_thick_s", "t85_thin_s", "transition_thickness_mm")
_FEED = 1000 / 60  # m/min in mm/s
_RATE = pi / 4 * 60  # mm² · m/min in cm³/h


def relations(start: str, cooling: bool = True, prices: tuple[str, ...] = ()) -> tuple[Relation, ...]:
    """The formulas of one question.

    `start`: the quantity that is T0, the interpass or the preheat temperature. `cooling`: whether t8/5 is asked of a steel that it
    holds for. `prices`: those from which the totals are summed.
    """
    return (*_HEAT, *(_cooling(start) if cooling else ()), *_METAL, *_COST, *_totals(prices))


_U, _I, _V, _K, _L = "voltage_v", "current_a", "travel_speed_mm_s", "thermal_efficiency", "bead_length_mm"
_D, _W, _RHO, _GAS = "wire_diameter_mm", "wire_feed_speed_m_min", "density_kg_m3", "gas_flow_l_min"
_HEAT = (
    product("arc_power_kw", 1e-3, {_U: 1, _I: 1}, "U·I", ARC_SOURCE),
    product("arc_energy_j_mm", 1, {_U: 1, _I: 1, _V: -1}, "U·I/v", ARC_SOURCE),
    product("arc_energy_j_mm", 1e3, {"arc_power_kw": 1, _V: -1}, "arc power/v", ARC_SOURCE),
    product("heat_input_j_mm", 1, {_K: 1, _U: 1, _I: 1, _V: -1}, "k·U·I/v", EFFICIENCY_SOURCE),
    product("heat_input_j_mm", 1, {_K: 1, "arc_energy_j_mm": 1}, "k·arc energy", EFFICIENCY_SOURCE),
    product("bead_time_s", 1, {_L: 1, _V: -1}, "L/v", DEFINITION),
    product("bead_energy_kj", 1e-3, {_U: 1, _I: 1, _L: 1, _V: -1}, "U·I·L/v", ARC_SOURCE),
    product("bead_energy_kj", 1e-3, {"arc_energy_j_mm": 1, _L: 1}, "arc energy·L", ARC_SOURCE),
)
_METAL = (
    product("wire_to_travel_ratio", _FEED, {_W: 1, _V: -1}, "WFS/v", DEFINITION),
    product("bead_area_mm2", pi / 4 * _FEED, {_D: 2, _W: 1, _V: -1}, "(π·d²/4)·WFS/v", VOLUME),
    product("bead_area_mm2", 1e3 / 3600, {"deposition_rate_cm3_h": 1, _V: -1}, "volume rate/v", VOLUME),
    product("deposition_rate_cm3_h", _RATE, {_D: 2, _W: 1}, "(π·d²/4)·WFS", VOLUME),
    product("deposition_rate_kg_h", _RATE * 1e-6, {_RHO: 1, _D: 2, _W: 1}, "ρ·(π·d²/4)·WFS", MASS),
    product("deposition_rate_kg_h", 1e-6, {_RHO: 1, "deposition_rate_cm3_h": 1}, "ρ·volume rate", MASS),
    product("bead_mass_g", 1 / 3.6, {"deposition_rate_kg_h": 1, "bead_time_s": 1}, "deposition rate·arc time", MASS),
    product("energy_per_kg_kwh", 1, {"arc_power_kw": 1, "deposition_rate_kg_h": -1}, "U·I/deposition rate, at the arc", DEFINITION),
)
_COST = (
    product("bead_gas_l", 1 / 60, {_GAS: 1, "bead_time_s": 1}, "V·arc time", DEFINITION),
    product("wire_cost_per_bead", 1e-3, {"bead_mass_g": 1, "price_wire_per_kg": 1}, "mass of the bead·price", DEFINITION),
    product("gas_cost_per_bead", 1e-3, {"bead_gas_l": 1, "price_gas_per_m3": 1}, "gas·price", DEFINITION),
    product("time_cost_per_bead", 1 / 3600, {"bead_time_s": 1, "price_hour": 1}, "arc time·price", DEFINITION),
    product("gas_cost_per_kg", 0.06, {_GAS: 1, "price_gas_per_m3": 1, "deposition_rate_kg_h": -1}, "V·price/deposition rate", DEFINITION),
    product("time_cost_per_kg", 1, {"price_hour": 1, "deposition_rate_kg_h": -1}, "price/deposition rate", DEFINITION),
)


def _cooling(start: str) -> tuple[Relation, ...]:
    heat, plate, factor = "heat_input_j_mm", "plate_thickness_mm", "shape_factor"
    domain = {start: (-50.0, COOLING_LIMIT_C)}
    thick = "(6700 - 5·T0)·Q·(1/(500 - T0) - 1/(800 - T0))·F"
    thin = "(4300 - 4.3·T0)·10⁵·(Q/d)²·(1/(500 - T0)² - 1/(800 - T0)²)·F"
    return (
        Relation(COOLING[0], (heat, start, plate, factor), formulas.t85_s, "the greater of thick and thin plate", COOLING_SOURCE, domain),
        Relation(COOLING[1], (heat, start, factor), formulas.t85_thick_s, thick, COOLING_SOURCE, domain),
        Relation(COOLING[2], (heat, start, plate, factor), formulas.t85_thin_s, thin, COOLING_SOURCE, domain),
        Relation(COOLING[3], (heat, start), formulas.transition_thickness_mm, "where both t8/5 are equal", COOLING_SOURCE, domain),
    )


def _totals(prices: tuple[str, ...]) -> tuple[Relation, ...]:
    """The sums over what has a price."""
    if not prices:
        return ()
    per_bead = {"price_wire_per_kg": "wire_cost_per_bead", "price_gas_per_m3": "gas_cost_per_bead", "price_hour": "time_cost_per_bead"}
    per_kg = {"price_wire_per_kg": "price_wire_per_kg", "price_gas_per_m3": "gas_cost_per_kg", "price_hour": "time_cost_per_kg"}
    words = {"price_wire_per_kg": "wire", "price_gas_per_m3": "gas", "price_hour": "arc time"}
    named = " + ".join(words[price] for price in prices)
    return (
        Relation("cost_per_bead", tuple(per_bead[price] for price in prices), _sum, named, DEFINITION),
        Relation("cost_per_kg", tuple(per_kg[price] for price in prices), _sum, named, DEFINITION),
    )


def _sum(*parts: float) -> float:
    return sum(parts)
