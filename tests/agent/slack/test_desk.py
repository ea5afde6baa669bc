"""Each question is answered once: what comes twice, what a restart finds, what is lost on its way."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.slack.questions import STOPPING
from tests.agent.fakes import QUESTION
from tests.agent.slack.conftest import NORMAL, TURN, HeldModel
from tests.agent.slack.fake_slack import BOT, LONG, FakeSlack


@contextmanager
def failure() -> Iterator[threading.Event]:
    """Set once anything logs a division by zero."""
    failed = threading.Event()
    handler = logging.Handler()
    handler.emit = lambda record: failed.set() if "division by zero" in record.getMessage() else None  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield failed
    finally:
        logging.getLogger().removeHandler(handler)


class TestOnce:
    def test_a_mention_that_comes_as_a_message_too_and_again_and_in_another_order(self, fake: FakeSlack, listening, bench):
        mention = fake.mention(QUESTION)
        message = fake.event(f"<@{BOT}> {QUESTION}", ts=mention["event"]["ts"])
        with listening(*TURN):
            for payload, retry in [(message, 0), (mention, 0), (mention, 1), (message, 1), (mention, 2)]:
                fake.ack(payload, retry)
            fake.posted(NORMAL)
        assert len(bench.asked) == 1 and len(fake.made("chat.postMessage")) == 1

    def test_what_comes_again_after_a_restart(self, fake: FakeSlack, listening, bench):
        asked = fake.mention(QUESTION)
        with listening(*TURN):
            fake.ack(asked)
            fake.posted(NORMAL)
        with listening():
            fake.ack(asked, retry=3)
        assert len(bench.asked) == 1 and len(fake.made("chat.postMessage")) == 1

    def test_what_is_not_written_down_is_not_acknowledged(self, fake: FakeSlack, listening, monkeypatch):
        asked = fake.mention(QUESTION)
        with listening(*TURN), monkeypatch.context() as broken:
            broken.setattr("agent.slack.journal.Journal.take", lambda *_: 1 / 0)
            with failure() as failed:
                envelope = fake.deliver(asked)
                assert failed.wait(LONG)
            fake.ack(fake.command("help"))  # and what comes of the failure had its time
            assert envelope not in fake.acknowledged
            broken.undo()
            fake.ack(asked, retry=1)
            fake.posted(NORMAL)


def test_what_waits_when_it_is_stopped_is_answered_by_the_next(fake: FakeSlack, configured, listening, bench):
    model = HeldModel(replies=[*TURN])
    with listening(model, at_once=1) as ours:
        fake.ack(fake.mention(QUESTION))
        assert model._asked.wait(LONG)
        fake.ack(fake.mention("Is 240 A, 26 V, 15 mm/s normal?"))
        fake.posted("Busy: 1 ahead")
        closing = threading.Thread(target=ours.desk.close, args=(LONG,))
        closing.start()
        fake.posted(STOPPING)
        model._go.set()
        closing.join(LONG)
        assert NORMAL in fake.posted(NORMAL).text
    assert len(bench.asked) == 1
    with listening(*TURN):
        fake.wait_for(lambda: sum(NORMAL in each.text for each in fake.channel.values()) == 2, "the second was not answered")
    assert len(fake.made("chat.postMessage")) == 2, "each answer is in the place of what was said first"


def test_one_person_cannot_ask_without_end(fake: FakeSlack, listening, bench):
    with listening(*TURN, per_minute=1):
        fake.ack(fake.mention(QUESTION))
        fake.posted(NORMAL)
        fake.ack(fake.mention(QUESTION))
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "it was not refused")
    assert "More than 1 question in a minute; ask again in" in fake.made("chat.postEphemeral")[0]["text"] and len(bench.asked) == 1


@pytest.mark.parametrize("error", ["ratelimited", "user_not_in_channel"])
def test_nor_when_slack_does_not_take_the_refusal(fake: FakeSlack, listening, bench, monkeypatch, error: str):
    monkeypatch.setattr("agent.slack.run.SWEEP_S", 0.01)
    fake.failures["chat.postEphemeral"] = [(200, {}, {"ok": False, "error": error})]
    with listening(*TURN, *TURN, per_minute=1) as ours:
        fake.ack(fake.mention(QUESTION))
        fake.posted(NORMAL)
        fake.ack(fake.mention(QUESTION))
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "it was not refused")
        ours.desk.close(LONG)
    with listening(*TURN, per_minute=1) as ours:
        assert ours.desk.resume() == 0
    assert len(bench.asked) == len(fake.made("chat.postMessage")) == len(fake.made("chat.postEphemeral")) == 1


def test_nor_by_a_look_that_overtakes_what_was_just_taken_down(fake: FakeSlack, listening, bench, monkeypatch):
    with listening(*TURN, *TURN, per_minute=1) as ours:
        fake.ack(fake.mention(QUESTION))
        fake.posted(NORMAL)
        monkeypatch.setattr(ours.desk, "hand_in", lambda _: ours.desk.resume())
        fake.ack(fake.mention(QUESTION))
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "it was not refused")
    assert len(bench.asked) == 1


def test_what_was_admitted_is_not_counted_again(fake: FakeSlack, listening, bench, monkeypatch):
    monkeypatch.setattr("agent.slack.run.SWEEP_S", 0.01)
    fake.failures["chat.postMessage"] = [(200, {}, {"ok": False, "error": "internal_error"})] * 2
    with listening(*TURN, per_minute=1):
        fake.ack(fake.mention(QUESTION))
        fake.posted(NORMAL)
    assert len(bench.asked) == 1 and fake.made("chat.postEphemeral") == []


class TestWhatIsLostOnItsWay:
    @pytest.fixture(autouse=True)
    def often(self, monkeypatch):
        monkeypatch.setattr("agent.slack.run.SWEEP_S", 0.05)

    @pytest.mark.parametrize("error", ["internal_error", "service_unavailable", "an error of next year"])
    def test_an_answer_that_slack_did_not_take_is_posted_later(self, fake: FakeSlack, listening, bench, error: str):
        model = HeldModel(replies=[*TURN])
        with listening(model):
            fake.ack(fake.mention(QUESTION))
            fake.posted("Routing …")
            fake.failures["chat.update"] = [(200, {}, {"ok": False, "error": error})] * 3
            model._go.set()
            fake.posted(NORMAL)
        assert len(bench.asked) == 1 and len(fake.made("chat.postMessage")) == 1

    def test_a_question_that_could_not_be_begun_is_asked_later(self, fake: FakeSlack, listening, bench):
        fake.failures["chat.postMessage"] = [(200, {}, {"ok": False, "error": "internal_error"})] * 2
        with listening(*TURN):
            fake.ack(fake.mention(QUESTION))
            fake.posted(NORMAL)
        assert len(bench.asked) == 1

    def test_what_is_on_its_way_is_not_asked_again(self, fake: FakeSlack, listening, bench):
        model = HeldModel(replies=[*TURN])
        with listening(model) as ours:
            fake.ack(fake.mention(QUESTION))
            assert model._asked.wait(LONG)
            assert ours.desk.resume() == 0
            model._go.set()
            fake.posted(NORMAL)
        assert len(bench.asked) == 1 and len(fake.made("chat.postMessage")) == 1

    def test_what_slack_will_never_take_is_not_tried_again(self, fake: FakeSlack, listening, monkeypatch):
        fake.failures["chat.postMessage"] = [(200, {}, {"ok": False, "error": "is_archived"})]
        with listening() as ours:
            fake.ack(fake.mention(QUESTION))
            fake.wait_for(lambda: fake.made("chat.postMessage"), "nothing was tried")
            ours.desk.close(LONG)
        with listening() as ours:
            assert ours.desk.resume() == 0
        assert len(fake.made("chat.postMessage")) == 1

    def test_an_answer_is_in_the_journal_before_its_turn_has_ended(self, fake: FakeSlack, listening, bench, monkeypatch):
        with monkeypatch.context() as killed:
            killed.setattr("agent.slack.desk.Desk._post", lambda *_: None)  # as if killed before
            with listening(*TURN):
                fake.ack(fake.mention(QUESTION))
                fake.wait_for(lambda: bench.asked, "it was not asked")
        with listening():
            fake.posted(NORMAL)
        assert len(bench.asked) == 1

    def test_a_turn_that_the_journal_does_not_know_of_is_not_asked_again(self, fake: FakeSlack, listening, bench, monkeypatch):
        asked, ended = fake.mention(QUESTION), threading.Event()
        with monkeypatch.context() as killed:
            killed.setattr("agent.slack.questions.Questions._settle", lambda *_: ended.set())  # as if killed before
            with listening(*TURN):
                fake.ack(asked)
                assert ended.wait(LONG)
        with listening(*TURN):
            answer = fake.posted(NORMAL)
            fake.ack(fake.event("same at 240 A", thread_ts=asked["event"]["ts"]))
            fake.posted("Taken from earlier messages")
        assert len(bench.asked) == 2 and answer.button("good") and len(fake.made("chat.postMessage")) == 2

    def test_an_answer_that_cannot_be_shown_says_so(self, fake: FakeSlack, listening, monkeypatch):
        monkeypatch.setattr("agent.slack.reply.of_answer", lambda *_, **__: 1 / 0)
        with listening(*TURN):
            fake.ack(fake.mention(QUESTION))
            fake.posted("The answer could not be shown (ZeroDivisionError); ask again.")
