"""Slack from end to end: which events over a websocket are questions, and where their answers then stand."""

import pytest

from agent.llm import tool_call_message
from agent.slack.journal import Journal
from agent.slack.run import assistant
from tests.agent.fakes import QUESTION, SETTINGS, verdict
from tests.agent.slack.conftest import NORMAL, TURN
from tests.agent.slack.fake_slack import BOT, CHANNEL, DIRECT, USER, FakeSlack


def test_a_mention_in_its_thread(fake: FakeSlack, listening, bench):
    asked = fake.mention(QUESTION)
    with listening(*TURN):
        fake.ack(asked)
        answer = fake.posted(NORMAL, thread=asked["event"]["ts"])
    assert bench.asked == [("detect_anomaly", SETTINGS)]
    assert answer.said[0] == "Working on it …" and answer.button("good")["value"] == f"{CHANNEL}:{asked['event']['ts']}"


def test_follow_ups_in_a_thread_that_it_takes_part_in(fake: FakeSlack, listening, bench):
    first = fake.mention(QUESTION)
    thread = first["event"]["ts"]
    with listening(*TURN, *TURN):
        fake.ack(first)
        fake.posted(NORMAL)
        fake.ack(fake.event("<@U2> is that right?", thread_ts=thread))  # said to somebody else
        fake.ack(fake.event("a word in another thread", thread_ts="1.1"))
        fake.ack(fake.event("a word in the channel"))
        fake.ack(fake.event("same at 240 A", thread_ts=thread))
        fake.posted("Taken from earlier messages", thread=thread)
    assert len(bench.asked) == 2 and len(fake.made("chat.postMessage")) == 2


def test_a_follow_up_that_comes_before_the_mention(fake: FakeSlack, listening, bench):
    first = fake.mention(QUESTION)
    thread = first["event"]["ts"]
    before, later = fake.event("chatter", thread_ts=thread, ts="1600000000.1"), fake.event("same at 240 A", thread_ts=thread)
    with listening(*TURN, *TURN):
        for payload in (before, later, first):
            fake.ack(payload)
        fake.posted("Taken from earlier messages", thread=thread)
    assert [arguments["current_a"] for _, arguments in bench.asked] == [188.0, 240.0]


def test_a_follow_up_that_comes_while_the_mention_is_taken_down(fake: FakeSlack, listening, bench, monkeypatch):
    first = fake.mention(QUESTION)
    thread = first["event"]["ts"]
    looks = iter([False])  # what the first look sees; the mention is there by the second
    with listening(*TURN, *TURN), monkeypatch.context() as racing:
        fake.ack(first)
        fake.posted(NORMAL)
        known = Journal.takes_part
        racing.setattr(Journal, "takes_part", lambda journal, conversation: next(looks, True) and known(journal, conversation))
        fake.ack(fake.event("same at 240 A", thread_ts=thread))
        fake.posted("Taken from earlier messages", thread=thread)


def test_all_messages_of_a_channel_that_is_set_so(fake: FakeSlack, listening):
    with listening(*TURN, all_messages="C1,C9"):
        fake.ack(fake.event(QUESTION))
        fake.posted(NORMAL)


def test_a_command(fake: FakeSlack, listening):
    with listening(*TURN):
        fake.ack(fake.command(f"{QUESTION} &lt;!channel&gt; @here"))
        root = fake.posted(f"<@{USER}> asks: Would a bead")
        fake.posted(NORMAL, thread=root.ts)
    assert "<!channel>" not in root.text and "@here" not in root.text


@pytest.mark.parametrize("text", ["", "help"])
def test_a_command_that_asks_for_help(fake: FakeSlack, listening, text: str):
    with listening():
        _, said = fake.ack(fake.command(text))
    assert "attach a monitoring log" in said["text"]


def test_a_new_beginning_is_for_direct_messages(fake: FakeSlack, listening):
    with listening():
        _, said = fake.ack(fake.command("reset"))
    assert "Each question to me in a channel begins a new conversation" in said["text"] and fake.made("chat.postMessage") == []


def test_a_command_where_the_bot_is_not(fake: FakeSlack, listening):
    fake.failures["chat.postMessage"] = [(200, {}, {"ok": False, "error": "not_in_channel"})]
    with listening():
        fake.ack(fake.command(QUESTION))
        fake.wait_for(lambda: fake.made("respond"), "nothing was said to the command")
    assert "/invite @waam" in fake.made("respond")[0]["text"]


def test_a_note_by_the_shortcut(fake: FakeSlack, listening, bench):
    read = verdict().model_copy(update={"tool": "analyze_note", "summary": "The note speaks of spatter.", "estimates": []})
    bench.answers["analyze_note"] = lambda note: read
    bench.patch()
    note = "Layer 3 was bad: “spatter” all over &amp; arc unstable."
    with listening(tool_call_message(("analyze_note", {})), "The note speaks of spatter [T1]."):
        fake.ack(fake.shortcut(note, "1700.1"))
        fake.posted("The note speaks of spatter", thread="1700.1")
    ((name, arguments),) = bench.asked
    assert (name, arguments["note"]) == ("analyze_note", 'Layer 3 was bad: "spatter" all over & arc unstable.')


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B9"},
        {"user": BOT},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"user": None},
    ],
)
def test_bots_edits_deletions_and_joins_are_not(fake: FakeSlack, listening, more: dict):
    with listening(*TURN):
        fake.ack(fake.event(f"<@{BOT}> {QUESTION}", **more))
        fake.ack(fake.event(QUESTION, channel=DIRECT, **more))
    assert fake.made("chat.postMessage") == []


@pytest.mark.parametrize("change", [{"team_id": "T9"}, {"event": {"user_team": "T9"}}])
def test_other_workspaces_are_not(fake: FakeSlack, listening, change: dict):
    asked = fake.mention(QUESTION)
    with listening(*TURN):
        fake.ack({**asked, **change, "event": asked["event"] | change.get("event", {})})
    assert fake.made("chat.postMessage") == []


def test_another_workspace_that_is_allowed_is(fake: FakeSlack, listening):
    with listening(*TURN, teams="T1,T9"):
        fake.ack(fake.mention(QUESTION, user_team="T9"))
        fake.posted(NORMAL)


def test_a_second_one_on_the_same_home_is_refused(fake: FakeSlack, configured, listening):
    from agent.errors import WaamError

    with listening(), pytest.raises(WaamError, match="Another `waam slack` runs"), assistant(configured(), None):
        pass
