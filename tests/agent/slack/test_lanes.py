"""Lanes: one place in its order, none held up for good by what takes long elsewhere, and nothing after they are closed."""

from threading import Event

from agent.slack.lanes import LANES, Lanes
from tests.agent.slack.fake_slack import LONG


def test_one_place_keeps_its_order_while_another_takes_long():
    lanes, go, done = Lanes(), Event(), []
    here, there = 0, 1  # an integer is its own hash: never the same lane
    lanes.later(here, lambda: done.append(("here", go.wait(LONG))))
    lanes.later(here, lambda: done.append(("here", "second")))
    for each in range(50):
        lanes.later(there, lambda each=each: done.append(("there", each)))  # type: ignore[misc]
    lanes.later(there, go.set)
    assert lanes.close(LONG)
    assert done[:50] == [("there", each) for each in range(50)] and done[50:] == [("here", True), ("here", "second")] and LANES > 1


def test_what_does_not_end_in_time_is_told_and_nothing_more_is_taken():
    lanes, go, done = Lanes(), Event(), []
    lanes.later(0, lambda: done.append(go.wait(LONG)))
    assert not lanes.close(0.0)
    lanes.later(0, lambda: done.append("too late"))
    go.set()
    for lane in lanes._lanes:
        lane.shutdown(wait=True)
    assert done == [True]
