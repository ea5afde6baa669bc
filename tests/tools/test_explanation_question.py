"""Which prediction a question wants explained: the first one it names, the soundness of the bead where it names none."""

from typing import Any

import pytest

from tools.explanation_question import DEFECTS, defects_named, missing, stated
from tools.outcome import defect_named

HUMPING = {"target": "defects", "defect": "Humping"}


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("Why is 280 A, 30 V, 20 mm/s predicted abnormal?", {}),
        ("What if the current were 10 % higher than 200 A?", {}),
        ("Which setting matters most for humping at 200 A?", HUMPING),
        ("Why does the model expect it to hump?", HUMPING),
        ("왜 험핑이 예측되나요?", HUMPING),
        ("Why a lack of fusion?", {"target": "defects", "defect": "Lack of fusion"}),
        ("Which setting makes the model see a defect?", {"target": "defects"}),
        ("What drives the heat input at 200 A, 22 V, 8 mm/s?", {"target": "heat_input"}),
        ("입열량 예측에 가장 큰 영향을 준 것은?", {"target": "heat_input"}),
        ("Why so high an energy for 120 mm?", {"target": "energy"}),
        ("Why is it abnormal although the heat input is low?", {}),  # the first that is named
        ("Why is the heat input so high, and is it abnormal?", {"target": "heat_input"}),
        ("", {}),
    ],
)
def test_what_is_named_first(question: str, arguments: dict[str, Any]):
    assert dict(stated(question).arguments) == arguments


def test_each_prediction_needs_its_own_settings():
    assert missing({}) == ["current_a", "voltage_v", "travel_speed_mm_s"]
    assert missing({"target": "energy", "current_a": 1.0, "voltage_v": 1.0, "travel_speed_mm_s": 1.0}) == ["bead_length_mm"]


def test_defects_are_those_that_the_models_know():
    assert all(defect_named(name, list(DEFECTS)) == name for name in DEFECTS)
    assert list(defects_named("It balls up, then it humps: a bead cut and discontinuities")) == ["Balling", "Bead cut", "Discontinuity", "Humping"]
    assert defects_named("a football on the humpback bridge") == {}
