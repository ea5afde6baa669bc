"""Slack from end to end: events over a websocket to an assistant, and what then stands in the channel."""

import json
import threading

import pytest

from agent.learning.feedback_store import FeedbackStore
from agent.llm import tool_call_message
from agent.slack.desk import STOPPING
from agent.slack.journal import Journal
from agent.slack.run import assistant
from tests.agent.fakes import CAUSE, QUESTION, SETTINGS, logged, verdict
from tests.agent.slack.conftest import GOOD, TURN, HeldModel
from tests.agent.slack.fake_slack import BOT, CHANNEL, DIRECT, LONG, USER, FakeSlack

NORMAL = "predicted to be normal with probability 0.93"
SEARCH = (tool_call_message(("detect_anomaly", {}), ("search_knowledge", {})), f"{GOOD} {CAUSE.rstrip('.')} [K1].")


class TestWhatIsAnswered:
    def test_a_mention_in_its_thread(self, fake: FakeSlack, listening, bench):
        asked = fake.mention(QUESTION)
        with listening(*TURN):
            fake.ack(asked)
            answer = fake.posted(NORMAL, thread=asked["event"]["ts"])
        assert bench.asked == [("detect_anomaly", SETTINGS)]
        assert answer.said[0] == "Working on it …" and answer.button("good")["value"] == f"{CHANNEL}:{asked['event']['ts']}"

    def test_a_direct_message_and_its_thread_without_a_mention(self, fake: FakeSlack, listening, bench):
        first = fake.event(QUESTION, channel=DIRECT)
        with listening(*TURN, *TURN):
            fake.ack(first)
            fake.posted(NORMAL)
            fake.ack(fake.event("same at 240 A", channel=DIRECT, thread_ts=first["event"]["ts"]))
            fake.posted("Taken from earlier messages", thread=first["event"]["ts"])
        assert bench.asked[-1] == ("detect_anomaly", SETTINGS | {"current_a": 240.0})

    def test_follow_ups_in_a_thread_that_it_takes_part_in(self, fake: FakeSlack, listening, bench):
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

    def test_a_follow_up_that_comes_before_the_mention(self, fake: FakeSlack, listening, bench):
        first = fake.mention(QUESTION)
        thread = first["event"]["ts"]
        before, later = fake.event("chatter", thread_ts=thread, ts="1600000000.1"), fake.event("same at 240 A", thread_ts=thread)
        with listening(*TURN, *TURN):
            for payload in (before, later, first):
                fake.ack(payload)
            fake.posted("Taken from earlier messages", thread=thread)
        assert [arguments["current_a"] for _, arguments in bench.asked] == [188.0, 240.0]

    def test_a_follow_up_that_comes_while_the_mention_is_taken_down(self, fake: FakeSlack, listening, bench, monkeypatch):
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

    def test_all_messages_of_a_channel_that_is_set_so(self, fake: FakeSlack, listening):
        with listening(*TURN, all_messages="C1,C9"):
            fake.ack(fake.event(QUESTION))
            fake.posted(NORMAL)

    def test_a_command(self, fake: FakeSlack, listening):
        with listening(*TURN):
            fake.ack(fake.command(f"{QUESTION} &lt;!channel&gt; @here"))
            root = fake.posted(f"<@{USER}> asks: Would a bead")
            fake.posted(NORMAL, thread=root.ts)
        assert "<!channel>" not in root.text and "@here" not in root.text

    @pytest.mark.parametrize("text", ["", "help"])
    def test_a_command_that_asks_for_help(self, fake: FakeSlack, listening, text: str):
        with listening():
            _, said = fake.ack(fake.command(text))
        assert "attach a monitoring log" in said["text"]

    def test_a_command_where_the_bot_is_not(self, fake: FakeSlack, listening):
        fake.failures["chat.postMessage"] = [(200, {}, {"ok": False, "error": "not_in_channel"})]
        with listening():
            fake.ack(fake.command(QUESTION))
            fake.wait_for(lambda: fake.made("respond"), "nothing was said to the command")
        assert "/invite @waam" in fake.made("respond")[0]["text"]

    def test_a_note_by_the_shortcut(self, fake: FakeSlack, listening, bench):
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
    def test_bots_edits_deletions_and_joins_are_not(self, fake: FakeSlack, listening, more: dict):
        with listening(*TURN):
            fake.ack(fake.event(f"<@{BOT}> {QUESTION}", **more))
            fake.ack(fake.event(QUESTION, channel=DIRECT, **more))
        assert fake.made("chat.postMessage") == []

    @pytest.mark.parametrize("change", [{"team_id": "T9"}, {"event": {"user_team": "T9"}}])
    def test_other_workspaces_are_not(self, fake: FakeSlack, listening, change: dict):
        asked = fake.mention(QUESTION)
        with listening(*TURN):
            fake.ack({**asked, **change, "event": asked["event"] | change.get("event", {})})
        assert fake.made("chat.postMessage") == []

    def test_another_workspace_that_is_allowed_is(self, fake: FakeSlack, listening):
        with listening(*TURN, teams="T1,T9"):
            fake.ack(fake.mention(QUESTION, user_team="T9"))
            fake.posted(NORMAL)


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
            envelope = fake.deliver(asked)
            fake.ack(fake.command("help"))  # the next one is through
            assert envelope not in fake.acknowledged
            broken.undo()
            fake.ack(asked, retry=1)
            fake.posted(NORMAL)


