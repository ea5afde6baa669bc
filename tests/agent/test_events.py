"""What a turn tells its listener."""

from threading import current_thread
from typing import Any, cast

import pytest

from agent.errors import WaamError
from agent.events import tell
from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.turn import run_turn
from tests.agent.fakes import QUESTION

DRAFT = "The bead is predicted to be normal with probability 0.93 [T1]."
CALL = tool_call_message(("detect_anomaly", {"settings": "188 A"}))


@pytest.fixture(autouse=True)
def fakes(bench, shortlist) -> None:
    """Every test here has fake tools and no shortlist."""


def test_steps_and_words_are_told_in_the_thread_of_the_turn(config):
    threads = set()
    answer = run_turn(build(ScriptedModel(replies=[CALL, DRAFT]), config), QUESTION, on_event=lambda *event: threads.add(current_thread()))
    assert answer.tool_calls and threads == {current_thread()}


@pytest.mark.parametrize("at", ["progress", "token"])
def test_what_the_listener_raises_ends_the_turn(config, at: str):
    def gone(kind: str, text: str) -> None:
        if kind == at:
            raise WaamError("Whoever asked is gone.")

    model = ScriptedModel(replies=[CALL, DRAFT])
    answer = run_turn(build(model, config), QUESTION, on_event=gone)
    assert (answer.status, answer.answer) == ("error", "Whoever asked is gone.")
    assert len(model.seen) == (0 if at == "progress" else 2)


def test_what_breaks_in_the_listener_is_not_taken_for_the_language_models_fault(config):
    def slow(kind: str, text: str) -> None:
        if kind == "token":
            raise TimeoutError

    answer = run_turn(build(ScriptedModel(replies=[CALL, DRAFT]), config), QUESTION, on_event=slow)
    assert (answer.status, answer.answer) == ("error", "Whoever hears of this turn broke (TimeoutError); ask again.")


def test_the_tools_of_langgraph_may_send_a_context_of_their_own(config):
    graph = build(ScriptedModel(replies=[CALL, DRAFT]), config)
    graph.get_context_jsonschema()
    inputs: Any = {"question": QUESTION}
    assert graph.invoke(inputs, context=cast(Any, {}))["answer"].status == "answered"


def test_without_a_listener_nobody_is_told(config):
    assert run_turn(build(ScriptedModel(replies=[CALL, DRAFT]), config), QUESTION).tool_calls


def test_outside_a_turn_there_is_nobody_to_tell():
    tell("progress", "routing")
