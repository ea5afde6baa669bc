"""A tool's keyword arguments, read from its signature: names with and without the unit, one of a kind."""

from typing import Literal, TypedDict, Unpack

import pytest

from tools.parameters import Parameter, parameters, units
from tools.registry import TOOLS
from tools.result import ToolResult

FUNCTIONS = {name: tool.function for name, tool in TOOLS.items()}


class Told(TypedDict, total=False):
    current_a: float | str
    note: str


def example(
    file: str, *, least_j_mm: float | str | None = None, times: float = 2, way: Literal["up", "down"] | None = None, **told: Unpack[Told]
) -> ToolResult:
    """An example."""
    return ToolResult(tool="example", summary=str((file, least_j_mm, times, way, told)))


def of(name: str, function: object = example) -> Parameter:
    return next(each for each in parameters(function) if each.name == name)  # type: ignore[arg-type]


def test_arguments_in_order_with_the_spread_ones_last():
    assert [p.name for p in parameters(example)] == ["file", "least_j_mm", "times", "way", "current_a", "note"]
    assert [p.name for p in parameters(example) if p.required] == ["file"]


def test_a_name_says_its_unit_and_the_short_name_does_not():
    assert (of("current_a").short, of("current_a").title, of("current_a").unit) == ("current", "current", "A")
    assert (of("least_j_mm").short, of("least_j_mm").unit) == ("least", "J/mm"), "no quantity of the table, but its ending is one's"
    assert (of("note").short, of("note").unit) == ("note", "")


def test_what_may_be_written():
    assert [p.takes_text for p in parameters(example)] == [True, True, False, True, True, True]
    assert of("way").choices == ("up", "down")


def test_the_help_is_one_phrase():
    assert of("current_a").help == "current (A)"
    assert of("way").help == "way, up or down" and of("times").help == "times, default 2"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_short_names_are_one_of_a_kind(name: str):
    found = parameters(FUNCTIONS[name])
    shorts = [p.short for p in found]
    assert found and len(set(shorts)) == len(shorts)
    assert not {p.short for p in found} & {p.name for p in found if p.name != p.short}, "a short name is never another's full one"


def test_two_quantities_that_differ_in_their_unit_alone_are_told_apart():
    physics = {p.name: p.short for p in parameters(TOOLS["calculate_physics"].function)}
    assert (physics["deposition_rate_kg_h"], physics["deposition_rate_cm3_h"]) == ("deposition_rate", "deposition_rate_by_volume")
    assert physics["cost_per_kg"] == "cost_per_kg", "that is no unit but what is asked"


def test_what_cannot_be_written_is_left_out():
    assert "ask" not in {p.name for p in parameters(FUNCTIONS["analyze_log"])}


def test_the_longest_ending_comes_first():
    assert list(units()).index("j_mm") < list(units()).index("mm") and units()["mm_s"] == "mm/s"
