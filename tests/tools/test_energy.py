"""predict_energy: the model beside U·I·L/v, for a bead of stated length."""

import math

import pytest

from tests.tools.fakes import REQUIRED, FakeEncoder, no_encoder
from tools import energy
from tools.result import ToolInputError


def test_the_formula_is_arc_energy_times_length(monkeypatch: pytest.MonkeyPatch):
    encoder = FakeEncoder([0.0], log_mean=math.log(50), log_std=0.8, conformal_radius=0.1, level=0.9)
    monkeypatch.setattr(energy, "load_encoder", lambda name: {"energy": encoder}[name])
    result = energy.predict_energy(**REQUIRED, bead_length_mm="10 cm")  # 180 A · 22 V · 100 mm / (8 mm/s) = 49.5 kJ
    assert {e.name: (e.value, e.unit) for e in result.estimates} == {"energy": (50.0, "kJ"), "closed_formula": (49.5, "kJ")}
    assert result.inputs["bead_length_mm"] == 100


def test_the_bead_length_is_required(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(energy, "load_encoder", no_encoder)
    with pytest.raises(ToolInputError, match=r"^Missing bead_length_mm; state it with a unit.$"):
        energy.predict_energy(**REQUIRED)
