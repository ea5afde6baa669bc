"""Tables pasted into a question: which become sentences, with what, and which texts stay as they are."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.pasted_table import spelt_out
from tools.reading import read

BEAD = {"current_a": 188, "voltage_v": 21.4, "travel_speed_mm_s": 8}


@pytest.mark.parametrize(
    "table",
    [
        "| I (A) | U (V) | v (mm/s) |\n|---|---|---|\n| 188 | 21.4 | 8 |",
        "I (A) | U (V) | v (mm/s)\n188 | 21.4 | 8",
        "I [A];U [V];v [mm/s]\n188;21,4;8",
        "Current (A)\tVoltage (V)\tTravel speed (cm/min)\n188\t21.4\t48",
        "current (A), voltage (V), travel speed (mm/s)\n188, 21.4, 8",
        "current_a,voltage_v,travel_speed_mm_s\n188,21.4,8",
        "I (A)   U (V)   v (mm/s)\n188     21.4    8",
        "I (A) U (V) v (mm/s)\n188 21.4 8",
        "I;U;v\nA;V;mm/s\n188;21.4;8",  # the units in a row of their own
        "전류 (A) | 전압 (V) | 이송 속도 (mm/s)\n188 | 21.4 | 8",
        "| Current | 188 A |\n| Voltage | 21.4 V |\n| Travel speed | 8 mm/s |",  # nothing to bring together
        "| Current (A) | 188 |\n| Voltage (V) | 21.4 |\n| v (mm/s) | 8 |",
        "Current (A): 188\nVoltage (V): 21.4\nTravel speed (mm/s): 8",
        "with current [A] = 188, voltage [V] = 21.4 and travel speed [mm/s] = 8",
        "| I (A) | U (V) | v (mm/s) |\r\n|:-:|:-:|:-:|\r\n| **188** | 21.4 V | 8 |\r",
        "| | I (A) | U (V) | v (mm/s) |\n|-|-|-|-|\n| a | 188 | | 8 |\n| b | | 21.4 | |",
    ],
)
def test_one_row_states_settings(table: str):
    assert read(spelt_out(table)).values() == BEAD
    assert read(spelt_out(f"Look:\n{table}\n\nIs this bead sound?")).values() == BEAD


def test_several_rows_are_several_values_of_one_setting():
    reading = read(spelt_out("| bead | I (A) | U (V) | v (mm/s) |\n|---|---|---|---|\n| 1 | 188 | 21.4 | 8 |\n| 2 | 204 | 21.4 | 9 |"))
    assert reading.several == {"current_a": ["188 A", "204 A"], "travel_speed_mm_s": ["8 mm/s", "9 mm/s"]}
    assert reading.values() == {"voltage_v": 21.4}


def test_names_and_other_quantities_stand_beside_their_values():
    header = "| Wire | Process | WFS (m/min) | Heat input (kJ/mm) | Plate thickness (mm) |"
    text = spelt_out(f"{header}\n|--|--|--|--|--|\n| ER70S-6 | TIG | 7.5 | 0.5 | 10 |")
    assert text == "Wire ER70S-6, Process TIG, wire feed speed 7.5 m/min, Heat input 0.5 kJ/mm, Plate thickness 10 mm."


def test_a_unit_that_the_header_leaves_out_is_not_guessed():
    assert read(spelt_out("I\tU\ttravel speed\n188\t21.4\t8")).without_unit == {"travel_speed_mm_s": "8"}


def test_what_stands_around_a_table_stays():
    text = spelt_out("316L by CMT; sound?\n\nI (A);U (V)\n188;22\n\n- yes\n- no")
    assert text == "316L by CMT; sound?\n\ncurrent 188 A, voltage 22 V.\n\n- yes\n- no"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Is 188 A, 21.4 V, 8 mm/s a sound bead?",
        "188 A\n21.4 V\n8 mm/s",
        "current, voltage and speed\nall of 3, 2 and 1 beads",
        "Is option (A) 3 better than option (V) 4?",
        "heat input (in J/mm) 500",
        "I used 188 A (DC) 22 V\n3 layers (10 mm) 8 beads",
        "time;I;U\nnothing;was;said",
        "current | voltage\nwhich | matters",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "current\n180",
    ],
)
def test_what_is_no_table_of_quantities_stays_as_it_is(text: str):
    assert spelt_out(text) == text


PIECES = st.sampled_from(
    ["I (A)", "U [V]", "v", "speed (mm/s)", "188", "21,4", "-", "|", ";", "\t", ",", "  ", " ", "\n", "\r\n", "A", ":", "(", "]"]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_can_be_looked_at(text: str):
    read(spelt_out(text))


@pytest.mark.parametrize("text", [";\n" * 2000, "1 2\n" * 1000, "I (A);1\n" * 500, "I (A) " * 600, "wire " * 800, "-|" * 2000, "A;B\n" * 1000])
def test_no_text_is_slow(text: str):
    begun = time.process_time()
    spelt_out(text)
    assert time.process_time() - begun < 1
