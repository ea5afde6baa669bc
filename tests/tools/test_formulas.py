"""The closed formulas, by worked examples."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.formulas import (
    COOLING_LIMIT_C,
    THERMAL_EFFICIENCY,
    arc_energy_j_mm,
    bead_area_mm2,
    bead_energy_kj,
    deposition_rate_kg_h,
    heat_input_j_mm,
    t85_s,
    t85_thick_s,
    t85_thin_s,
    transition_thickness_mm,
    wire_area_mm2,
)

POSITIVE = st.floats(0.5, 500)


def test_worked_examples():
    assert arc_energy_j_mm(150, 12, 5) == pytest.approx(360)  # 12 V · 150 A / (5 mm/s)
    assert heat_input_j_mm(150, 12, 5) == pytest.approx(288)  # · 0.8
    assert heat_input_j_mm(150, 12, 5, "GTAW") == pytest.approx(216)  # · 0.6
    assert bead_energy_kj(150, 12, 5, 100) == pytest.approx(36)  # 12 V · 150 A · 20 s
    assert wire_area_mm2(1.2) == pytest.approx(1.130973, rel=1e-6)
    assert bead_area_mm2(1.2, 6, 8) == pytest.approx(1.130973 * 100 / 8, rel=1e-6)  # 6 m/min = 100 mm/s


def test_thermal_efficiencies_of_en_1011():
    assert THERMAL_EFFICIENCY == {"GMAW": 0.8, "CMT": 0.8, "GTAW": 0.6, "PAW": 0.6}


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_proportions(current: float, voltage: float, speed: float, length: float):
    heat = heat_input_j_mm(current, voltage, speed)
    assert heat_input_j_mm(2 * current, voltage, speed) == pytest.approx(2 * heat)
    assert heat_input_j_mm(current, voltage, 2 * speed) == pytest.approx(heat / 2)
    assert bead_energy_kj(current, voltage, speed, length) * 1000 * 0.8 == pytest.approx(heat * length)
    assert math.isfinite(heat) and heat > 0


def test_deposition_rate_by_published_figures():
    assert deposition_rate_kg_h(1.2, 8, 7850) == pytest.approx(4.262, abs=5e-4)  # 1.130973 mm² · 8 m/min · 60 · 7.85 g/cm³
    # ESAB MIG welding handbook, section 7.10: metres of wire in a kilogram; 10 m/min are 600 m an hour
    for diameter, density, metres in ((1.14, 7850, 122.7), (1.58, 7850, 64.4), (1.58, 2685, 188.4)):
        assert deposition_rate_kg_h(diameter, 10, density) == pytest.approx(600 / metres, rel=0.025)


def test_cooling_times_by_a_worked_example():
    """1 kJ/mm on a cold plate, worked in roughlogic.com's specification v1410 after EN 1011-2."""
    assert t85_thick_s(1000, 20) == pytest.approx(5.29, abs=0.005)  # 6600 · (1/480 - 1/780)
    assert t85_thick_s(1000, 150) == pytest.approx(7.85, abs=0.005)
    assert t85_thin_s(1000, 20, 10) == pytest.approx(11.36, abs=0.02)
    assert t85_thin_s(1000, 20, 20) == pytest.approx(2.84, abs=0.005)
    assert transition_thickness_mm(1000, 20) == pytest.approx(14.7, abs=0.05)
    assert (t85_s(1000, 20, 10), t85_s(1000, 20, 20)) == (t85_thin_s(1000, 20, 10), t85_thick_s(1000, 20))


@given(st.floats(10, 5000), st.floats(-50, COOLING_LIMIT_C), st.floats(0.3, 1))
def test_both_cooling_times_meet_at_the_transition_thickness(heat: float, start: float, factor: float):
    thickness = transition_thickness_mm(heat, start)
    assert t85_thin_s(heat, start, thickness, factor) == pytest.approx(t85_thick_s(heat, start, factor), rel=1e-9)
    assert t85_s(heat, start, thickness / 2, factor) > t85_s(heat, start, thickness * 2, factor) > 0
