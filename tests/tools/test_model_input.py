"""A setting that a model was not trained on does not move its answer, and a warning says so."""

from pathlib import Path

import pytest

from tests.tools.fakes import REQUIRED, FakeEncoder, labels
from tests.tools.process_models import write_process_models
from tools.anomaly import detect_anomaly
from tools.conditions import ProcessConditions, Settings
from tools.defects import classify_defects
from tools.energy import predict_energy
from tools.explanation import explain_prediction
from tools.heat_input import predict_heat_input
from tools.model_input import known_to
from tools.recommendation import recommend_settings

NEEDED = ("current_a", "voltage_v", "travel_speed_mm_s")


def asked(given: Settings, **meta: object) -> tuple[ProcessConditions, list[str]]:
    return known_to(FakeEncoder([0.0], labels("abnormal"), **meta), ProcessConditions.of(given), NEEDED)


def test_what_no_training_record_stated_is_left_out_and_told():
    conditions, told = asked(Settings(current_a=180, voltage_v=22, wire_feed_speed_m_min=8, bead_length_mm=5, ctwd_mm=15, material="316L"))
    assert conditions.given() == {"current_a": 180.0, "voltage_v": 22.0, "wire_feed_speed_m_min": 8.0, "material": "316L"}
    assert told == ["Not used, because the model was not trained on it: contact-tip-to-work distance, bead length."]


def test_a_model_that_knows_the_bead_length_is_asked_with_it():
    for meta in ({"training_range": {"bead_length_mm": (60, 130)}}, {"optional": ["bead_length_mm"]}, {"required": ["bead_length_mm"]}):
        assert asked(Settings(bead_length_mm=100), **meta) == (ProcessConditions(bead_length_mm=100), [])


def test_a_model_that_tells_no_range_is_asked_everything():
    assert asked(Settings(bead_length_mm=100), training_range={}) == (ProcessConditions(bead_length_mm=100), [])


@pytest.mark.parametrize("tool", [detect_anomaly, classify_defects, predict_heat_input, predict_energy, explain_prediction, recommend_settings])
def test_what_its_model_has_not_seen_does_not_move_a_tool(tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))
    stated = REQUIRED | ({"bead_length_mm": 100} if tool is predict_energy else {})
    plain, more = tool(**stated), tool(**stated, ctwd_mm=15)
    assert more.estimates == plain.estimates and "contact-tip-to-work distance" in " ".join(set(more.warnings) - set(plain.warnings))
    assert more.inputs == plain.inputs
