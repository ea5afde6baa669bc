"""A text says what stands in it: the words in order, the numbers, and as much denied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.quoting import content, stands

TEXT = "Do not exceed 150 °C, as measures from 20 to 25 mm never suppress humping"


@pytest.mark.parametrize("said", ["", "the answer says", "150 °C", "not exceed 150 °C", "20 to 25 mm", "20 mm", "never suppress humping", TEXT])
def test_what_stands_there(said: str):
    assert stands(said, TEXT)


@pytest.mark.parametrize(
    "said",
    ["exceed 150 °C", "250 °C", "150 mm", "-150 °C", "25 to 20 mm", "humping suppress", "suppress humping", "measures suppress humping", "argon"],
)
def test_what_does_not(said: str):
    assert not stands(said, TEXT)


def test_a_number_of_a_range_is_read_as_in_the_whole_text():
    assert stands("150 °C", "keep it low (100-150 °C)") and stands("5.1 %", "5.1-7.0 % higher") and not stands("-150 °C", "keep it low (100-150 °C)")


def test_words_that_only_tell_who_says_what_are_no_content():
    assert content("The answer says that it does not mention 2 % CO2") == ["menti", "2", "co", "2"]


WORDS = ["not", "never", "argon", "flow", "150", "20", "mm", "°C", "humping", "않는다", "slows"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_asked_about(said: str, text: str):
    assert stands(said, text) in (True, False)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join))
def test_a_text_says_all_that_it_says(text: str):
    assert stands(text, text)
