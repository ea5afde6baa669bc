"""What a user may say of a log's columns and of the whole of it, and how a wrong mapping is refused."""

from pathlib import Path
from typing import get_type_hints

import pytest

from tests.tools.logs import waves, write
from tools.conditions import Settings
from tools.log_channels import NEEDED
from tools.log_file import read_log
from tools.log_mapping import LogSettings, constants, listed, read_mapping
from tools.result import ToolInputError

TIME, CURRENT, VOLTAGE = waves([(5, 180, 22)])


def made(tmp_path: Path) -> Path:
    return write(tmp_path / "log.csv", {"time": TIME, "current": CURRENT, "voltage": VOLTAGE})


def test_a_mapping_is_a_dictionary_or_a_file_of_one(tmp_path: Path):
    (tmp_path / "m.yaml").write_text("current_a: I1\nconstant: {travel_speed_mm_s: 48 cm/min}\n")
    read = read_mapping(tmp_path / "m.yaml")
    assert read == read_mapping(read) and constants(read) == {"travel_speed_mm_s": 8.0} and read_mapping(None) == {}


def test_a_mapping_may_be_written_out_as_the_warnings_write_it():
    assert read_mapping('{"current_a": {"column": "I1", "unit": "A"}}') == {"current_a": {"column": "I1", "unit": "A"}}
    with pytest.raises(ToolInputError, match=r"^The mapping is neither YAML nor JSON"):
        read_mapping('{"current_a": ')


def test_settings_that_are_no_signals_hold_for_the_whole_log():
    assert constants({"process": "TIG", "current_a": "I1"}) == {"process": "GTAW"}


def test_what_may_hold_for_a_whole_log_is_every_setting_that_a_log_does_not_measure_itself():
    """The two lists are read beside the tools that they belong to, and so written twice; here is what keeps them one."""
    hints, all_settings = get_type_hints(LogSettings), get_type_hints(Settings)
    assert list(hints.items()) == [(name, hint) for name, hint in all_settings.items() if name not in (*NEEDED, "bead_length_mm")]


def test_one_name_or_several_are_ignored():
    assert listed(None) == [] and listed("Remarks") == ["Remarks"] and listed(["a", 2]) == ["a", 2]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"speed": "v"}, "no signal 'speed'"), ([1], "A mapping names"), ("nothing.yaml", "cannot be opened"), ({"constant": 5}, "constant"),
        ({"constant": {"travel_speed_mm_s": -1}}, "travel_speed_mm_s"), ({"process": "knitting"}, "Process must be one of"),
        ({"constant": {"current_a": 180}}, "cannot be a constant"), ({"current_a": None}, "recognise as current"),
        ({"sample_rate_hz": "fast"}, "sample_rate_hz"), ({"current_a": "time_of"}, "does not have"), ({1: 2}, "no signal '1'"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_one_sentence(tmp_path: Path, mapping: object, said: str):
    with pytest.raises(ToolInputError, match=said) as raised:
        read_log(made(tmp_path), mapping)  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)


def test_a_mapping_file_that_is_no_mapping(tmp_path: Path):
    (tmp_path / "m.yaml").write_text("a: [")
    with pytest.raises(ToolInputError, match="neither YAML nor JSON"):
        read_mapping(tmp_path / "m.yaml")
