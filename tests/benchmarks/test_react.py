"""The comparison with a ReAct agent counts what each spent, answered or not."""

from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from agent.llm import ScriptedModel, tool_call_message
from benchmarks.react import Outcome, ask_react, react_agent, summary
from tests.tools.process_models import write_process_models

BEAD = {"current_a": 200, "voltage_v": 22, "travel_speed_mm_s": 8}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))


def spent(message: AIMessage, tokens: int) -> AIMessage:
    return message.model_copy(update={"usage_metadata": {"input_tokens": tokens, "output_tokens": 0, "total_tokens": tokens}})


def ask(*replies: AIMessage) -> Outcome:
    return ask_react(react_agent(ScriptedModel(replies=list(replies))), "Is 200 A, 22 V, 8 mm/s sound?", {"detect_anomaly"})


def test_an_answer_after_a_tool_that_ran_counts():
    found = ask(spent(tool_call_message(("detect_anomaly", BEAD)), 900), spent(AIMessage("It is normal."), 1000))
    assert (found.answered, found.right, found.tokens) == (True, True, 1900) and found.seconds > 0


def test_words_without_a_tool_do_not():
    found = ask(spent(AIMessage("It is surely normal."), 800))
    assert not found.answered and not found.right and found.tokens == 800


def test_a_tool_that_refused_did_not_run():
    assert not ask(tool_call_message(("detect_anomaly", BEAD | {"voltage_v": 99_000})), AIMessage("Normal.")).answered


def test_going_round_in_circles_is_no_answer_and_is_paid_for():
    found = ask(*[spent(tool_call_message(("detect_anomaly", BEAD)), 10) for _ in range(20)])
    assert not found.answered and found.tokens >= 50


def test_what_was_not_answered_is_spent_all_the_same():
    row = summary("x", [Outcome(True, True, 100, 2.0), Outcome(False, False, 300, 4.0)])
    assert (row["answered"], row["right_tools"], row["tokens"], row["seconds"]) == (1, 1, 400, 6.0)
    assert summary("x", [Outcome(False, False, 5, 1.0)])["tokens"] is None
