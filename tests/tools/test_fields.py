"""The table of quantities: consistent with itself, with pint and with the contract's names."""

import re

import pytest

from tools.conditions import ProcessConditions, Settings
from tools.fields import FIELDS, Field
from tools.result import ToolInputError
from tools.units import find_quantities, registry


def test_the_names_of_the_contract():
    assert list(FIELDS) == [
        "current_a", "voltage_v", "travel_speed_mm_s", "wire_feed_speed_m_min", "wire_diameter_mm", "ctwd_mm", "gas_flow_l_min",
        "interpass_temperature_c", "bead_length_mm",
    ]  # fmt: skip
    assert set(ProcessConditions.model_fields) == set(Settings.__annotations__) == {*FIELDS, "material", "process", "shielding_gas"}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_row_is_consistent(field: Field):
    assert field.low < field.high
    [shown] = find_quantities(f"10 {field.display_unit}")
    assert shown.to(field.unit) == 10, "the display unit is the canonical unit"
    registry().Unit(field.unit)
    assert re.search(field.label, field.title, re.IGNORECASE), "its own title is among its labels"


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_both_ends_of_the_range_are_allowed(field: Field):
    assert (field.check(field.low), field.check(field.high)) == (field.low, field.high)
    for value in (field.low - 0.001, field.high + 0.001, float("nan")):
        with pytest.raises(ToolInputError, match=rf"\({field.name}\) of .* is outside the allowed range"):
            field.check(value)
