"""What a question asks of recommend_settings: bounds, defects, a probability, what may change and what must stay."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.fields import FIELDS
from tools.recommendation_question import missing, stated
from tools.result import ToolInputError
from tools.wishes import settings_named


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("280 A, 30 V, 120 cm/min is abnormal, what should I change?", {}),
        ("What should I change to keep the heat input under 0.5 kJ/mm?", {"heat_input_max_j_mm": 500}),
        ("Which settings give a sound bead with at least 0.4 kJ/mm heat input?", {"heat_input_min_j_mm": 400}),
        ("Raise the deposition rate to 3 kg/h but stay sound", {"deposition_rate_min_kg_h": 3}),
        ("I must hit at least 3 kg/h", {"deposition_rate_min_kg_h": 3}),
        ("What would you set so that it does not hump?", {"avoid_defects": "Humping"}),
        ("lack of fusion and balling keep showing up, what now?", {"avoid_defects": "Balling, Lack of fusion"}),
        ("How do I weld this defect-free?", {"avoid_defects": "any"}),
        ("Find settings that are at least 85% likely to be sound", {"sound_probability": 0.85}),
        ("a sound bead with 90 percent probability", {"sound_probability": 0.9}),
        ("I want 0.9 probability of a sound bead", {"sound_probability": 0.9}),
        ("Get the probability of balling below 10 %", {"avoid_defects": "Balling", "defect_probability": 0.1}),
        ("Use a gas with 18 % CO2", {}),
        ("Make it sound by changing only the travel speed", {"allow": "travel_speed_mm_s"}),
        ("Adjust voltage and travel speed until it is sound", {"allow": "voltage_v, travel_speed_mm_s"}),
        ("I can only change the wire feed speed", {"allow": "wire_feed_speed_m_min"}),
        ("Which travel speed would make this sound?", {"allow": "travel_speed_mm_s"}),
        ("Can it be rescued by changing voltage and travel speed alone?", {"allow": "voltage_v, travel_speed_mm_s"}),
        ("How would you modify current 200 A, voltage 22 V, 8 mm/s?", {}),
        ("How do I get it sound without changing the current?", {"keep": "current_a"}),
        ("Leave the current alone and make it sound", {"keep": "current_a"}),
        ("Keep the current and voltage fixed, what else?", {"keep": "current_a, voltage_v"}),
        ("the current of 200 A must stay, the voltage may change", {"allow": "voltage_v", "keep": "current_a"}),
        ("what do I turn if the current cannot change?", {"keep": "current_a"}),
        ("전류는 그대로 두고 이송 속도만 바꿔서 정상으로 만들려면?", {"allow": "travel_speed_mm_s", "keep": "current_a"}),
        ("험핑 없이 입열량 0.5 kJ/mm 이하로 하려면?", {"heat_input_max_j_mm": 500, "avoid_defects": "Humping"}),
    ],
)
def test_what_is_said(question: str, arguments: dict[str, Any]):
    found = dict(stated(question).arguments)
    assert found == arguments
    for argument in {"allow", "keep"} & set(found):
        assert ", ".join(settings_named(found[argument], argument)) == found[argument]


def test_what_it_cannot_take_is_reported():
    found = stated("Sound and under 3 kg/h on a 20 mm plate?")
    assert dict(found.arguments) == {} and found.unread == ("3 kg/h", "20 mm") and found.places == frozenset()


def test_what_is_missing():
    assert missing(dict.fromkeys(FIELDS, 1.0)) == []
    assert missing({"current_a": 200.0}) == ["voltage_v", "travel_speed_mm_s"]
    assert missing(dict.fromkeys(FIELDS, 1.0) | {"deposition_rate_min_kg_h": 3.0}) == ["material"]


PIECES = ["keep", "the current", "travel speed", "and", "only", "below", "0.5 kJ/mm", "heat input", "90 %", "probability", "humping", "그대로"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join) | st.text(max_size=50))
def test_any_text_gives_arguments_or_one_sentence(text: str):
    try:
        found = stated(text).arguments
    except ToolInputError as refused:
        assert "\n" not in str(refused)
    else:
        assert not set(found.get("allow", "").split(", ")) & set(found.get("keep", "").split(", ")) - {""}
