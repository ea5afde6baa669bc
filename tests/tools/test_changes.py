"""Changes against what was said before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.amounts import settings_of
from tools.changes import blanked, written_out

BEFORE = "Is 180 A, 20 V and 40 cm/min normal?"


def after(*texts: str) -> dict[str, float | str]:
    """What the last of the texts comes to state."""
    return settings_of(written_out([BEFORE, *texts])[0][-1]).values()


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("and if I double the travel speed?", {"travel_speed_mm_s": 13.3333}),
        ("and with half the travel speed and 20 % more current?", {"travel_speed_mm_s": 3.33333, "current_a": 216.0}),
        ("And at a 25 % lower current?", {"current_a": 135.0}),
        ("what if the current were 10 % higher?", {"current_a": 198.0}),
        ("10 A more?", {"current_a": 190.0}),
        ("20 A less current, please", {"current_a": 160.0}),
        ("raise the voltage by 3 V", {"voltage_v": 23.0}),
        ("Reducing it by another 1.5 V, is it sound?", {"voltage_v": 18.5}),
        ("and with 5 V more than before?", {"voltage_v": 25.0}),
        ("lower the speed by 10 cm/min", {"travel_speed_mm_s": 5.0}),
        ("what happens 2 mm/s faster?", {"travel_speed_mm_s": 8.66667}),
    ],
)
def test_a_change_is_written_out_as_the_setting_it_leads_to(text: str, settings: dict[str, float]):
    assert after(text) == settings
    (_, _), taken, missing = written_out([BEFORE, text])
    assert len(taken) == len(settings) and missing == []


@pytest.mark.parametrize(
    "text",
    [
        "reduce the current to 150 A", "is 200 A more stable than 180 A?", "use 20 V instead", "no more than 500 J/mm at 200 A",
        "Should I use more current than 200 A?", "is 10 % more argon better?", "gas with 18 % CO2: higher spatter?",
        "half of the beads at 200 A crack",
    ],
)  # fmt: skip
def test_what_states_no_change_is_left_as_it_is(text: str):
    assert written_out([BEFORE, text]) == ([BEFORE, text], [], [])


def test_changes_go_on_from_each_other():
    assert after("10 A more?", "and another 10 % more current?") == {"current_a": 209.0}
    assert after("10 A more?", "same at 200 A", "10 A more?") == {"current_a": 210.0}


def test_what_was_made_of_it_is_said():
    assert written_out([BEFORE, "10 A more?"])[1] == ["“10 A more” is taken as a current of 190 A, as it was 180 A."]


@pytest.mark.parametrize("text", ["3 m/min more wire feed speed?", "raise it by 10 %"])
def test_what_changes_something_that_nobody_has_said_is_told(text: str):
    texts, taken, (missing,) = written_out([BEFORE, text])
    assert taken == [] and missing in text and settings_of(texts[-1]).values() == {}


def test_a_change_of_what_the_same_text_states_makes_two_values():
    assert settings_of(written_out(["Is 180 A and 20 V normal, and with 10 A more?"])[0][0]).several["current_a"] == ["190 A", "180 A"]


def test_a_wire_feed_speed_is_no_travel_speed():
    texts, _, _ = written_out(["8 m/min wire feed, 10 mm/s", "raise the wire feed speed by 1 m/min"])
    assert settings_of(texts[-1]).values() == {"wire_feed_speed_m_min": 9.0}


WORDS = ["10 A", "more", "half the speed", "by", "raise the voltage", "3 V", "20 %", "lower", ",", "?", "200"]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_words_are_read(text: str):
    texts, taken, missing = written_out([BEFORE, text])
    assert len(texts) == 2 and len(blanked(text)) == len(text) and all(missing) and all(taken)
