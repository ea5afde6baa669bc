"""Exact arc-welding formulas, each with its source. Plain numbers in canonical units; no models, no text."""

import math

# k per EN 1011-1:2009 and ISO/TR 17671-1: 0.8 for 13x (GMAW; CMT is a 13x process), 0.6 for 141 (GTAW) and 15 (PAW).
THERMAL_EFFICIENCY = {"GMAW": 0.8, "CMT": 0.8, "GTAW": 0.6, "PAW": 0.6}
EFFICIENCY_SOURCE = "EN 1011-1:2009"


def arc_energy_j_mm(current_a: float, voltage_v: float, travel_speed_mm_s: float) -> float:
    """Arc energy per length U·I/v in J/mm (ISO/TR 18491, average values)."""
    return voltage_v * current_a / travel_speed_mm_s


def heat_input_j_mm(current_a: float, voltage_v: float, travel_speed_mm_s: float, process: str | None = None) -> float:
    """Heat input k·U·I/v in J/mm (EN 1011-1); without a process k is that of GMAW, 0.8."""
    return THERMAL_EFFICIENCY[process or "GMAW"] * arc_energy_j_mm(current_a, voltage_v, travel_speed_mm_s)


def bead_energy_kj(current_a: float, voltage_v: float, travel_speed_mm_s: float, bead_length_mm: float) -> float:
    """Arc energy of one bead U·I·L/v in kJ (ISO/TR 18491: U·I·t with t = L/v)."""
    return arc_energy_j_mm(current_a, voltage_v, travel_speed_mm_s) * bead_length_mm / 1000


def wire_area_mm2(wire_diameter_mm: float) -> float:
    """Cross-section of the wire, π·d²/4, in mm²."""
    return math.pi * wire_diameter_mm**2 / 4


def bead_area_mm2(wire_diameter_mm: float, wire_feed_speed_m_min: float, travel_speed_mm_s: float) -> float:
    """Cross-section of the bead by conservation of volume, (π·d²/4)·(WFS/TS), in mm²."""
    return wire_area_mm2(wire_diameter_mm) * (wire_feed_speed_m_min * 1000 / 60) / travel_speed_mm_s


def deposition_rate_kg_h(wire_diameter_mm: float, wire_feed_speed_m_min: float, density_kg_m3: float) -> float:
    """Mass of wire fed per hour, ρ·(π·d²/4)·WFS, in kg/h (conservation of mass; spatter is not subtracted)."""
    return wire_area_mm2(wire_diameter_mm) * 1e-6 * wire_feed_speed_m_min * 60 * density_kg_m3


# Cooling time from 800 to 500 °C of unalloyed and low-alloy steels: EN 1011-2:2001 Annex D, read in SSAB's Welding Handbook,
# formulas 3.1 and 3.2. Heat input in J/mm here, in kJ/mm there; below `COOLING_LIMIT_C` they stay clear of their pole at 500 °C.
COOLING_SOURCE = "EN 1011-2 Annex D"
COOLING_LIMIT_C = 450.0


def t85_thick_s(heat_input_j_mm: float, start_temperature_c: float, shape_factor: float = 1.0) -> float:
    """t8/5 of a thick plate (heat flows in three dimensions) in s: (6700 - 5·T0)·Q·(1/(500 - T0) - 1/(800 - T0))·F3."""
    a, b = 1 / (500 - start_temperature_c), 1 / (800 - start_temperature_c)
    return (6700 - 5 * start_temperature_c) * (heat_input_j_mm / 1000) * (a - b) * shape_factor


def t85_thin_s(heat_input_j_mm: float, start_temperature_c: float, plate_thickness_mm: float, shape_factor: float = 1.0) -> float:
    """t8/5 of a thin plate (two dimensions) in s: (4300 - 4.3·T0)·10⁵·(Q/d)²·(1/(500 - T0)² - 1/(800 - T0)²)·F2."""
    a, b = 1 / (500 - start_temperature_c), 1 / (800 - start_temperature_c)
    return (4300 - 4.3 * start_temperature_c) * 1e5 * (heat_input_j_mm / 1000 / plate_thickness_mm) ** 2 * (a**2 - b**2) * shape_factor


def t85_s(heat_input_j_mm: float, start_temperature_c: float, plate_thickness_mm: float, shape_factor: float = 1.0) -> float:
    """The t8/5 that holds, in s: the greater of the two, which is the thin plate's below the transition thickness."""
    return max(
        t85_thick_s(heat_input_j_mm, start_temperature_c, shape_factor),
        t85_thin_s(heat_input_j_mm, start_temperature_c, plate_thickness_mm, shape_factor),
    )


def transition_thickness_mm(heat_input_j_mm: float, start_temperature_c: float) -> float:
    """The plate thickness in mm at which both formulas give one t8/5 (with F2 = F3)."""
    a, b = 1 / (500 - start_temperature_c), 1 / (800 - start_temperature_c)
    return math.sqrt((4300 - 4.3 * start_temperature_c) * 1e5 * (heat_input_j_mm / 1000) * (a + b) / (6700 - 5 * start_temperature_c))
