"""Every quantity of calculate_physics: consistent with pint, readable from text, refused with one sentence."""

import re

import pytest

from tools.fields import FIELDS, Field
from tools.quantities import QUANTITIES, read_quantity
from tools.result import ToolInputError
from tools.units import registry

OWN = [field for name, field in QUANTITIES.items() if name not in FIELDS]


def test_the_settings_of_a_bead_are_among_them():
    assert all(QUANTITIES[name] is field for name, field in FIELDS.items())


@pytest.mark.parametrize("field", OWN, ids=lambda field: field.name)
def test_a_row_is_consistent(field: Field):
    assert field.high > 0 and field.low < field.high
    registry().Unit(field.unit)
    assert re.search(field.label, field.title, re.IGNORECASE), "its own title is among its labels"
    assert read_quantity(field.name, field.low) == field.low and read_quantity(field.name, field.high) == field.high
    if field.display_unit and "currency" not in field.display_unit:
        assert read_quantity(field.name, f"{field.high:.0f} {field.display_unit}") == field.high, "the display unit is the canonical unit"


@pytest.mark.parametrize("field", OWN, ids=lambda field: field.name)
@pytest.mark.parametrize("value", [-1000.0, float("nan"), float("inf"), 1e300, 10**400, "lots", "", True, [1]])
def test_an_impossible_value_is_one_sentence_that_names_the_quantity(field: Field, value: object):
    with pytest.raises(ToolInputError, match=rf"\({field.name}\).*\.$"):
        read_quantity(field.name, value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("heat_input_j_mm", "0.6 kJ/mm", 600), ("heat_input_j_mm", "6 kJ/cm", 600), ("deposition_rate_kg_h", "10 lb/h", 4.5359237),
        ("bead_area_mm2", "0.5 mm²", 0.5), ("preheat_temperature_c", "212 °F", 100), ("plate_thickness_mm", "1/2 inch", None),
        ("thermal_efficiency", "80 %", 0.8), ("thermal_efficiency", "0.8", 0.8), ("density_kg_m3", "7.85 g/cm³", 7850), ("t85_s", "8 s", 8),
        ("price_wire_per_kg", "12", 12), ("price_wire_per_kg", "12 EUR/kg", 12), ("price_wire_per_kg", "€12,50 per kg", 12.5),
        ("price_wire_per_kg", "0.012/g", 12), ("price_gas_per_m3", "0.008 $/l", 8), ("price_gas_per_m3", "8 EUR/m³", 8),
        ("price_hour", "1.5 EUR/min", 90), ("price_hour", "60 EUR/h", 60),
        ("price_wire_per_kg", "12 EUR/h", None), ("price_hour", "60 EUR/shift", None), ("price_hour", "-60", None),
    ],
)  # fmt: skip
def test_texts_with_units(name: str, text: object, value: float | None):
    if value is None:
        with pytest.raises(ToolInputError, match=name):
            read_quantity(name, text)
    else:
        assert read_quantity(name, text) == pytest.approx(value, rel=1e-9)
