"""Column names as quantities: which name a field and a unit, which do not, and what the values become."""

import pytest

from tools.columns import canonical, field_named, quantity
from tools.fields import FIELDS
from tools.units import find_quantities, registry


@pytest.mark.parametrize(
    ("column", "field", "unit"),
    [
        ("travel_speed_mm_min", "travel_speed_mm_s", "mm/min"),
        ("wire_feed_speed_in_min", "wire_feed_speed_m_min", "in/min"),
        ("WFS (m/min)", "wire_feed_speed_m_min", "m/min"),
        ("voltage_v", "voltage_v", "V"),
        ("Secondary Weld Voltage (V)", "voltage_v", "V"),
        ("Current (A)", "current_a", "A"),
        ("I [A]", "current_a", "A"),
        ("interpass temperature [°C]", "interpass_temperature_c", "°C"),
        ("ctwd_mm", "ctwd_mm", "mm"),
        ("gas_flow_cfh", "gas_flow_l_min", "cubic feet/h"),
        ("travelSpeed_mm_per_s", "travel_speed_mm_s", "mm/s"),
        ("welding speed, cm/min", "travel_speed_mm_s", "cm/min"),
        ("전류 (A)", "current_a", "A"),
        ("current", "current_a", "A"),
    ],
)
def test_a_name_with_a_unit(column: str, field: str, unit: str):
    assert quantity(column) == (field, unit)
    assert registry().Unit(unit).is_compatible_with(FIELDS[field].unit), "pint reads the unit"
    [read] = find_quantities(f"10 {unit}")
    assert read.measures(FIELDS[field].unit), "and so does the reader of texts"


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_canonical_name_is_its_own(field):
    assert canonical(field.name, 12.5) == (field.name, 12.5)


@pytest.mark.parametrize(
    "column",
    ["range_V", "std_C", "current_std_a", "height_mean_mm", "bead_mm", "heat_input_kj_mm", "experiment", "id", "voltage_mm", "(A)", "", "a_" * 9000],
)  # fmt: skip
def test_a_name_that_states_no_process_quantity(column: str):
    assert quantity(column) is None
    assert canonical(column, 1.0) is None


def test_values_are_converted():
    assert canonical("travel_speed_mm_min", 480) == ("travel_speed_mm_s", 8.0)
    assert canonical("wire_feed_speed_in_min", 100) == ("wire_feed_speed_m_min", 2.54)
    assert canonical("interpass_temperature_k", 373.15) == ("interpass_temperature_c", 100.0)


def test_the_unit_decides_between_quantities():
    assert field_named("wire", "millimeter") is None, "a wire in millimetres could be its length or its diameter"
    assert field_named("length", "ampere") is None
    assert field_named("Travel-Speed") == "travel_speed_mm_s"
