"""Relations read forwards and backwards, alone and in chains."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.solve import Network, NoSolution, Relation, product

POSITIVE = st.floats(0.01, 1000)
SPEED = product("speed", 2.0, {"way": 1, "time": -1}, "2·way/time", "a book")
SQUARE = product("area", 1.0, {"side": 2}, "side²", "a book")
GREATER = Relation("greater", ("x", "y"), max, "max(x, y)", "a book", {"x": (0.0, 50.0)})


def ranges(name: str) -> tuple[float, float]:
    return 0.001, 10_000.0


def test_forwards_to_the_end():
    double = product("double", 2.0, {"speed": 1}, "2·speed", "a book")
    values, steps = Network((double, SPEED), ranges).solve({"way": 6.0, "time": 3.0})
    assert values == {"way": 6.0, "time": 3.0, "speed": 4.0, "double": 8.0}
    assert steps["double"].sources == ("speed",) and not steps["double"].inverse


@given(POSITIVE, POSITIVE)
def test_a_product_is_turned_round_in_closed_form(way: float, time: float):
    values, steps = Network((SPEED, SQUARE), ranges).solve({"speed": SPEED.forward({"way": way, "time": time}), "way": way, "area": way})
    assert values["time"] == pytest.approx(time, rel=1e-12) and values["side"] == pytest.approx(way**0.5, rel=1e-12)
    assert steps["time"].inverse and steps["time"].sources == ("speed", "way")


@settings(deadline=None)  # scipy is imported at the first
@given(POSITIVE, POSITIVE, POSITIVE)
def test_a_chain_is_solved_for_its_one_open_setting(a: float, b: float, x: float):
    """total = a·x + b·x has two terms in x, neither of which is known."""
    terms = (product("first", a, {"x": 1}, "a·x", "."), product("second", b, {"x": 1}, "b·x", "."))
    total = Relation("total", ("first", "second"), lambda first, second: first + second, "first + second", ".")
    values, steps = Network((*terms, total), ranges).solve({"total": (a + b) * x})
    assert values["x"] == pytest.approx(x, rel=1e-9) and steps["x"].sources == ("total",) and steps["x"].inverse


def test_any_other_relation_is_solved_by_bracketing():
    assert Network((GREATER,), ranges).solve({"greater": 7.0, "y": 3.0})[0]["x"] == pytest.approx(7.0, rel=1e-12)


@pytest.mark.parametrize(
    ("known", "needed", "reached"),
    [
        ({"greater": 2.0, "y": 3.0}, None, (3.0, 50.0)),  # max(x, 3) is never 2
        ({"greater": 60.0, "y": 3.0}, None, (3.0, 50.0)),  # x is only meant up to 50
        ({"speed": 1e-9, "way": 1.0}, 2e9, None),
        ({"speed": 0.0, "way": 1.0}, None, None),
    ],
)
def test_no_solution_says_why(known: dict[str, float], needed: float | None, reached: tuple[float, float] | None):
    with pytest.raises(NoSolution) as none:
        Network((GREATER, SPEED), ranges).solve(known)
    assert none.value.needed == (None if needed is None else pytest.approx(needed)) and none.value.reached == reached


def test_outside_its_domain_a_relation_is_not_used():
    assert "greater" not in Network((GREATER,), ranges).solve({"x": 51.0, "y": 1.0})[0]


def test_the_fewest_settings_that_are_missing():
    network = Network((SPEED, product("speed", 1.0, {"reading": 1}, "reading", ".")), ranges)
    assert network.needs("speed", {}) == {"reading"} and network.needs("speed", {"way": 1.0}) in ({"reading"}, {"time"})
    assert network.needs("speed", {"speed": 1.0}) == frozenset()
    assert network.missing_for("time", {"way": 1.0}) == [("speed",)] and network.missing_for("nothing", {}) == []