class TestWhileTheModelIsBusy:
    def test_it_is_acknowledged_within_three_seconds_and_says_how_many_are_ahead(self, fake: FakeSlack, listening):
        model = HeldModel(replies=[*TURN, *TURN, *TURN])
        with listening(model, at_once=1):
            taken = [fake.ack(fake.mention(QUESTION, user=f"U{each}"))[0] for each in range(3)]
            fake.posted("Busy: 1 ahead of you")
            fake.posted("Busy: 2 ahead of you")
            model._go.set()
            fake.wait_for(lambda: sum(NORMAL in each.text for each in fake.channel.values()) == 3, "not all were answered")
        assert max(taken) < 3 and len(fake.made("chat.postMessage")) == 3

    def test_a_full_line_says_so(self, fake: FakeSlack, listening):
        model = HeldModel(replies=[*TURN, *TURN])
        with listening(model, at_once=1, waiting=1):
            fake.ack(fake.mention(QUESTION))
            assert model._asked.wait(LONG)
            fake.ack(fake.mention(QUESTION))
            fake.posted("Busy: 1 ahead of you")
            fake.ack(fake.mention(QUESTION))
            fake.posted("Busy: 1 questions are ahead already; ask again in a minute.")
            model._go.set()

    def test_what_waits_when_it_is_stopped_is_answered_by_the_next(self, fake: FakeSlack, configured, listening, bench):
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

    def test_the_draft_is_shown_as_unchecked_and_then_replaced(self, fake: FakeSlack, listening):
        model = HeldModel(replies=[*TURN])
        with listening(model):
            fake.ack(fake.mention(QUESTION))
            assert model._asked.wait(LONG)
            fake.posted("Routing …")
            model._go.set()
            answer = fake.posted(NORMAL, "Note: A demo model answered.")
        assert answer.said[-1] == answer.text and "not checked yet" not in answer.text

    def test_rate_limits_of_slack_are_kept(self, fake: FakeSlack, listening):
        fake.failures["chat.postMessage"] = [(429, {"Retry-After": "1"}, {"ok": False, "error": "ratelimited"})]
        with listening(*TURN):
            fake.ack(fake.mention(QUESTION))
            fake.posted(NORMAL)
        assert len(fake.made("chat.postMessage")) == 2

    def test_a_message_that_was_removed_is_posted_anew(self, fake: FakeSlack, listening):
        model = HeldModel(replies=[*TURN])
        with listening(model):
            fake.ack(fake.mention(QUESTION))
            fake.posted("Routing …")
            fake.failures["chat.update"] = [(200, {}, {"ok": False, "error": "message_not_found"})] * 9
            model._go.set()
            fake.wait_for(lambda: len(fake.made("chat.postMessage")) == 2, "it was not posted anew")

    def test_one_person_cannot_ask_without_end(self, fake: FakeSlack, listening, bench):
        with listening(*TURN, per_minute=1):
            fake.ack(fake.mention(QUESTION))
            fake.posted(NORMAL)
            fake.ack(fake.mention(QUESTION))
            fake.wait_for(lambda: fake.made("chat.postEphemeral"), "it was not refused")
        assert "One person may ask 1 questions a minute" in fake.made("chat.postEphemeral")[0]["text"] and len(bench.asked) == 1


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

    def test_an_answer_that_cannot_be_shown_says_so(self, fake: FakeSlack, listening, monkeypatch):
        monkeypatch.setattr("agent.slack.reply.of_answer", lambda *_, **__: 1 / 0)
        with listening(*TURN):
            fake.ack(fake.mention(QUESTION))
            fake.posted("The answer could not be shown (ZeroDivisionError); ask again.")


