"""The board: one update at a time, the last word of each message, and none after it was left."""

from threading import Event

from slack_sdk import WebClient

from agent.slack.board import Board
from tests.agent.slack.fake_slack import BOT_TOKEN, CHANNEL, LONG, FakeSlack


def board(fake: FakeSlack, every_s: float = 0.0) -> tuple[Board, list[tuple[str, str]]]:
    client = WebClient(BOT_TOKEN, base_url=f"{fake.url}/api/")
    client.retry_handlers = []
    places = [(CHANNEL, str(client.chat_postMessage(channel=CHANNEL, text="begun")["ts"])) for _ in range(2)]
    made = Board(client, every_s)
    for place in places:
        made.watch(place, "begun")
    return made, places


def test_the_last_word_is_shown_and_what_was_said_in_between_is_skipped(fake: FakeSlack, monkeypatch):
    ours, (one, other) = board(fake)
    sending, go = Event(), Event()
    update = fake._chat_update
    monkeypatch.setattr(fake, "_chat_update", lambda said: sending.set() or (go.wait(LONG) and update(said)))
    ours.say(one, "one 0")
    assert sending.wait(LONG)
    for at in range(1, 50):
        ours.say(other, f"other {at}")
        ours.say(one, f"one {at}")
    go.set()
    ours.close()
    assert [each["text"] for each in fake.made("chat.update")] == ["one 0", "other 49", "one 49"]


def test_the_same_again_is_not_sent(fake: FakeSlack):
    ours, (one, other) = board(fake)
    ours.say(one, "begun")
    ours.say(other, "on")
    fake.posted("on")
    ours.close()
    assert len(fake.made("chat.update")) == 1


def test_nothing_is_written_to_a_message_that_was_left(fake: FakeSlack):
    ours, (one, _) = board(fake)
    for at in range(20):
        ours.watch(one, "")
        ours.say(one, f"on the way {at}")
        ours.leave(one)
        before = len(fake.made("chat.update"))
        ours.say(one, "too late")
        assert len(fake.made("chat.update")) == before
    ours.close()
    assert "too late" not in fake.channel[one].said


def test_it_waits_as_long_as_slack_says_and_loses_only_that_update(fake: FakeSlack, monkeypatch):
    pauses: list[float] = []
    send = Board._send
    monkeypatch.setattr(Board, "_send", lambda *it: pauses.append(send(*it)) or pauses[-1])
    ours, (one, _) = board(fake)
    fake.failures["chat.update"] = [(429, {"Retry-After": "3600"}, {"ok": False, "error": "ratelimited"})]
    ours.say(one, "lost")
    fake.wait_for(lambda: fake.made("chat.update"), "nothing was sent")
    ours.say(one, "kept")
    ours.close()  # ends the pause, and says what is still to be said
    assert pauses == [3600.0, 0.0]
    assert "lost" not in fake.channel[one].said and "kept" in fake.channel[one].said


def test_who_says_something_never_waits_for_slack(fake: FakeSlack, monkeypatch):
    ours, (one, _) = board(fake)
    sending, go = Event(), Event()
    order: list[str] = []

    def update(said: dict) -> dict:
        sending.set()
        go.wait(LONG)
        order.append("updated")
        return {}

    monkeypatch.setattr(fake, "_chat_update", update)
    ours.say(one, "first")
    assert sending.wait(LONG)
    ours.say(one, "second")  # returns though the first is still on its way
    order.append("said")
    go.set()
    ours.close()
    assert order == ["said", "updated", "updated"]
