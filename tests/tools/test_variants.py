"""One experiment changed in one place."""

from pathlib import Path

import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import write_process_models
from tools.conditions import ProcessConditions
from tools.encoder import Encoder
from tools.variants import TOKENS, mask_token, masked, nudged, without

TEXT = "The material used in the GMAW experiment is 316L. In this experiment, the current is 188 A. What is it?"
FULL = ProcessConditions.of(REQUIRED | {"wire_feed_speed_m_min": 7, "material": "316L"})  # type: ignore[typeddict-item]


@pytest.fixture
def encoder(tmp_path: Path) -> Encoder:
    return Encoder(write_process_models(tmp_path) / "models" / "anomaly")


def test_each_word_is_masked_once_and_keeps_its_punctuation():
    found = masked(TEXT, "[MASK]", 20)
    assert [each.words for each in found] == ["GMAW", "316L", "current", "188", "A", "What", "it"] and all(
        each.text.count("[MASK]") == 1 for each in found
    )
    assert found[1].text.startswith("The material used in the GMAW experiment is [MASK]. In this")


def test_words_that_every_text_has_are_not_masked_and_one_that_occurs_twice_comes_with_the_word_before_it():
    assert masked("The experiment is in this", "[MASK]", 5) == []
    assert [each.words for each in masked("wire feed speed, travel speed", "[MASK]", 5)] == ["wire", "feed", "feed speed", "travel", "travel speed"]


def test_without_a_mask_token_the_word_is_left_out():
    assert masked("one two", "", 2)[0].text == " two"


def test_a_long_text_is_masked_by_values():
    assert [each.words for each in masked(TEXT, "[MASK]", TOKENS)] == ["GMAW", "316L", "188 A"]


def test_the_mask_is_one_that_the_tokenizer_knows(tmp_path: Path, encoder: Encoder):
    assert mask_token(encoder) == "", "no body"
    assert mask_token(Encoder(write_process_models(tmp_path / "b", body=True) / "models" / "anomaly")) == ""


def test_an_optional_setting_is_taken_away_and_a_required_one_put_at_the_median(encoder: Encoder):
    found = {each.setting: each for each in without(FULL, encoder)}
    assert set(found) == set(FULL.given())
    assert {name: each.value for name, each in found.items() if each.value} == {"current_a": 150, "voltage_v": 20, "travel_speed_mm_s": 8}
    assert found["material"].conditions.given() == {k: v for k, v in FULL.given().items() if k != "material"}
    assert found["current_a"].conditions.given() == FULL.given() | {"current_a": 150}


def test_a_model_without_medians_has_the_middle_of_its_range(encoder: Encoder):
    del encoder.meta["training_median"]
    found = {each.setting: each.value for each in without(FULL, encoder)}
    assert found["travel_speed_mm_s"] == 8.66, "geometric, of 2.5 and 30"


def test_a_tenth_less_and_more_where_that_is_credible():
    conditions = ProcessConditions.of({"current_a": 180, "travel_speed_mm_s": 0.1, "interpass_temperature_c": 0, "material": "316L"})
    assert [(each.setting, each.value) for each in nudged(conditions)] == [("current_a", 162), ("current_a", 198), ("travel_speed_mm_s", 0.11)]
