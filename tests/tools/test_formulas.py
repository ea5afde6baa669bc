"""The closed formulas, by worked examples."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.formulas import THERMAL_EFFICIENCY, arc_energy_j_mm, bead_area_mm2, bead_energy_kj, heat_input_j_mm, wire_area_mm2

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
