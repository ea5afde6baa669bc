"""predict_heat_input: the model beside k·U·I/v."""

import math

import pytest

from tests.tools.fakes import REQUIRED, FakeEncoder, logarithm, no_encoder
from tools import heat_input
from tools.outputs import Calibration
from tools.result import ToolInputError, ToolResult


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    encoder = FakeEncoder([0.0], logarithm("heat_input", math.log(396), 0.5), Calibration(radius=(0.2,)))
    monkeypatch.setattr(heat_input, "load_encoder", lambda name: {"heat_input": encoder}[name])
    return encoder


def closed(result: ToolResult) -> object:
    return {e.name: e.value for e in result.estimates}["closed_formula"]


@pytest.mark.parametrize(("process", "k", "value"), [("GMAW", "0.8", 396), ("CMT", "0.8", 396), ("TIG", "0.6", 297), ("PAW", "0.6", 297)])
def test_the_formula_uses_the_efficiency_of_the_process(fake: FakeEncoder, process: str, k: str, value: float):
    result = heat_input.predict_heat_input(**REQUIRED, process=process)  # 180 A · 22 V / 8 mm/s = 495 J/mm
    assert closed(result) == value
    assert f"k = {k}" in result.summary and "EN 1011-1" in result.summary
    assert not any("Process not stated" in line for line in result.warnings)


def test_without_a_process_the_assumption_is_told(fake: FakeEncoder):
    result = heat_input.predict_heat_input(**REQUIRED)
    assert closed(result) == 396
    assert any("Process not stated: k = 0.8 of GMAW is assumed" in line for line in result.warnings)
    assert any("demo (synthetic)" in line for line in result.warnings)


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heat_input, "load_encoder", no_encoder)
    with pytest.raises(ToolInputError, match="Missing voltage_v"):
        heat_input.predict_heat_input(current_a=180, travel_speed_mm_s=8)
