"""Words beside a number that make it a limit."""

import pytest

from tools.limits import bound_of


@pytest.mark.parametrize(
    ("before", "after", "bound"),
    [
        ("keep it under ", "", "max"), ("at most ", " please", "max"), ("not more than ", "", "max"), ("must not exceed ", "", "max"),
        ("", " or less", "max"), ("최대 ", "", "max"), ("", " 이하로", "max"), ("at least ", "", "min"), ("not below ", "", "min"),
        ("", " or more", "min"), ("", " 이상", "min"), ("it is ", "", None), ("under 5 s, exactly ", ", at most", "max"),
    ],
)  # fmt: skip
def test_the_sense_of_a_limit(before: str, after: str, bound: str | None):
    assert bound_of(before, after) == bound
