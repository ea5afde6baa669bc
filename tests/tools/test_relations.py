"""The table of formulas: quantities that exist, text and reference, and the same numbers as `formulas`, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import formulas
from tools.physics_problem import PRICES
from tools.quantities import QUANTITIES
from tools.relations import COOLING, relations
from tools.solve import NoSolution, Relation

TABLE = relations("interpass_temperature_c", cooling=True, prices=PRICES)
TURNS = [(relation, unknown) for relation in TABLE for unknown in relation.inputs]
CURRENT, VOLTAGE, SPEED, DIAMETER, FEED = (
    st.floats(QUANTITIES[name].low, QUANTITIES[name].high)
    for name in ("current_a", "voltage_v", "travel_speed_mm_s", "wire_diameter_mm", "wire_feed_speed_m_min")
)


@pytest.mark.parametrize("relation", TABLE, ids=lambda r: f"{r.target}={r.text}")
def test_a_row_names_quantities_and_states_its_formula_and_source(relation: Relation):
    assert set(relation.names) <= set(QUANTITIES) and relation.text and relation.reference


def test_no_quantity_is_made_of_itself():
    made_of = {relation.target: set(relation.inputs) for relation in TABLE}
    for _ in made_of:
        made_of = {name: parts.union(*(made_of.get(part, ()) for part in parts)) for name, parts in made_of.items()}
    assert not [name for name, parts in made_of.items() if name in parts]


def test_cooling_times_and_totals_are_only_there_where_they_can_be_told():
    assert {relation.target for relation in relations("preheat_temperature_c")} >= set(COOLING)
    assert not {relation.target for relation in relations("preheat_temperature_c", cooling=False)} & {*COOLING, "cost_per_kg", "cost_per_bead"}


def value(text: str, **known: float) -> float:
    return next(relation for relation in TABLE if relation.text == text).forward(known)


@given(CURRENT, VOLTAGE, SPEED, DIAMETER, FEED)
def test_the_products_are_the_formulas(current: float, voltage: float, speed: float, diameter: float, feed: float):
    arc = {"current_a": current, "voltage_v": voltage, "travel_speed_mm_s": speed}
    wire = {"wire_diameter_mm": diameter, "wire_feed_speed_m_min": feed}
    same = pytest.approx
    assert value("U·I/v", **arc) == same(formulas.arc_energy_j_mm(current, voltage, speed), rel=1e-12)
    assert value("k·U·I/v", **arc, thermal_efficiency=0.6) == same(formulas.heat_input_j_mm(current, voltage, speed, "GTAW"), rel=1e-12)
    assert value("U·I·L/v", **arc, bead_length_mm=100) == same(formulas.bead_energy_kj(current, voltage, speed, 100), rel=1e-12)
    assert value("(π·d²/4)·WFS/v", **wire, travel_speed_mm_s=speed) == same(formulas.bead_area_mm2(diameter, feed, speed), rel=1e-12)
    assert value("ρ·(π·d²/4)·WFS", **wire, density_kg_m3=7850) == same(formulas.deposition_rate_kg_h(diameter, feed, 7850), rel=1e-12)


@pytest.mark.parametrize(("relation", "unknown"), TURNS, ids=lambda part: part if isinstance(part, str) else part.target)
def test_forward_and_backward_agree(relation: Relation, unknown: str):
    """Over the middle of every range, from ten settings spread by a fixed rule."""
    for step in range(1, 11):
        values = {}
        for place, name in enumerate(relation.inputs):
            low, high = relation.domain.get(name, (QUANTITIES[name].low, QUANTITIES[name].high))
            share = (step * (place + 3) * 7 % 11 + 0.5) / 12
            values[name] = low + (high - low) * share if low <= 0 else low * (high / low) ** share
        values[relation.target] = relation.forward(values)
        allowed = QUANTITIES[unknown].low, QUANTITIES[unknown].high
        try:
            found = relation.backward(unknown, values, allowed)
        except NoSolution:
            assert relation.target == "t85_s" and unknown == "plate_thickness_mm"  # on a thick plate it does not matter
            continue
        assert relation.forward({**values, unknown: found}) == pytest.approx(values[relation.target], rel=1e-9)
