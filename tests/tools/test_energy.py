"""predict_energy: the model beside U·I·L/v, for a bead of stated length."""

import math

import pytest

from tests.tools.fakes import REQUIRED, FakeEncoder, logarithm, no_encoder
from tools import energy
from tools.outputs import Calibration
from tools.result import ToolInputError


def test_the_formula_is_arc_energy_times_length(monkeypatch: pytest.MonkeyPatch):
    encoder = FakeEncoder([0.0], logarithm("energy", math.log(50), 0.8), Calibration(radius=(0.1,)))
    monkeypatch.setattr(energy, "load_encoder", lambda name: {"energy": encoder}[name])
    result = energy.predict_energy(**REQUIRED, bead_length_mm="10 cm")  # 180 A · 22 V · 100 mm / (8 mm/s) = 49.5 kJ
    assert {e.name: (e.value, e.unit) for e in result.estimates} == {"energy": (50.0, "kJ"), "closed_formula": (49.5, "kJ")}
    assert result.inputs["bead_length_mm"] == 100


def test_a_model_trained_in_joules_answers_in_the_formulas_kilojoules(monkeypatch: pytest.MonkeyPatch):
    encoder = FakeEncoder([0.0], logarithm("energy", math.log(50e3), 0.8), Calibration(radius=(0.1,)), per_formula_unit=1000.0)
    monkeypatch.setattr(energy, "load_encoder", lambda name: encoder)
    estimate = energy.predict_energy(**REQUIRED, bead_length_mm=100).estimates[0]
    assert (estimate.value, estimate.unit) == (50.0, "kJ")
    assert estimate.interval == pytest.approx((50 * math.exp(-0.08), 50 * math.exp(0.08)), rel=1e-3)


def test_the_bead_length_is_required(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(energy, "load_encoder", no_encoder)
    with pytest.raises(ToolInputError, match=r"^Missing bead_length_mm; state it with a unit.$"):
        energy.predict_energy(**REQUIRED)