class TestFiles:
    LOG = (tool_call_message(("analyze_log", {})), "Run.csv: 2 arc-on segments, 20 s of arc. Out of the ordinary for this run: 1 spike [T1].")
    CSV = b"time_s,current_a,voltage_v\n0,180,21\n0.1,181,21\n0.2,180,22\n"

    def test_a_log_is_fetched_read_and_drawn(self, fake: FakeSlack, listening, bench, config):
        def drawn(file: str, plots_folder: str, **settings):
            folder = config.home / "plots"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "run_signals.png").write_bytes(b"PNG")
            return logged(file, str(folder), **settings)

        bench.answers["analyze_log"] = drawn
        bench.patch()
        asked = fake.mention("What is wrong in this log?", files=[fake.file("run.csv", self.CSV)])
        with listening(*self.LOG):
            fake.ack(asked)
            answer = fake.posted("2 arc-on segments", thread=asked["event"]["ts"])
            fake.wait_for(lambda: fake.made("files.completeUploadExternal"), "no plot was uploaded")
        path = config.home / "slack" / "files"
        ((name, arguments),) = bench.asked
        assert name == "analyze_log" and arguments["file"].startswith(str(path)) and arguments["file"].endswith("/run.csv")
        assert path.stat().st_mode & 0o077 == 0, "others on this machine may look in"
        assert str(config.home) not in json.dumps(answer.blocks) and "Plots:" not in answer.text
        assert b"PNG" in fake.uploads["run_signals.png"]
        assert fake.made("files.completeUploadExternal")[0]["thread_ts"] == asked["event"]["ts"]

    @pytest.mark.parametrize("words", ["look at {path}", "read `{path}` please", "/file {path}", "file={path}"])
    def test_a_path_that_is_written_is_never_opened(self, fake: FakeSlack, listening, bench, tmp_path, words: str):
        secret = tmp_path / "secret.csv"
        secret.write_bytes(self.CSV)
        with listening(tool_call_message(("analyze_log", {"file": str(secret)}))):
            fake.ack(fake.mention(words.format(path=secret)))
            fake.posted("that I may open")
        assert bench.asked == []

    def test_nor_beside_a_file_that_is_attached(self, fake: FakeSlack, listening, bench, tmp_path):
        secret = tmp_path / "secret.csv"
        secret.write_bytes(self.CSV)
        with listening(*self.LOG):
            fake.ack(fake.mention(f"compare it with {secret}", files=[fake.file("run.csv", self.CSV)]))
            fake.posted("2 arc-on segments")
        assert [arguments["file"].rsplit("/", 1)[1] for _, arguments in bench.asked] == ["run.csv"]

    def test_a_table_of_settings_is_answered_row_by_row(self, fake: FakeSlack, listening, bench):
        table = b"id;Current (A);Voltage (V);Travel speed (cm/min)\nA1;188;21,4;48\nA2;240;26;90\nA3;100;15;30\n"
        with listening(*TURN, *TURN, rows=2, at_once=1):
            fake.ack(fake.mention("", files=[fake.file("beads.csv", table)]))
            answer = fake.posted("row  condition", "A1", "A2", "Only the first 2 rows")
        assert "normal p=0.93" in answer.text and "A3" not in answer.text
        assert [arguments["current_a"] for _, arguments in bench.asked] == [188.0, 240.0]

    def test_a_note_is_read_in_and_analysed(self, fake: FakeSlack, listening, bench):
        read = verdict().model_copy(update={"tool": "analyze_note", "summary": "The note speaks of spatter.", "estimates": []})
        bench.answers["analyze_note"] = lambda note: read
        bench.patch()
        with listening(tool_call_message(("analyze_note", {})), "The note speaks of spatter [T1]."):
            fake.ack(fake.mention("", files=[fake.file("shift.md", b"Layer 3 was bad at 10 kV.")]))
            fake.posted("speaks of spatter")
        assert bench.asked == [("analyze_note", {"note": "Layer 3 was bad at 10 kV."})]

    @pytest.mark.parametrize(
        ("name", "more", "said"),
        [
            ("paper.pdf", {}, "paper.pdf cannot be read here"),
            ("model.onnx", {}, "model.onnx cannot be read here"),
            ("run.csv", {"size": 2_000_000}, "run.csv has 2 MB and the limit is 1 MB"),
            ("run.csv", {"is_external": True}, "run.csv lies outside Slack"),
            ("run.csv", {"url_private_download": "https://example.org/run.csv"}, "run.csv does not lie at Slack"),
        ],
    )
    def test_what_is_not_read_is_one_sentence(self, fake: FakeSlack, listening, bench, name: str, more: dict, said: str):
        with listening(file_mb=1):
            fake.ack(fake.mention("what is this?", files=[fake.file(name, b"x", **more)]))
            fake.posted(said)
        assert bench.asked == []


