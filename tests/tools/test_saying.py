"""Names of arguments as people are told of them."""

import pytest

from tools.parameters import parameters
from tools.quantities import QUANTITIES
from tools.registry import TOOLS
from tools.saying import plainly, renamed, said, title


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("current_a", 240.0, "current 240 A"),
        ("travel_speed_mm_s", 8.333333333, "travel speed 8.33333 mm/s"),
        ("heat_input_max_j_mm", 500.0, "greatest heat input 500 J/mm"),
        ("deposition_rate_min_kg_h", 3, "least deposition rate 3 kg/h"),
        ("sample_rate_hz", 1000, "sample rate 1000 Hz"),
        ("sound_probability", 0.8, "sound probability 0.8"),
        ("thermal_efficiency", 0.8, "thermal efficiency k 0.8"),
        ("target", "heat_input", "target heat input"),
        ("solve_for", "travel_speed_mm_s", "solve for travel speed"),
        ("map_settings", ["voltage_v", "travel_speed_mm_s"], "map settings voltage, travel speed"),
        ("process", "CMT", "process CMT"),
        ("answer", "too fast", "answer “too fast”"),
    ],
)
def test_an_argument_with_its_value(name: str, value: object, words: str) -> None:
    assert said(name, value) == words


def test_no_title_of_any_argument_has_the_form_of_a_name() -> None:
    names = {parameter.name for tool in TOOLS.values() for parameter in parameters(tool.function)}
    assert len(names) > 20 and not [name for name in {*names, *QUANTITIES} if "_" in title(name)]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Voltage (voltage_v) of 10000 V is outside.", "Voltage of 10000 V is outside."),
        ("Missing voltage_v, travel_speed_mm_s; state them with a unit.", "Missing voltage, travel speed; state them with a unit."),
        ("calculate_physics failed (RuntimeError: no such_name).", "calculate_physics failed (RuntimeError: no such_name)."),
        ("current_a.csv and 'current_a' in /data/current_a stay.", "current_a.csv and 'current_a' in /data/current_a stay."),
        ('name it with a mapping such as {"current_a": "I"}, or current_a', 'name it with a mapping such as {"current_a": "I"}, or current_a'),
    ],
)
def test_names_in_a_sentence_are_said_plainly(sentence: str, words: str) -> None:
    assert plainly(sentence) == words


def test_they_can_be_called_something_else() -> None:
    assert renamed("Voltage (voltage_v) of 10 kV.", lambda name: "--voltage") == "Voltage (--voltage) of 10 kV."
