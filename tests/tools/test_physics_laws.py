"""Laws that hold for any settings: finite results or one sentence, the way each result goes, and formulas turned round to where they began."""

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tools.physics import calculate_physics
from tools.quantities import QUANTITIES
from tools.relations import relations
from tools.result import ToolInputError
from tools.solve import NoSolution, Relation
from tools.units import convert, find_quantities

RELATIONS = relations("interpass_temperature_c", prices=("price_wire_per_kg", "price_gas_per_m3", "price_hour"))
ARC = {"current_a": 180.0, "voltage_v": 22.0, "travel_speed_mm_s": 8.0, "process": "GMAW"}
USUAL = {  # where people weld; a formula turned round there must come back
    "current_a": (50, 400), "voltage_v": (10, 40), "travel_speed_mm_s": (1, 30), "wire_feed_speed_m_min": (0.5, 20), "wire_diameter_mm": (0.6, 3.2),
    "thermal_efficiency": (0.3, 1), "interpass_temperature_c": (0, 400), "plate_thickness_mm": (3, 60), "bead_length_mm": (10, 1000),
    "heat_input_j_mm": (50, 3000),
}  # fmt: skip


def usual(name: str) -> st.SearchStrategy[float]:
    field = QUANTITIES[name]
    low, high = USUAL.get(name, (max(field.low, 1e-2), min(field.high, 1e4)))
    return st.floats(low, high)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(QUANTITIES)), st.floats(0, 1), min_size=1, max_size=7), st.sampled_from([None, "max", "min"]))
def test_any_credible_settings_give_finite_numbers_or_one_sentence(shares: dict[str, float], bound: Any):
    asked: dict[str, Any] = {name: QUANTITIES[name].low + share * (QUANTITIES[name].high - QUANTITIES[name].low) for name, share in shares.items()}
    try:
        result = calculate_physics(bound=bound, **asked)
    except ToolInputError as refused:
        assert "\n" not in str(refused) and str(refused).endswith(".")
    else:
        assert all(math.isfinite(float(estimate.value)) for estimate in result.estimates)
        assert all(math.isfinite(entry["value"]) for entry in result.details["quantities"].values())


@pytest.mark.parametrize(
    ("result", "setting", "up"),
    [
        ("arc_power_kw", "voltage_v", True), ("arc_power_kw", "current_a", True), ("arc_energy_j_mm", "voltage_v", True),
        ("arc_energy_j_mm", "travel_speed_mm_s", False), ("heat_input_j_mm", "current_a", True), ("heat_input_j_mm", "travel_speed_mm_s", False),
        ("bead_energy_kj", "bead_length_mm", True), ("t85_thick_s", "interpass_temperature_c", True), ("t85_thin_s", "plate_thickness_mm", False),
        ("bead_area_mm2", "wire_feed_speed_m_min", True), ("bead_area_mm2", "travel_speed_mm_s", False),
        ("deposition_rate_kg_h", "wire_diameter_mm", True), ("energy_per_kg_kwh", "wire_feed_speed_m_min", False),
    ],
)  # fmt: skip
@settings(deadline=None, max_examples=25)
@given(share=st.floats(0.05, 0.9), factor=st.floats(1.01, 1.1))
def test_each_result_goes_the_way_physics_says(result: str, setting: str, up: bool, share: float, factor: float):
    rest = {
        "wire_feed_speed_m_min": 6.0,
        "wire_diameter_mm": 1.2,
        "interpass_temperature_c": 100.0,
        "plate_thickness_mm": 10.0,
        "bead_length_mm": 100.0,
    }
    low, high = USUAL[setting]
    at = low + share * (high - low)

    def value(setting_value: float) -> float:
        found = calculate_physics(**{**ARC, **rest, setting: setting_value}, material="ER70S-6")
        return float(found.details["quantities"][result]["value"])

    assert (value(at * factor) > value(at)) == up


TURNED = [(relation, name) for relation in RELATIONS for name in relation.inputs]


@pytest.mark.parametrize(("relation", "name"), TURNED, ids=[f"{relation.target}-{name}" for relation, name in TURNED])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_a_formula_turned_round_comes_back_to_where_it_began(relation: Relation, name: str, data: st.DataObject):
    values = {each: data.draw(usual(each), label=each) for each in relation.inputs}
    target = relation.forward(values)
    assume(math.isfinite(target) and target > 0 and relation.holds(values))
    assume(relation.forward({**values, name: values[name] * 1.001 + 1e-6}) != target)  # above the transition t8/5 does not hang on the thickness
    field = QUANTITIES[name]
    try:
        found = relation.backward(name, {**values, relation.target: target}, (field.low, field.high))
    except NoSolution:
        pytest.fail(f"{name} is lost on the way back")
    assert relation.forward({**values, name: found}) == pytest.approx(target, rel=1e-6)
    assert found == pytest.approx(values[name], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(("relation", "name"), [(r, n) for r, n in TURNED if r.target == "heat_input_j_mm" and "voltage_v" in r.inputs])
def test_the_tool_itself_comes_back(relation: Relation, name: str):
    if name == "thermal_efficiency":
        given_: dict[str, Any] = {key: value for key, value in ARC.items() if key != "process"}
        value = 0.8
    else:
        given_, value = {key: each for key, each in ARC.items() if key != name}, float(ARC[name])  # type: ignore[arg-type]
    result = calculate_physics(solve_for=name, heat_input_j_mm=0.8 * 180 * 22 / 8, **given_)
    assert result.details["quantities"][name]["value"] == pytest.approx(value, rel=1e-12)


UNITS = {"mm/s": ["cm/min", "in/min", "m/min", "mm/min"], "J/mm": ["kJ/mm", "kJ/cm"], "A": ["kA", "mA"], "mm": ["cm", "in", "µm"], "°C": ["°F", "K"],
         "L/min": ["cfh", "lpm"], "kg/h": ["lb/h", "g/min"]}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [(one, other) for one, others in UNITS.items() for other in others])
@settings(deadline=None)
@given(value=st.floats(1e-3, 1e5))
def test_a_unit_there_and_back(one: str, other: str, value: float):
    (a,), (b,) = find_quantities(f"1 {one}"), find_quantities(f"1 {other}")
    assert convert(convert(value, a.unit, b.unit), b.unit, a.unit) == pytest.approx(value, rel=1e-9, abs=1e-9)