class TestButtons:
    def test_good_is_kept_with_its_own_turn_and_not_with_the_last(self, fake: FakeSlack, listening, config):
        first = fake.mention(QUESTION)
        with listening(*TURN, *TURN):
            fake.ack(first)
            answer = fake.posted(NORMAL)
            fake.ack(fake.event("same at 240 A", thread_ts=first["event"]["ts"]))
            fake.posted("Taken from earlier messages")
            fake.ack(fake.press(answer, "good"))
            fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
        (kept,) = FeedbackStore(config.state).all()
        assert (kept.verdict, kept.question, kept.place) == ("good", QUESTION, 0)
        assert "Kept as feedback 1 (good)" in fake.made("chat.postEphemeral")[0]["text"]

    def test_bad_is_kept_at_once_and_asks_what_would_be_right(self, fake: FakeSlack, listening, config):
        with listening(*TURN):
            fake.ack(fake.mention(QUESTION))
            fake.ack(fake.press(fake.posted(NORMAL), "bad"))
            fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
            assert [kept.verdict for kept in FeedbackStore(config.state).all()] == ["bad"]
            view = fake.made("views.open")[0]["view"]
            _, wrong = fake.ack(fake.send_view(view, answer={"type": "plain_text_input", "value": "It is normal with probability 0.99 [T1]."}))
            tools = {"type": "multi_static_select", "selected_options": [{"value": "predict_heat_input"}]}
            _, right = fake.ack(fake.send_view(view, comment={"type": "plain_text_input", "value": "not asked"}, tools=tools))
        assert wrong["response_action"] == "errors" and "0.99" in wrong["errors"]["answer"] and right == {}
        (kept,) = FeedbackStore(config.state).all()
        assert (kept.verdict, kept.comment, kept.tools) == ("bad", "not asked", ["predict_heat_input"])

    def test_bad_is_kept_where_its_window_could_not_be_opened(self, fake: FakeSlack, listening, config):
        fake.failures["views.open"] = [(200, {}, {"ok": False, "error": "expired_trigger_id"})]
        with listening(*TURN):
            fake.ack(fake.mention(QUESTION))
            fake.ack(fake.press(fake.posted(NORMAL), "bad"))
            fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
        assert [kept.verdict for kept in FeedbackStore(config.state).all()] == ["bad"]

    def test_sources_are_shown_word_for_word(self, fake: FakeSlack, listening, bench):
        with listening(*SEARCH):
            fake.ack(fake.mention(f"{QUESTION} And why does humping happen?"))
            fake.ack(fake.press(fake.posted(NORMAL, "A book (page 1)"), "sources"))
            fake.wait_for(lambda: fake.made("views.open"), "no window was opened")
        text = json.dumps(fake.made("views.open")[0]["view"])
        assert "detect_anomaly" in text and CAUSE in text and "probability 0.93" in text

    def test_an_answer_that_is_forgotten_says_so(self, fake: FakeSlack, listening):
        with listening(*TURN):
            fake.ack(fake.mention(QUESTION))
            pressed = fake.press(fake.posted(NORMAL), "good")
            pressed["actions"][0]["value"] = "C1:0"
            fake.ack(pressed)
            fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")
        assert "too old" in fake.made("chat.postEphemeral")[0]["text"]


class TestOnlyWithCitations:
    def test_an_answer_without_one_is_withheld_and_its_draft_too(self, fake: FakeSlack, listening):
        with listening(*TURN, cited_only="C1"):
            fake.ack(fake.mention(QUESTION))
            answer = fake.posted("In this channel I only give answers that rest on a source")
        assert not any(NORMAL in said for said in answer.said)

    def test_an_answer_with_one_is_given(self, fake: FakeSlack, listening):
        with listening(*SEARCH, cited_only="C1"):
            fake.ack(fake.mention(f"{QUESTION} And why does humping happen?"))
            fake.posted(NORMAL, "A book (page 1)")

    def test_elsewhere_nothing_changes(self, fake: FakeSlack, listening):
        with listening(*TURN, cited_only="C2"):
            fake.ack(fake.mention(QUESTION))
            fake.posted(NORMAL)


def test_a_second_one_on_the_same_home_is_refused(fake: FakeSlack, configured, listening):
    from agent.errors import WaamError

    with listening(), pytest.raises(WaamError, match="Another `waam slack` runs"), assistant(configured(), None):
        pass
