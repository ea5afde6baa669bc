"""A direct message from end to end: its main line is one conversation, a thread in it another."""

import threading

import pytest

from agent.slack.desk import ANEW, OWN
from agent.slack.questions import STOPPING
from tests.agent.fakes import QUESTION, SETTINGS
from tests.agent.slack.conftest import NORMAL, TURN, HeldModel
from tests.agent.slack.fake_slack import DIRECT, LONG, USER, FakeSlack, Payload, Posted

CARRIED = "Taken from earlier messages"
HIGHER = ("detect_anomaly", SETTINGS | {"current_a": 240.0})


def write(fake: FakeSlack, text: str, **more: str) -> Payload:
    return fake.event(text, channel=DIRECT, **more)


def answers(fake: FakeSlack, word: str, count: int) -> list[Posted]:
    """So many messages that show `word`, as soon as there are."""

    def found() -> list[Posted]:
        showing = [each for each in fake.channel.values() if word in each.text]
        return showing if len(showing) >= count else []

    return fake.wait_for(found, f"not {count} said {word}")


def test_what_is_written_in_the_main_line_is_answered_there_and_goes_on(fake: FakeSlack, listening, bench):
    with listening(*TURN, *TURN):
        fake.ack(write(fake, QUESTION))
        first = fake.posted(NORMAL)
        fake.ack(write(fake, "same at 240 A"))
        second = fake.posted(CARRIED)
    assert first.thread_ts is second.thread_ts is None and bench.asked[-1] == HIGHER


def test_it_goes_on_after_a_restart(fake: FakeSlack, listening, bench):
    asked = write(fake, QUESTION)
    with listening(*TURN):
        fake.ack(asked)
        fake.posted(NORMAL)
    with listening(*TURN):
        fake.ack(asked, retry=1)
        fake.ack(write(fake, "same at 240 A"))
        fake.posted(CARRIED)
    assert bench.asked[1:] == [HIGHER] and len(fake.made("chat.postMessage")) == 2


def test_a_thread_in_it_is_a_conversation_of_its_own(fake: FakeSlack, listening, bench):
    first = write(fake, QUESTION)
    thread = first["event"]["ts"]
    with listening(*TURN, *TURN, *TURN, *TURN):
        fake.ack(first)
        fake.posted(NORMAL)
        fake.ack(write(fake, QUESTION.replace("188 A", "200 A"), thread_ts=thread))
        fake.posted(NORMAL, thread=thread)
        fake.ack(write(fake, "same at 250 A", thread_ts=thread))
        fake.posted(CARRIED, thread=thread)
        fake.ack(write(fake, "same at 6 mm/s"))
        main = next(each for each in answers(fake, CARRIED, 2) if each.thread_ts is None)
    assert [arguments["current_a"] for _, arguments in bench.asked] == [188.0, 200.0, 250.0, 188.0] and main.thread_ts is None


@pytest.mark.parametrize("text", ["reset", " /Reset ", "/waam reset"])
def test_it_begins_anew(fake: FakeSlack, listening, bench, text: str):
    with listening(*TURN, *TURN):
        fake.ack(write(fake, QUESTION))
        fake.posted(NORMAL)
        anew = fake.command("reset", channel=DIRECT) if text.startswith("/waam") else write(fake, text)
        for retry in (0, 1):
            fake.ack(anew, retry)
        assert fake.posted(ANEW).thread_ts is None
        fake.ack(write(fake, "same at 240 A"))
        fake.posted("voltage")
    assert len(bench.asked) == len(answers(fake, ANEW, 1)) == 1


def test_it_begins_anew_though_slack_did_not_take_the_word_for_it(fake: FakeSlack, listening, bench, monkeypatch):
    monkeypatch.setattr("agent.slack.run.SWEEP_S", 0.05)
    with listening(*TURN, *TURN):
        fake.ack(write(fake, QUESTION))
        fake.posted(NORMAL)
        fake.failures["chat.postMessage"] = [(200, {}, {"ok": False, "error": "internal_error"})]
        fake.ack(write(fake, "reset"))
        fake.posted(ANEW)
        fake.ack(write(fake, "same at 240 A"))
        fake.posted("voltage")
    assert len(bench.asked) == 1


def test_what_was_written_before_the_new_beginning_and_comes_after_it(fake: FakeSlack, listening, bench):
    first, late, anew = write(fake, QUESTION), write(fake, "same at 240 A"), write(fake, "reset")
    with listening(*TURN, *TURN):
        fake.ack(first)
        fake.posted(NORMAL)
        fake.ack(anew)
        fake.ack(late)
        fake.posted(CARRIED)
    assert bench.asked[-1] == HIGHER


def test_no_new_beginning_in_a_thread(fake: FakeSlack, listening):
    first = write(fake, QUESTION)
    with listening(*TURN):
        fake.ack(first)
        fake.ack(write(fake, "reset", thread_ts=first["event"]["ts"]))
        fake.posted(OWN, thread=first["event"]["ts"])


def test_a_command_is_a_word_in_the_main_line(fake: FakeSlack, listening, bench):
    with listening(*TURN, *TURN):
        fake.ack(fake.command(QUESTION, channel=DIRECT))
        root = fake.posted(f"<@{USER}> asks: Would a bead")  # from here on it stands in the main line
        fake.ack(write(fake, "same at 240 A"))
        answer = fake.posted(CARRIED)
    assert root.thread_ts is answer.thread_ts is None and bench.asked[-1] == HIGHER


def test_what_waits_when_it_is_stopped_goes_on_from_what_ran(fake: FakeSlack, listening, bench):
    model = HeldModel(replies=[*TURN])
    follow = write(fake, "same at 240 A", ts="1799999999.000100")
    with listening(model) as ours:
        fake.ack(write(fake, QUESTION))
        assert model._asked.wait(LONG)
        fake.ack(follow)
        fake.posted("Busy: 1 ahead")
        closing = threading.Thread(target=ours.desk.close, args=(LONG,))
        closing.start()
        fake.posted(STOPPING)
        model._go.set()
        closing.join(LONG)
    with listening(*TURN):
        fake.ack(follow, retry=1)
        fake.posted(CARRIED)
    assert bench.asked[1:] == [HIGHER] and len(fake.made("chat.postMessage")) == 2


def test_who_asks_too_much_is_told_when_to_ask_again(fake: FakeSlack, listening, bench):
    with listening(*TURN, per_minute=1):
        fake.ack(write(fake, QUESTION))
        fake.posted(NORMAL)
        fake.ack(write(fake, QUESTION))
        (told,) = fake.wait_for(lambda: fake.made("chat.postEphemeral"), "it was not refused")
    assert "More than 1 question in a minute; ask again in" in told["text"] and "thread_ts" not in told and len(bench.asked) == 1
