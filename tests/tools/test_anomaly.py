"""detect_anomaly: verdict and probability from one logit and the temperature."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.fakes import REQUIRED, FakeEncoder, labels, no_encoder
from tools import anomaly
from tools.outputs import Calibration
from tools.result import ToolInputError, ToolResult


def fake(logit: float, temperature: float = 1.0) -> FakeEncoder:
    return FakeEncoder([logit], labels("abnormal"), Calibration(temperature=temperature))


def detect(encoder: FakeEncoder, **settings: object) -> ToolResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anomaly, "load_encoder", lambda name: {"anomaly": encoder}[name])
        return anomaly.detect_anomaly(**(settings or REQUIRED))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("logit", "temperature", "verdict", "probability"),
    [
        (2.0, 1.0, "abnormal", 0.8808), (2.0, 2.0, "abnormal", 0.7311), (-2.0, 1.0, "normal", 0.8808), (-1.0, 0.5, "normal", 0.8808),
        (0.0, 1.0, "abnormal", 0.5), (-1000.0, 0.05, "normal", 1.0), (1000.0, 0.05, "abnormal", 1.0),
    ],
)  # fmt: skip
def test_verdict_and_probability(logit: float, temperature: float, verdict: str, probability: float):
    [estimate] = detect(fake(logit, temperature)).estimates
    assert (estimate.name, estimate.value, estimate.probability) == ("condition", verdict, probability)


@given(st.floats(-50, 50), st.floats(0.05, 20))
def test_the_verdict_is_the_likelier_one(logit: float, temperature: float):
    [estimate] = detect(fake(logit, temperature)).estimates
    assert estimate.probability is not None and 0.5 <= estimate.probability <= 1
    assert math.isfinite(estimate.probability)


@pytest.mark.parametrize(("outputs", "verdict", "probability"), [([0.0, 2.0], "abnormal", 0.8808), ([2.0, 0.0], "normal", 0.8808)])
def test_a_model_trained_with_cross_entropy_has_a_logit_for_each_side(outputs: list[float], verdict: str, probability: float):
    encoder = FakeEncoder(outputs, {"kind": "classes", "names": ["normal", "abnormal"], "study": True})
    [estimate] = detect(encoder).estimates
    assert (estimate.value, estimate.probability) == (verdict, probability)


def test_the_summary_states_the_estimate():
    result = detect(fake(2.0))
    assert (result.tool, result.summary) == ("detect_anomaly", "The bead is predicted to be abnormal with probability 0.88.")
    assert result.inputs == REQUIRED and result.model is not None
    assert (result.model.name, result.model.version, result.model.data_label) == ("fake", "v1", "demo (synthetic)")


def test_the_model_sees_canonical_values():
    encoder = fake(0.0)
    detect(encoder, current_a="180 amps", voltage_v="22 V", travel_speed_mm_s="48 cm/min")
    assert encoder.asked[0].given() == REQUIRED


@pytest.mark.parametrize("absent", anomaly.REQUIRED)
def test_a_missing_setting_is_named(absent: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(anomaly, "load_encoder", no_encoder)
    with pytest.raises(ToolInputError, match=rf"^Missing {absent}; state it with a unit.$"):
        anomaly.detect_anomaly(**{name: value for name, value in REQUIRED.items() if name != absent})  # type: ignore[arg-type]


def test_demo_data_and_values_outside_the_training_range_are_warned_of():
    warnings = " ".join(detect(fake(0.0), **REQUIRED | {"current_a": 400}).warnings)
    assert "demo (synthetic)" in warnings
    assert "current_a 400 is outside the training range 60 to 320" in warnings
