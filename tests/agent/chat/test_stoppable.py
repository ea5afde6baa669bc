"""A stopped turn leaves its conversation as it was, whatever it was at, and however late what it waited for comes."""

import threading
from typing import Any

import pytest

from agent.chat.stoppable import Stoppable
from agent.conversations import checkpointer, turns
from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.settings import Settings
from tests.agent.fakes import QUESTION, verdict

GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
CALLS = tool_call_message(("detect_anomaly", {}))
DEADLINE = 60


class Gate:
    """Holds up what passes through it until it is opened."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.open.wait(DEADLINE)


class Slow(ScriptedModel):
    """Waits at its call number `at`."""

    at: int
    gate: Any

    def _generate(self, *args: Any, **kwargs: Any) -> Any:
        if len(self.seen) == self.at:
            self.gate.wait()
        return super()._generate(*args, **kwargs)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.open.set()


def finish(turn: Stoppable) -> list[tuple[str, str]]:
    return list(turn.events())


@pytest.mark.parametrize("where", ["route", "tool", "compose"])
def test_the_conversation_is_as_it_was_and_goes_on_at_once(config: Settings, bench, shortlist, gate: Gate, where: str):
    saver = checkpointer(config)
    quick = build(ScriptedModel(replies=[CALLS, GOOD]), config, saver)
    finish(Stoppable(quick, saver, QUESTION, "monday"))
    place: Any = {"configurable": {"thread_id": "monday"}}
    before = quick.get_state(place)

    if where == "tool":
        bench.answers["detect_anomaly"] = lambda **args: (gate.wait(), verdict(**args))[1]
    slow = Slow(replies=[CALLS, GOOD], gate=gate, at={"route": 0, "compose": 1}.get(where, -1))
    stopped = Stoppable(build(slow, config, saver), saver, "same at 240 A", "monday")
    assert gate.reached.wait(DEADLINE)
    stopped.stop()
    assert quick.get_state(place) == before, "the stopped turn left something behind"

    bench.answers["detect_anomaly"] = lambda **args: verdict(**args)
    goes_on = build(ScriptedModel(replies=[CALLS, GOOD]), config, saver)
    third = Stoppable(goes_on, saver, "same at 250 A", "monday")
    finish(third)
    assert third.answer and third.answer.status == "answered" and stopped.running
    after = quick.get_state(place)

    gate.open.set()
    finish(stopped)
    assert quick.get_state(place) == after, "the stopped turn wrote into the conversation that went on without it"
    assert [question for question, _ in turns(saver, "monday")] == [QUESTION, "same at 250 A"]
    assert [args["current_a"] for _, args in bench.asked if args["current_a"] == 250.0] == [250.0]
    assert stopped.answer is None


def test_a_stopped_turn_asks_the_model_for_nothing_more(config: Settings, bench, shortlist, gate: Gate):
    saver = checkpointer(config)
    slow = Slow(replies=[CALLS, GOOD], gate=gate, at=0)
    turn = Stoppable(build(slow, config, saver), saver, QUESTION, "monday")
    assert gate.reached.wait(DEADLINE)
    turn.stop()
    gate.open.set()
    finish(turn)
    assert len(slow.seen) == 1 and bench.asked == []


def test_one_that_nobody_stops_tells_what_it_is_at(config: Settings, bench, shortlist):
    saver = checkpointer(config)
    turn = Stoppable(build(ScriptedModel(replies=[CALLS, GOOD]), config, saver), saver, QUESTION, "monday")
    told = finish(turn)
    assert [words for kind, words in told if kind == "progress"] == ["routing", "running detect_anomaly", "writing"]
    assert "".join(words for kind, words in told if kind == "token") == GOOD
    assert turn.answer and turn.answer.answer.startswith(GOOD)
