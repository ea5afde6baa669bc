"""What a result leaves open is due in an answer, and found there in any of its forms."""

import pytest

from agent.evaluation.stated import main_values
from agent.evaluation.uncertainty import left_open
from tests.agent.fakes import heat, verdict
from tools.result import ToolResult


def unsaid(result: ToolResult, answer: str) -> list[str]:
    return [what for what, said in left_open(result, main_values(result), answer).items() if not said]


def test_everything_is_due_where_nothing_is_said():
    assert unsaid(verdict(), "") == ["the probability of normal", "the warning “A demo model answered.”", "that a demo model answered"]
    assert [what for what in unsaid(heat(), "") if "interval" in what] == [
        "the interval of 402.3 J/mm",
        "the level of the interval of 402.3 J/mm",
    ]


@pytest.mark.parametrize("said", ["probability 0.93", "93 %"])
def test_a_probability_may_be_a_share_or_per_cent(said: str):
    assert unsaid(verdict(), f"It is normal ({said}). A demo model answered.") == []


def test_both_bounds_and_their_level():
    assert unsaid(heat(), "90 % interval 380.1 to 430.0 J/mm. A demo model answered.") == []
    assert unsaid(heat(), "90 % interval up to 430.0 J/mm. A demo model answered.") == ["the interval of 402.3 J/mm"]


def test_values_that_are_not_stated_leave_nothing_open_but_the_result_does():
    assert [*left_open(heat(), [], "A demo model answered.").values()] == [True, True]
