"""A regression beside the closed formula: decoding, the conformal interval, and the warning where the two disagree."""

import math

import pytest

from tests.tools.fakes import REQUIRED, FakeEncoder, logarithm
from tools.conditions import ProcessConditions
from tools.outputs import Calibration
from tools.regression import predict
from tools.result import ToolResult

CONDITIONS = ProcessConditions(**REQUIRED)  # type: ignore[arg-type]


def heat_model(output: float) -> FakeEncoder:
    return FakeEncoder([output], logarithm("heat_input", math.log(400), 0.5), Calibration(radius=(0.2,), level=0.9))


def run(output: float, formula: float) -> ToolResult:
    return predict("predict_heat_input", "heat input", "J/mm", heat_model(output), CONDITIONS, tuple(REQUIRED), formula, "k·U·I/v")


def test_the_output_is_a_standardised_logarithm():
    estimate, closed = run(output=1.0, formula=650).estimates
    assert estimate.value == pytest.approx(400 * math.exp(0.5), rel=1e-3)
    assert estimate.interval == pytest.approx((400 * math.exp(0.4), 400 * math.exp(0.6)), rel=1e-3)
    assert (estimate.name, estimate.unit, estimate.level) == ("heat_input", "J/mm", 0.9)
    assert (closed.name, closed.value, closed.unit) == ("closed_formula", 650, "J/mm")


def test_the_summary_states_both_to_four_digits():
    assert run(0.0, 396.04).summary == (
        "The predicted heat input is 400 J/mm (90% interval 361.9 to 442.1 J/mm); the formula k·U·I/v gives 396 J/mm."
    )


@pytest.mark.parametrize(("formula", "warned"), [(361, True), (363, False), (400, False), (442, False), (443, True)])
def test_a_formula_outside_the_interval_is_a_warning_and_leads(formula: float, warned: bool):
    result = run(0.0, formula)
    assert any("outside the model's interval" in line for line in result.warnings) == warned
    assert result.summary.startswith(f"The formula k·U·I/v gives {formula} J/mm; the model predicts" if warned else "The predicted heat input")


def test_an_amount_on_its_own_scale_with_another_level():
    output = {"kind": "amounts", "names": ["width_mm"], "log": [False], "mean": [6.0], "std": [2.0], "low": [0.0], "high": [7.5]}
    encoder = FakeEncoder([0.5], output, Calibration(radius=(0.5,), level=0.8))
    estimate, _ = predict("predict_width", "width", "mm", encoder, CONDITIONS, tuple(REQUIRED), 7, "w").estimates
    assert (estimate.value, estimate.interval, estimate.level) == (7.0, (6.0, 7.5), 0.8), "7.5 is the bound"


def test_outside_the_training_range_the_formula_leads_and_no_interval_is_claimed():
    fast = ProcessConditions(**REQUIRED | {"travel_speed_mm_s": 40})  # type: ignore[arg-type]
    result = predict("predict_heat_input", "heat input", "J/mm", heat_model(0.0), fast, tuple(REQUIRED), 79.2, "k·U·I/v")
    assert result.summary == (
        "The formula k·U·I/v gives 79.2 J/mm; the model extrapolates to 400 J/mm, without an interval, outside its training range."
    )
    assert [(e.name, e.interval) for e in result.estimates] == [("heat_input", None), ("closed_formula", None)]
    assert any("travel_speed_mm_s 40 is outside" in line for line in result.warnings)
    assert not any("outside the model's interval" in line for line in result.warnings), "there is no interval to be outside of"
