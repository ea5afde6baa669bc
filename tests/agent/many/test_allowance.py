"""How often one person may ask."""

import re

import pytest

from agent.many import allowance as counting
from agent.many.allowance import Allowance


def test_each_one_alone():
    allowance = Allowance("questions", per_minute=2)
    assert [allowance.refusal("a") for _ in range(2)] == [None, None]
    refused = allowance.refusal("a")
    assert refused and 0 < refused.again_s <= 60
    assert refused.words == f"More than 2 questions in a minute; ask again in {refused.again_s} s."
    assert allowance.refusal("b") is None


def test_the_day_ends_it_too():
    allowance = Allowance("requests", per_minute=9, per_day=1)
    assert allowance.refusal("a") is None
    refused = allowance.refusal("a")
    assert refused and 86_000 < refused.again_s <= 86_400 and refused.words == "More than 1 request in a day; ask again in 24 hours."


def test_what_is_refused_does_not_count(monkeypatch: pytest.MonkeyPatch):
    allowance = Allowance("questions", per_minute=1, per_day=2)
    assert [allowance.refusal("a") is None for _ in range(4)] == [True, False, False, False]
    now = counting.time.time()
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: now + 61)
    assert allowance.refusal("a") is None, "three that were refused do not fill the day"
    assert re.search("in a minute", allowance.refusal("a").words)  # type: ignore[union-attr]


@pytest.mark.parametrize(("seconds", "words"), [(1, "1 s"), (119, "119 s"), (120, "2 min"), (121, "3 min"), (7200, "2 hours")])
def test_when_is_said_as_people_say_it(seconds: int, words: str):
    assert counting._spoken(seconds) == words
