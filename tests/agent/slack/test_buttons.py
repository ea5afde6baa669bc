"""What is pressed below an answer, from end to end."""

import json

import pytest

from agent.learning.feedback_store import FeedbackStore
from tests.agent.fakes import CAUSE, QUESTION
from tests.agent.slack.conftest import SEARCH, TURN
from tests.agent.slack.fake_slack import FakeSlack


def test_good_is_kept_with_its_own_turn_and_not_with_the_last(fake: FakeSlack, listening, config):
    first = fake.mention(QUESTION)
    with listening(*TURN, *TURN):
        fake.ack(first)
        answer = fake.finished()
        fake.ack(fake.event("same at 240 A", thread_ts=first["event"]["ts"]))
        fake.posted("Taken from earlier messages")
        fake.ack(fake.press(answer, "good"))
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
    (kept,) = FeedbackStore(config.state).all()
    assert (kept.verdict, kept.question, kept.place) == ("good", QUESTION, 0)
    assert "Kept as feedback 1 (good)" in fake.made("chat.postEphemeral")[0]["text"]


def test_bad_is_kept_at_once_and_asks_what_would_be_right(fake: FakeSlack, listening, config):
    with listening(*TURN):
        fake.ack(fake.mention(QUESTION))
        fake.ack(fake.press(fake.finished(), "bad"))
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
        assert [kept.verdict for kept in FeedbackStore(config.state).all()] == ["bad"]
        view = fake.made("views.open")[0]["view"]
        _, wrong = fake.ack(fake.send_view(view, answer={"type": "plain_text_input", "value": "It is normal with probability 0.99 [T1]."}))
        tools = {"type": "multi_static_select", "selected_options": [{"value": "predict_heat_input"}]}
        _, right = fake.ack(fake.send_view(view, comment={"type": "plain_text_input", "value": "not asked"}, tools=tools))
    assert wrong["response_action"] == "errors" and "0.99" in wrong["errors"]["answer"] and right == {}
    (kept,) = FeedbackStore(config.state).all()
    assert (kept.verdict, kept.comment, kept.tools) == ("bad", "not asked", ["predict_heat_input"])


def test_bad_is_kept_where_its_window_could_not_be_opened(fake: FakeSlack, listening, config):
    fake.failures["views.open"] = [(200, {}, {"ok": False, "error": "expired_trigger_id"})]
    with listening(*TURN):
        fake.ack(fake.mention(QUESTION))
        fake.ack(fake.press(fake.finished(), "bad"))
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
    assert [kept.verdict for kept in FeedbackStore(config.state).all()] == ["bad"]


def test_sources_are_shown_word_for_word(fake: FakeSlack, listening, bench):
    with listening(*SEARCH):
        fake.ack(fake.mention(f"{QUESTION} And why does humping happen?"))
        fake.ack(fake.press(fake.finished(), "sources"))
        fake.wait_for(lambda: fake.made("views.open"), "no window was opened")
    text = json.dumps(fake.made("views.open")[0]["view"])
    assert "detect_anomaly" in text and CAUSE in text and "probability 0.93" in text


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("agent.graph.number_passages", "Something broke here (ZeroDivisionError)"),
        ("langgraph.checkpoint.sqlite.SqliteSaver.put", "The conversation could not be kept (ZeroDivisionError)"),
    ],
)
def test_a_turn_that_broke_has_none_though_one_before_it_was_kept(fake: FakeSlack, listening, monkeypatch, broken: str, said: str):
    first = fake.mention(QUESTION)
    with listening(*TURN, *TURN), monkeypatch.context() as breaks:
        fake.ack(first)
        fake.finished()
        breaks.setattr(broken, lambda *_: 1 / 0)
        fake.ack(fake.event("same at 240 A", thread_ts=first["event"]["ts"]))
        answer = fake.posted(said)
    assert not any(block["type"] == "actions" for block in answer.blocks)


def test_an_answer_that_is_forgotten_says_so(fake: FakeSlack, listening):
    with listening(*TURN):
        fake.ack(fake.mention(QUESTION))
        pressed = fake.press(fake.finished(), "good")
        pressed["actions"][0]["value"] = "C1:0"
        fake.ack(pressed)
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
    assert "too old" in fake.made("chat.postEphemeral")[0]["text"]
