"""A log read into signals in canonical units, and what a mapping may say."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tools.logs import waves, write
from tools.log_file import read_log
from tools.result import ToolInputError

TIME, CURRENT, VOLTAGE = waves([(5, 180, 22)])


def made(tmp_path: Path, **more: np.ndarray) -> Path:
    return write(tmp_path / "log.csv", {"time": TIME, "current": CURRENT, "voltage": VOLTAGE, **more})


def test_signals_are_canonical(tmp_path: Path):
    path = write(
        tmp_path / "log.csv",
        {"Zeit [ms]": TIME * 1000, "I [A]": CURRENT, "U [V]": VOLTAGE, "v [cm/min]": np.full(len(TIME), 48.0), "Z [m]": np.full(len(TIME), 0.012)},
        separator=";", decimal=",", encoding="latin-1",
    )  # fmt: skip
    log = read_log(path)
    assert log.time_s == pytest.approx(TIME) and log.step_s == pytest.approx(0.1)
    assert log.signals["current_a"] == pytest.approx(CURRENT) and log.signals["voltage_v"] == pytest.approx(VOLTAGE)
    assert log.signals["travel_speed_mm_s"] == pytest.approx(8.0) and log.signals["z_mm"] == pytest.approx(12.0)
    assert not log.warnings and {use.sure for use in log.columns} == {"sure"}


def test_large_files_come_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tools.log_table.CHUNK_ROWS", 17)
    log = read_log(made(tmp_path))
    assert log.signals["current_a"] == pytest.approx(CURRENT) and log.time_s == pytest.approx(TIME)


def test_the_arc_may_burn_late_in_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tools.log_table.SAMPLE_BYTES", 400)
    log = read_log(made(tmp_path, **{"travel speed": np.where(CURRENT > 0, 480.0, 0.0)}))
    assert log.signals["travel_speed_mm_s"].max() == pytest.approx(8.0), "mm/min is seen from values beyond the first"


def test_what_is_unclear_is_not_used_and_told(tmp_path: Path):
    log = read_log(made(tmp_path, Feed=np.full(len(TIME), 60.0)))
    assert "wire_feed_speed_m_min" not in log.signals
    assert any("'Feed' looks like wire feed speed but is not used" in warning and '"wire_feed_speed_m_min"' in warning for warning in log.warnings)


def test_a_mapping_confirms_and_states(tmp_path: Path):
    mapping = {"wire_feed_speed_m_min": {"column": "Feed", "unit": "mm/s"}, "constant": {"travel_speed_mm_s": "48 cm/min"}, "process": "MIG"}
    log = read_log(made(tmp_path, Feed=np.full(len(TIME), 100.0)), mapping)
    assert log.signals["wire_feed_speed_m_min"] == pytest.approx(6.0)
    assert log.settings == {"travel_speed_mm_s": 8.0, "process": "GMAW"} and not log.warnings


@pytest.mark.parametrize("dump", [json.dumps, lambda m: "current_a: {column: voltage, unit: A}\nvoltage_v: current\n"])
def test_a_mapping_may_be_a_file(tmp_path: Path, dump):
    file = tmp_path / "mapping.yaml"
    file.write_text(dump({"current_a": {"column": "voltage", "unit": "A"}, "voltage_v": "current"}))
    assert read_log(made(tmp_path), file).signals["current_a"].max() == 22


def test_a_rate_replaces_the_time(tmp_path: Path):
    path = write(tmp_path / "log.csv", {"current": CURRENT, "voltage": VOLTAGE})
    with pytest.raises(ToolInputError, match="sample_rate_hz"):
        read_log(path)
    assert read_log(path, sample_rate_hz=10).time_s == pytest.approx(TIME)
    assert read_log(path, {"sample_rate_hz": "10 Hz"}).time_s == pytest.approx(TIME)


def test_what_is_guessed_is_told_with_the_mapping_that_would_correct_it(tmp_path: Path):
    path = write(
        tmp_path / "log.csv", {"time": TIME, "arc current sensor": CURRENT, "voltage": VOLTAGE, "travel": np.where(CURRENT > 0, 1500.0, 0.0)}
    )
    told = {warning.split("'")[1]: warning for warning in read_log(path).warnings if "is read as" in warning}
    assert "only mm/min makes its values plausible; correct it with a mapping such as" in told["travel"]
    assert told["travel"].endswith('{"travel_speed_mm_s": {"column": "travel", "unit": "mm/min"}}.')
    assert "is read as current in A, by a part of its name; correct it with" in told["arc current sensor"]


def test_what_a_user_says_of_the_whole_log_fills_in_what_it_does_not_record(tmp_path: Path):
    said = {"process": "MIG", "travel_speed_mm_s": "48 cm/min"}
    assert read_log(made(tmp_path), settings=said).settings == {"process": "GMAW", "travel_speed_mm_s": 8.0}  # type: ignore[arg-type]


def test_what_was_measured_comes_before_what_a_user_says(tmp_path: Path):
    log = read_log(made(tmp_path, **{"travel speed (mm/s)": np.full(len(TIME), 8.0)}), settings={"travel_speed_mm_s": 20})
    assert log.settings == {} and log.signals["travel_speed_mm_s"] == pytest.approx(8.0)
    assert "The stated travel speed is not used, because the log records it; a mapping's constant comes before a column." in log.warnings


def test_a_mapping_comes_before_what_a_user_says_and_before_a_column(tmp_path: Path):
    path, mapping = made(tmp_path, **{"travel speed (mm/s)": np.full(len(TIME), 8.0)}), {"constant": {"travel_speed_mm_s": 10}, "process": "CMT"}
    log = read_log(path, mapping, settings={"travel_speed_mm_s": 20, "process": "CMT"})
    assert log.settings == {"travel_speed_mm_s": 10.0, "process": "CMT"} and "travel_speed_mm_s" not in log.signals
    assert [line for line in log.warnings if "not used" in line] == ["The stated travel speed is not used, because the mapping states another."]


def test_without_current_the_sentence_names_the_columns(tmp_path: Path):
    path = write(tmp_path / "log.csv", {"time": TIME, "AI 3": CURRENT, "voltage": VOLTAGE})
    with pytest.raises(ToolInputError, match=r"current: it has 'time', 'AI 3', 'voltage'; .* \{\"current_a\": \"AI 3\"\}"):
        read_log(path)


def test_a_column_of_words_is_no_current(tmp_path: Path):
    path = write(tmp_path / "log.csv", {"time": TIME, "current": ["high"] * len(TIME), "voltage": VOLTAGE})
    with pytest.raises(ToolInputError, match=r"'current'.* holds no numbers"):
        read_log(path)


def test_one_row_is_no_log(tmp_path: Path):
    (tmp_path / "log.csv").write_text("time,current,voltage\n0,180,22\n")
    with pytest.raises(ToolInputError, match="1 row"):
        read_log(tmp_path / "log.csv")
