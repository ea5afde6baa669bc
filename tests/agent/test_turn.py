"""Running a turn: events on the way, and no defect that gets out."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from agent.errors import WaamError
from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.turn import run_turn
from tests.agent.fakes import QUESTION

CALL = tool_call_message(("detect_anomaly", {"settings": "188 A"}))
DRAFT = "The bead is predicted to be normal with probability 0.93 [T1].\nDone."
GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."


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


def test_a_defect_tells_others_than_the_owner_its_type_alone(config, bench):
    secret = OSError("/home/owner/models/key.bin on http://10.0.0.7:8427")
    answer = run_turn(build(ScriptedModel(replies=[secret]), config), QUESTION, outside=True)
    assert answer.answer == "Something broke here (OSError); ask again, or tell whoever runs this assistant."

    def broken(**args):
        raise secret

    bench.answers["detect_anomaly"] = broken
    answer = run_turn(build(ScriptedModel(replies=[CALL]), config), QUESTION, outside=True)
    assert "failed (OSError); ask again later." in answer.answer and "owner" not in answer.model_dump_json()


@pytest.mark.parametrize("outside", [True, False])
def test_where_the_model_was_expected_is_told_at_this_machine_alone(config, shortlist, outside: bool):
    shortlist(detect_anomaly=0.99)
    answer = run_turn(build(None, config), QUESTION, outside=outside)
    assert answer.status == "degraded" and (config.llm_url in answer.answer) is not outside
    assert ("No language model was used." in answer.answer) is outside


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


class Saver(InMemorySaver):
    """Counts what is written; `broken` makes each write fail."""

    written, broken = 0, False

    def put(self, *args: Any, **more: Any) -> Any:
        if self.broken:
            raise OSError("the disk is full")
        self.written += 1
        return super().put(*args, **more)


class TestKeeping:
    def test_a_turn_is_written_once(self, config):
        saver = Saver()
        run_turn(build(ScriptedModel(replies=[CALL, GOOD]), config, saver), QUESTION, thread="monday")
        assert saver.written == 1

    def test_an_answer_whose_conversation_could_not_be_kept_is_given_all_the_same(self, config):
        saver = Saver()
        saver.broken = True
        answer = run_turn(build(ScriptedModel(replies=[CALL, GOOD]), config, saver), QUESTION, thread="monday")
        assert answer.status == "answered" and answer.said == GOOD
        assert answer.notes[-1] == "The conversation could not be kept (OSError): the next question does not go on from this one."
