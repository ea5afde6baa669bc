"""Numbers of a text by name, and the row of features that a served model gets."""

import json
import math

import pytest

from tools.conditions import FEATURES, ProcessConditions
from tools.features import Features, numbers_in
from tools.lexical import LEXICAL, fit_idf


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("range_V: 0.263, iqr_V 0.13; skew = -1.2e-3", {"range_v": 0.263, "iqr_v": 0.13, "skew": -0.0012}),
        ("The current is 180 A and the travel speed is 8 mm/s", {"current": 180, "travel_speed": 8}),
        ("voltage 24 V current 180 A", {"voltage": 24, "current": 180}),
        ("kurt (V): 3 (CTWD 15 mm)", {"kurt_v": 3, "ctwd": 15}),
        ('{"a": 1, "b": -2.5}', {"a": 1, "b": -2.5}),
        ("x=1,200; y=.5 z -3, 10-20", {"x": 1200, "y": 0.5, "z": -3}),
        ("층간 온도 120", {"층간_온도": 120}),
        ("x 1, x 2", {"x": 1}),
        ("42, 43 and 44", {}),
        ("huge 1e999", {}),
        ("", {}),
    ],
)
def test_numbers_have_the_words_before_them_as_names(text: str, numbers: dict[str, float]):
    assert numbers_in(text) == numbers


def test_long_texts_take_no_long_time():
    for text in ("a" * 20_000 + " 1 " * 10_000, "1," * 20_000, "(" * 20_000 + "1", "1 " + "m/" * 20_000 + "1"):
        numbers_in(text)  # quadratic time would run into the test's time limit


TEXT = "The travel speed is 8 mm/s, the current 180 A, roughness 3."


def test_the_row_is_in_the_stated_order():
    features = Features(process=True, names=("roughness", "hardness"), medians=(5.0, 7.0), optional=("hardness",), idf={})
    row = features.row(TEXT, "another text")
    assert row[:FEATURES] == ProcessConditions.from_text(TEXT).features()
    assert row[FEATURES : FEATURES + 3] == [3.0, 7.0, 0.0], "roughness as stated, hardness by its median and marked absent"
    assert len(row) == features.size == FEATURES + 3 + LEXICAL


def test_a_bead_of_four_times_the_section_is_twice_as_high():
    features = Features(process=True, bead_size=True)
    thick, thin = (features.row(f"wire feed speed 6 m/min, travel speed {speed} mm/s") for speed in (2.5, 10))
    assert len(thick) == features.size and thick[-1] == pytest.approx((100 / 2.5) ** 0.5) == pytest.approx(2 * thin[-1])
    assert features.row("wire feed speed 6 m/min")[-1] == 0
    assert Features.from_json(features.to_json()) == features
    assert not Features.from_json({key: value for key, value in features.to_json().items() if key != "bead_size"}).bead_size, "older models"


def test_given_numbers_count_before_those_in_the_text():
    features = Features(process=False, names=("range_v", "x"), medians=(0.0, 0.0))
    assert features.row("range_V: 1, x 2", numbers={"range_V": 9.0}) == [9.0, 2.0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, None, "3"])
def test_no_value_that_is_not_a_number_gets_in(value: object):
    features = Features(process=True, names=("x",), medians=(5.0,), optional=("x",))
    row = features.row("", numbers={"x": value})  # type: ignore[dict-item]
    assert row[-2:] == [5.0, 0.0]
    assert all(map(math.isfinite, row))


def test_json_and_back():
    features = Features(process=True, names=("x",), medians=(5.0,), idf=fit_idf(["one two", "three"]), optional=("x",))
    assert Features.from_json(features.to_json()) == features
    assert Features.from_json(json.dumps(features.to_json())) == features
    assert Features.from_json(Features(process=False).to_json()).size == 0
