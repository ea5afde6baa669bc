"""How much one person may ask."""

from agent.slack.limits import Allowance


def test_a_minute_and_a_day_each_person_alone():
    allowance = Allowance(per_minute=2, per_day=3)
    assert [allowance.refusal("a") for _ in range(2)] == [None, None]
    assert allowance.refusal("a") == "One person may ask 2 questions a minute here; ask again in a minute."
    assert allowance.refusal("b") is None


def test_the_day_ends_it_too():
    allowance = Allowance(per_minute=9, per_day=1)
    assert allowance.refusal("a") is None and allowance.refusal("a") == "One person may ask 1 questions a day here; ask again tomorrow."
