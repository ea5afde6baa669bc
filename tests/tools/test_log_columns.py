"""Which column is which signal, in which unit, and how sure that is."""

from pathlib import Path

import numpy as np
import pytest

from tools.log_columns import ColumnUse, match
from tools.log_table import Table
from tools.result import ToolInputError


def use(columns: dict[str, float], stated: dict[str, object] | None = None, units: tuple[str, ...] = (), **more: object) -> dict[str, ColumnUse]:
    """The uses of columns that hold the given value while the arc burns."""
    table = Table(Path("log.csv"), "utf-8", ",", ".", tuple(columns), units or ("",) * len(columns), (), (), 1, True, len(columns))
    numbers = np.array([[0.0] * len(columns), *[list(columns.values())] * 9])
    return {found.channel: found for found in match(table, numbers, stated, **more)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "channel", "unit"),
    [
        ("Primary Weld Current", 180, "current_a", "A"), ("I", 180, "current_a", "A"), ("Schweißstrom [A]", 180, "current_a", "A"),
        ("Current (kA)", 0.18, "current_a", "kA"), ("Amps", 180, "current_a", "A"), ("전류 (A)", 180, "current_a", "A"),
        ("Ch1 Current(A)", 180, "current_a", "A"), ("Welding voltage [V]", 22, "voltage_v", "V"), ("Iw", 180, "current_a", "A"),
        ("Secondary Weld Voltage", 22, "voltage_v", "V"), ("U_arc [V]", 22, "voltage_v", "V"), ("Spannung", 22, "voltage_v", "V"),
        ("WFS (m/min)", 5, "wire_feed_speed_m_min", "m/min"), ("wire_feed_speed_in_min", 200, "wire_feed_speed_m_min", "in/min"),
        ("Travel Speed (cm/min)", 48, "travel_speed_mm_s", "cm/min"), ("TCP speed [mm/s]", 8, "travel_speed_mm_s", "mm/s"),
        ("v (mm/s)", 8, "travel_speed_mm_s", "mm/s"), ("v [V]", 22, "voltage_v", "V"), ("Gas flow [l/min]", 15, "gas_flow_l_min", "l/min"),
        ("Z [mm]", 12, "z_mm", "mm"), ("x_pos", 100, "x_mm", "mm"), ("arc_on", 1, "arc_on", None), ("Layer", 2, "layer", None),
        ("Time (ms)", 9000, "time_s", "ms"), ("timestamp", 3, "time_s", None), ("Date", 3, "date", None),
    ],
)  # fmt: skip
def test_names_as_loggers_write_them(name: str, value: float, channel: str, unit: str | None):
    found = use({name: value})
    assert list(found) == [channel]
    assert (found[channel].unit, found[channel].sure, found[channel].note) == (unit, "sure", "")


@pytest.mark.parametrize("name", ["Part No", "Pressure", "Remarks", "temperature (°C)", "heat_input_kj_mm", "current (mm)", "humidity"])
def test_other_columns_are_left_alone(name: str):
    assert use({name: 5.0}) == {}


def test_a_measured_value_comes_before_the_set_one_and_before_other_currents():
    found = use({"Current set (A)": 200, "Motor current (A)": 1.5, "Peak current (A)": 400, "Current actual (A)": 180})
    assert found["current_a"].column == "Current actual (A)"


def test_two_that_could_be_it_are_told():
    found = use({"current": 180, "current #2": 90, "voltage": 22})["current_a"]
    assert (found.column, found.sure) == ("current", "likely") and "'current #2' could be it too" in found.note


def test_u_and_v_are_voltage_and_speed():
    found = use({"U": 22, "I": 180, "v": 8})
    assert {name: one.column for name, one in found.items()} == {"current_a": "I", "voltage_v": "U", "travel_speed_mm_s": "v"}
    assert found["voltage_v"].sure == "sure"


def test_a_unit_nothing_states_is_taken_only_where_one_alone_is_plausible():
    assert (use({"travel speed": 480})["travel_speed_mm_s"].unit, use({"travel speed": 480})["travel_speed_mm_s"].sure) == ("mm/min", "likely")
    unclear = use({"travel speed": 30})["travel_speed_mm_s"]
    assert (unclear.unit, unclear.sure) == (None, "unclear") and "mm/s or cm/min" in unclear.note


def test_an_implausible_value_is_told():
    assert "0.18 A is unusual" in use({"Current (A)": 0.18})["current_a"].note


def test_a_row_of_units_counts():
    found = use({"a": 180, "b": 22, "v": 480}, units=("A", "V", "mm/min"))
    assert {name: one.unit for name, one in found.items()} == {"current_a": "A", "voltage_v": "V", "travel_speed_mm_s": "mm/min"}


@pytest.mark.parametrize("entry", ["AI 3", 2, {"column": "AI 3"}, {"column": "ai_3", "unit": "A"}])
def test_the_user_may_say_it(entry: object):
    found = use({"current": 10, "AI 3": 180, "voltage": 22}, {"current_a": entry})
    assert (found["current_a"].column, found["current_a"].sure, found["current_a"].unit) == ("AI 3", "stated", "A")


def test_the_user_may_say_that_there_is_none():
    assert "gas_flow_l_min" not in use({"gas flow (l/min)": 15}, {"gas_flow_l_min": None})
    assert use({"current": 180, "voltage": 22}, ignored=["current"]).keys() == {"voltage_v"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [("nothing", "does not have"), (9, "does not have"), (True, "does not have"), ({"column": "current", "unit": "mm"}, "does not fit")],
)
def test_what_the_user_says_must_fit(entry: object, said: str):
    with pytest.raises(ToolInputError, match=said):
        use({"current": 180}, {"current_a": entry})
