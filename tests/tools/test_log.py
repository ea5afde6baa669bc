"""analyze_log: from a file to the numbers of a build, on logs of known energy, on the real ones, and on files that are none."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.logs import waves, write
from tools.log import analyze_log, by_layer
from tools.result import ToolInputError, ToolResult

RUNS = Path(__file__).resolve().parents[3] / "shared" / "data" / "weld_runs"
needs_runs = pytest.mark.skipif(not RUNS.is_dir(), reason="the real logs of ../shared/data/weld_runs are not here")


def analyze(*args: object, **options: object) -> ToolResult:
    result = analyze_log(*args, **({"ask": None} | options))  # type: ignore[arg-type]
    json.dumps(result.model_dump(), allow_nan=False)  # never NaN
    return result


def value(result: ToolResult, name: str) -> float:
    [estimate] = [estimate for estimate in result.estimates if estimate.name == name]
    return float(estimate.value)


def wall(tmp_path: Path, layers: int = 3) -> Path:
    """Two beads a layer of 10 s at 200 A, 25 V and 8 mm/s, the third layer at 5 mm/s."""
    time, current, voltage = waves([(10, 200, 25)] * (2 * layers))
    bead = np.minimum((np.arange(len(time)) - 15) // 130, 2 * layers - 1).clip(0)
    speed = np.where(bead // 2 == 2, 5.0, 8.0)
    return write(tmp_path / "wall.csv", {
        "Time (s)": time, "Current (A)": current, "Voltage (V)": voltage, "X (mm)": np.cumsum(speed * 0.1), "Y (mm)": np.zeros(len(time)),
        "Z (mm)": 2.0 * (bead // 2), "WFS (m/min)": np.full(len(time), 6.0),
    })  # fmt: skip


def test_a_wall(tmp_path: Path):
    result = analyze(wall(tmp_path), {"process": "GMAW"}, plots_folder=tmp_path / "plots")
    assert (value(result, "segments"), value(result, "layers"), value(result, "arc_time")) == (6, 3, 60)
    assert [value(result, name) for name in ("energy", "power", "wire")] == pytest.approx([300, 5000, 6])
    assert [layer["heat_input_j_mm"] for layer in result.details["layers"]] == pytest.approx([500, 500, 800], rel=1e-3)
    assert [event["segment"] for event in result.details["events"]] == [5, 6], "the slow layer is unlike the others"
    assert result.summary.startswith("wall.csv: 6 arc-on segments in 3 layers, 60 s of arc at 200 A and 25 V on average; mean power 5 kW")
    assert "k = 0.8 for GMAW" in result.summary and "2 outlying segments" in result.summary
    assert len(result.plots) == 4 and all(Path(path).is_file() for path in result.plots)
    assert result.details["columns"]["z_mm"] == {"column": "Z (mm)", "unit": "mm", "sure": "sure", "note": None}


def test_the_models_are_asked_about_each_segment(tmp_path: Path):
    asked = []
    analyze(wall(tmp_path), {"process": "GMAW", "material": "316L"}, ask=lambda given: asked.append(dict(given)) or {})
    assert asked[0] == {"process": "GMAW", "material": "316L", "current_a": 200, "voltage_v": 25, "travel_speed_mm_s": 8, "wire_feed_speed_m_min": 6}


def test_without_a_speed_heat_input_is_said_to_be_unknown(tmp_path: Path):
    time, current, voltage = waves([(10, 200, 25)])
    result = analyze(write(tmp_path / "log.csv", {"t": time, "I": current, "U": voltage}))
    assert not {"heat_input", "arc_energy", "travel_speed"} & {estimate.name for estimate in result.estimates}
    assert any(warning.startswith("Travel speed not known: the log has no travel speed and no position") for warning in result.warnings)
    assert any("Short circuits not known: 10 samples a second" in warning for warning in result.warnings)


def test_no_arc_at_all(tmp_path: Path):
    time = np.arange(100) / 10
    result = analyze(write(tmp_path / "log.csv", {"t": time, "I": 0.3 * np.ones(100), "U": np.zeros(100)}), plots_folder=tmp_path)
    assert "no arc-on segment: the largest current is 0.3 A" in result.summary and value(result, "segments") == 0


def test_a_mean_of_some_is_not_passed_for_one_of_all(tmp_path: Path):
    time, current, voltage = waves([(10, 200, 25), (10, 200, 25)])
    speed = np.where(time < 14, 8.0, 0.0)
    result = analyze(write(tmp_path / "log.csv", {"t": time, "I": current, "U": voltage, "speed (mm/s)": speed}))
    assert "arc_energy" not in {estimate.name for estimate in result.estimates}
    assert "Travel speed not known in segment 2: the torch does not move." in result.warnings


def test_a_stuck_channel_and_a_gap_are_told(tmp_path: Path):
    time, current, voltage = waves([(10, 200, 25)])
    time[60:] += 30
    result = analyze(write(tmp_path / "log.csv", {"t": time, "I": current, "U": voltage}))
    assert any("The sampling has 1 gap" in warning for warning in result.warnings)
    assert any("The current reads the same for up to" in warning for warning in result.warnings)
    assert value(result, "energy") == pytest.approx(50, rel=0.01)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(2, 15), st.integers(60, 400), st.integers(12, 35)), min_size=1, max_size=4),
    st.sampled_from([(",", "."), (";", ","), ("\t", ","), ("\t", ".")]), st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]),
)  # fmt: skip
def test_the_energy_survives_any_way_of_writing(tmp_path_factory: pytest.TempPathFactory, beads, form, encoding: str):
    time, current, voltage = waves(beads)
    columns = {"Zeit [s]": time, "Strom [A]": current, "Spannung [V]": voltage}
    result = analyze(write(tmp_path_factory.mktemp("log") / "log.csv", columns, *form, encoding=encoding))
    assert value(result, "segments") == len(beads)
    assert value(result, "energy") == pytest.approx(sum(s * a * v for s, a, v in beads) / 1000, rel=1e-3)


_CELLS = st.sampled_from(["0", "1.5", "1,5", "180", "22", "nan", "", "x", "-3", "1e9", "inf", "12:00:01", "2024-01-01", "on", '"', "#"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["time", "current", "voltage", "I", "U [V]", "speed", "z (mm)", "arc on", "layer", "date", ""]), min_size=1, max_size=6),
    st.lists(st.lists(_CELLS, min_size=1, max_size=6), max_size=25), st.sampled_from([",", ";", "\t"]), st.booleans(),
)  # fmt: skip
def test_any_table_gives_a_result_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, header, rows, separator: str, stated: bool):
    path = tmp_path_factory.mktemp("log") / "log.csv"
    path.write_text("\n".join(separator.join(row) for row in [header, *rows]), encoding="utf-8")
    try:
        result = analyze(path, sample_rate_hz=10.0 if stated else None)
    except ToolInputError as error:
        assert str(error).endswith((".", "}.")) and "\n" not in str(error)
    else:
        assert result.summary.endswith(".")


@pytest.mark.parametrize(("option", "bad"), [("threshold_a", -1), ("join_gap_s", float("nan")), ("shortest_s", "short"), ("sample_rate_hz", 0)])
def test_wrong_options(tmp_path: Path, option: str, bad: object):
    with pytest.raises(ToolInputError, match=option):
        analyze(wall(tmp_path), **{option: bad})


def test_plots_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolInputError, match="plots cannot be written"):
        analyze(wall(tmp_path), plots_folder=tmp_path / "file")


def test_layers_are_sums_of_what_is_known():
    assert by_layer([]) == []


@needs_runs
@pytest.mark.parametrize("path", sorted(RUNS.glob("*.csv")), ids=lambda path: path.name.split("__")[0])
def test_real_runs(path: Path):
    """One bead each; the arc burns where the current is over 20 A, as the data's own description says."""
    result = analyze(path)
    assert (value(result, "segments"), result.details["arc_on"]["threshold_a"]) == (1, 20.0)
    columns = result.details["columns"]
    assert (columns["current_a"]["column"], columns["current_a"]["sure"]) == ("Primary Weld Current", "sure")
    assert (columns["voltage_v"]["column"], columns["voltage_v"]["sure"]) == ("Secondary Weld Voltage", "sure")
    assert columns["wire_feed_speed_m_min"]["sure"] == columns["gas_flow_l_min"]["sure"] == "unclear", "the file states no units"
    assert 0.05 < result.details["time"]["step_s"] < 0.2 and not {"heat_input", "arc_energy"} & {estimate.name for estimate in result.estimates}


@needs_runs
def test_energy_of_a_real_run_against_a_plain_sum():
    path = next(RUNS.glob("good_weld_1_*.csv"))
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    clock = [sum(float(part) * unit for part, unit in zip(row[1].split(":"), (3600, 60, 1), strict=True)) for row in rows]
    current, voltage = np.array([float(row[6]) for row in rows]), np.array([float(row[8]) for row in rows])
    plain = np.trapezoid(np.where(current > 20, current * voltage, 0), clock) / 1000
    assert value(analyze(path), "energy") == pytest.approx(plain, rel=0.005)
