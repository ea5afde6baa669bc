"""Running a turn: events on the way, and no defect that gets out."""

import pytest

from agent.errors import WaamError
from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.turn import run_turn
from tests.agent.fakes import QUESTION

CALL = tool_call_message(("detect_anomaly", {"settings": "188 A"}))
DRAFT = "The bead is predicted to be normal with probability 0.93 [T1].\nDone."


@pytest.fixture(autouse=True)
def fakes(bench, shortlist) -> None:
    """Every test here has fake tools and no shortlist."""


def test_progress_and_tokens_are_streamed_in_order(config):
    events: list[tuple[str, str]] = []
    run_turn(build(ScriptedModel(replies=[CALL, DRAFT, DRAFT]), config), QUESTION, on_event=lambda kind, text: events.append((kind, text)))
    assert [text for kind, text in events if kind == "progress"] == ["routing", "running detect_anomaly", "writing", "checking again", "writing"]
    assert "".join(text for kind, text in events if kind == "token") == DRAFT * 2
    assert events.index(("progress", "writing")) < [kind for kind, _ in events].index("token")


def test_routing_is_not_streamed_as_an_answer(config):
    events: list[tuple[str, str]] = []
    reply = tool_call_message(("small_talk", {}))
    reply.content = "thinking aloud"
    run_turn(build(ScriptedModel(replies=[reply]), config), "Hello", on_event=lambda kind, text: events.append((kind, text)))
    assert "token" not in [kind for kind, _ in events]


@pytest.mark.parametrize(
    ("error", "words"),
    [(WaamError("The disk is full; free some space."), "The disk is full; free some space."), (ValueError("oops"), r"ValueError: oops.*--debug")],
)
def test_a_defect_becomes_an_answer(config, error: Exception, words: str):
    answer = run_turn(build(ScriptedModel(replies=[error]), config), QUESTION)
    assert answer.status == "error"
    import re

    assert re.search(words, answer.answer)


def test_ctrl_c_gets_through(config, bench):
    def interrupt(**args):
        raise KeyboardInterrupt

    bench.answers["detect_anomaly"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        run_turn(build(ScriptedModel(replies=[CALL]), config), QUESTION)


def test_the_callers_history_is_left_as_it_was(config):
    history = [{"role": "user", "content": "hello"}]
    run_turn(build(ScriptedModel(replies=[CALL, DRAFT, DRAFT]), config), QUESTION, history)
    assert history == [{"role": "user", "content": "hello"}]
