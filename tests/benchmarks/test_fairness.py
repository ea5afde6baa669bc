"""The line's benchmark: what is heard of each question, and what does not hold."""

import json

import pytest

from benchmarks.fairness import Asked, hear, judge


def one(user: str, sent_s: float, ended_s: float, status: str = "answered", said: str = "") -> Asked:
    return Asked(user, sent_s, ended_s, status=status, said=said)


def found(single: Asked | None = None, *more: Asked) -> list[Asked]:
    """Two at once, two wait: four of five are answered, one after the other; the single one asks after a second."""
    many = [one("many", 0, 10 * place) for place in (1, 2, 4, 5)] + [one("many", 0, 0.1, "busy", "Busy: 2 questions are ahead already.")]
    return [*many, *more, single or one("single", 1, 30)]


def test_what_is_fair_and_bounded_has_no_fault():
    told = judge(found(), at_once=2, waiting=2)
    assert told["faults"] == [] and (told["answered"], told["refused"], told["before_it"], told["longest_s"]) == (4, 1, 2, 50)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (found(one("single", 1, 30, "busy", "Busy: 2 questions are ahead already.")), "the single question was not answered"),
        (found(one("single", 1, 60)), "4 of the many were answered before it"),
        (found(None, one("many", 0, 99, "turn_failed", "busy operators")), "1 of the many had neither an answer nor a refusal"),
        (found(None, one("many", 0, 60)), "more were answered than there was room for"),
        (found(None, one("many", 0, 9, "busy", "Busy: 2 questions are ahead already.")), "1 refusals took more than 2 s"),
    ],
)
def test_what_does_not_hold_is_named(rows: list[Asked], fault: str):
    assert any(fault in each for each in judge(rows, at_once=2, waiting=2)["faults"])


def test_where_nobody_was_answered_that_is_the_fault():
    assert len(judge([one("many", 0, 1, "turn_failed"), one("single", 1, 2, "turn_failed")], 2, 2)["faults"]) == 2


def test_a_stream_is_heard_to_its_end():
    asked = Asked("many", 0)
    told = [{"event": "waiting", "text": "2 ahead"}, {"event": "draft", "text": "It"}, {"status": "answered", "answer": "It is."}]
    for line in ("", ": still here", "data: [DONE]", *(f"data: {json.dumps({'waam': each})}" for each in told)):
        hear(asked, line)
    assert (asked.ahead, asked.status, asked.said) == (["2 ahead"], "answered", "It is.")


def test_a_refusal_in_the_stream_has_its_code():
    asked = Asked("many", 0)
    hear(asked, 'data: {"error": {"message": "Busy: others are waiting too.", "code": "busy"}}')
    assert asked.status == "busy"
