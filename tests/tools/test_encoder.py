"""Encoders on disk: what is said when they are absent, what they warn of, and how the real ones behave."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED, FakeEncoder
from tools.anomaly import detect_anomaly
from tools.conditions import ProcessConditions
from tools.defects import classify_defects
from tools.encoder import Encoder, ModelMissing, conditions_for, load_encoder, models_home
from tools.energy import predict_energy
from tools.heat_input import predict_heat_input
from tools.result import ToolInputError

STATED = {**REQUIRED, "process": "GMAW", "wire_feed_speed_m_min": 8}


def test_models_live_under_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    assert models_home() == tmp_path / "models"


def test_an_absent_model_names_the_next_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    for _ in range(2):  # a failure is not remembered
        with pytest.raises(ModelMissing, match=r"^The model anomaly is not built yet; run `waam models build`.$"):
            load_encoder("anomaly")
    with pytest.raises(ModelMissing, match="`waam models build`"):
        detect_anomaly(**REQUIRED)  # type: ignore[arg-type]


def test_required_settings_are_checked_before_any_model():
    assert conditions_for(REQUIRED, ("current_a",)).given() == REQUIRED
    with pytest.raises(ToolInputError, match=r"^Missing ctwd_mm; state it with a unit.$"):
        conditions_for(REQUIRED, ("current_a", "ctwd_mm"))


def test_nothing_to_warn_of_on_real_data_within_range():
    assert FakeEncoder([0.0], data_label="shop 2024").warnings(ProcessConditions(**STATED)) == []  # type: ignore[arg-type]


def test_welding_without_gas_is_said_to_be_unknown():
    conditions = ProcessConditions.from_text("180 A, 22 V, 8 mm/s without shielding gas")
    assert conditions.shielding_gas == "none" and ProcessConditions.from_text(conditions.to_text()) == conditions
    assert any("expect porosity" in line for line in FakeEncoder([0.0]).warnings(conditions))


@pytest.mark.parametrize(("current", "warned"), [(60, False), (59.9, True), (320, False), (320.1, True)])
def test_the_training_range_includes_its_ends(current: float, warned: bool):
    warnings = FakeEncoder([0.0], data_label="shop").warnings(ProcessConditions(**STATED | {"current_a": current}))  # type: ignore[arg-type]
    assert any("outside the training range" in line for line in warnings) == warned


def real(name: str) -> Encoder:
    if not (models_home() / name / "waam.json").exists():
        pytest.skip(f"the model {name} is not built on this machine; run `waam models build`")
    return load_encoder(name)


@pytest.mark.real
def test_real_heat_input_rises_with_power_and_falls_with_speed():
    real("heat_input")

    def heat(**changed: float) -> float:
        return float(predict_heat_input(**STATED | changed).estimates[0].value)  # type: ignore[arg-type]

    currents = [heat(current_a=a) for a in (120, 160, 200, 240, 280)]
    assert currents == sorted(currents)
    speeds = [heat(travel_speed_mm_s=v) for v in (4, 6, 9, 13, 18)]
    assert speeds == sorted(speeds, reverse=True)


@pytest.mark.real
def test_real_heat_input_is_near_the_formula():
    real("heat_input")
    estimate, closed = predict_heat_input(**STATED).estimates  # type: ignore[arg-type]
    assert estimate.value == pytest.approx(closed.value, rel=0.2)
    assert estimate.interval is not None and estimate.interval[0] < float(estimate.value) < estimate.interval[1]


@pytest.mark.real
def test_real_energy_rises_with_length():
    real("energy")
    values = [float(predict_energy(**STATED, bead_length_mm=mm).estimates[0].value) for mm in (70, 90, 120)]  # type: ignore[arg-type]
    assert values == sorted(values)


@pytest.mark.real
def test_real_probabilities_are_probabilities_even_far_out():
    real("anomaly"), real("defects")
    for settings in (
        STATED,
        {"current_a": 1, "voltage_v": 1, "travel_speed_mm_s": 200},
        {"current_a": 1500, "voltage_v": 100, "travel_speed_mm_s": 0.1},
    ):
        estimates = detect_anomaly(**settings).estimates + classify_defects(**settings).estimates  # type: ignore[arg-type]
        assert all(e.probability is not None and math.isfinite(e.probability) and 0 <= e.probability <= 1 for e in estimates)


@pytest.mark.real
def test_real_humping_becomes_likelier_with_travel_speed():
    real("defects")

    def humping(speed: float) -> float:
        return next(e.probability or 0.0 for e in classify_defects(**STATED | {"travel_speed_mm_s": speed}).estimates if e.name == "Humping")  # type: ignore[arg-type]

    assert humping(3) < 0.3 < 0.7 < humping(25)


@pytest.mark.real
def test_sixteen_threads_get_what_one_gets():
    encoder = real("defects")
    asked = [ProcessConditions(**STATED | {"current_a": 80 + 6 * i}) for i in range(32)]  # type: ignore[arg-type]
    alone = [encoder.logits(conditions) for conditions in asked]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(encoder.logits, asked))
    assert np.array_equal(np.array(alone), np.array(together))


@pytest.mark.real
def test_one_answer_alone_is_as_in_a_batch():
    encoder = real("heat_input")
    asked = [ProcessConditions(**STATED), ProcessConditions(**REQUIRED)]  # type: ignore[arg-type]
    texts, features = [c.to_text(digits=4) for c in asked], [c.features() for c in asked]
    batch = encoder.run(texts, features)
    assert batch.shape == (2, 1)
    # int8 activations are scaled per batch, so alone and together agree closely, not exactly
    assert np.allclose(np.array([encoder.logits(c) for c in asked]), batch, atol=0.05)
