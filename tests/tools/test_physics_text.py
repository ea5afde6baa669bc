"""The sentences: four significant digits, limits rounded to the safe side."""

from decimal import ROUND_CEILING, ROUND_FLOOR

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.physics_problem import problem_of
from tools.physics_text import amount, cannot_find, more, no_solution, nothing_follows, significant
from tools.solve import NoSolution


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [
        (5.8666667, 5.867, 5.866),
        (8.0, 8.0, 8.0),
        (7.9999999999999, 8.0, 8.0),
        (123456.0, 123500.0, 123400.0),
        (-20.126, -20.12, -20.13),
        (0.0, 0.0, 0.0),
    ],
)
def test_a_limit_is_rounded_to_its_safe_side(value: float, up: float, down: float):
    assert (significant(value, ROUND_CEILING), significant(value, ROUND_FLOOR)) == (up, down)


@given(st.floats(1e-9, 1e12))
def test_four_significant_digits(value: float):
    assert significant(value) == float(f"{significant(value):.4g}") == pytest.approx(value, rel=5.1e-4)


def test_amounts():
    assert (
        amount("heat_input_j_mm", 600) == "heat input of 600 J/mm"
        and amount("thermal_efficiency", 0.8, "at most") == "thermal efficiency k of at most 0.8"
    )


def test_why_there_is_no_solution():
    given_ = {"heat_input_j_mm": 1.0}
    assert no_solution(NoSolution("travel_speed_mm_s", "heat_input_j_mm", needed=3520), given_) == (
        "Travel speed would have to be 3520 mm/s for the heat input of 1 J/mm, outside the allowed range 0.1 to 200 mm/s; change the target."
    )
    assert "it stays between 5 and 9 J/mm." in no_solution(NoSolution("travel_speed_mm_s", "heat_input_j_mm", reached=(5, 9)), given_)
    assert no_solution(NoSolution("price_hour", "time_cost_per_kg"), {}).endswith("another quantity in the formula is zero.")


def test_what_to_add():
    network = problem_of({}, {}, None).network
    assert cannot_find("wire_to_travel_ratio", network, {}, {}) == (
        "To compute the ratio of wire feed to travel speed I also need travel speed (travel_speed_mm_s) and wire feed speed (wire_feed_speed_m_min)."
    )
    assert nothing_follows({"current_a": 200}, {"arc_power_kw": frozenset({"voltage_v"})}) == (
        "Nothing follows from current alone; also give voltage (voltage_v)."
    )
    assert more({"bead_time_s": frozenset({"bead_length_mm"}), "bead_energy_kj": frozenset({"bead_length_mm"})}) == (
        "Not computed: arc time of the bead, arc energy of the bead (needs bead length)."
    )
    assert more({"t85_s": frozenset({"a", "b", "c"})}) == "", "what needs three settings or more is not told"
