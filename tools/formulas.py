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
