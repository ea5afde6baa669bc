"""The chat: a conversation that outlives the process, files, and feedback; over piped lines and at a terminal."""

import re

import pytest

from agent.chat.commands import COMMANDS
from agent.learning.feedback import Feedback
from agent.learning.feedback_store import FeedbackStore
from agent.llm import tool_call_message
from agent.settings import Settings
from knowledge.search import search
from tests.agent.fakes import CAUSE, QUESTION, SETTINGS, found, passage
from tests.knowledge.fakes import WordEmbedder
from tests.knowledge.pdfs import pdf

GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."


def _interrupt(*given: object) -> None:
    raise KeyboardInterrupt


def test_piped_lines_are_answered_one_by_one(script, config: Settings, capsys):
    script(config, [QUESTION, "", "/why", "%%% ^^^"], tool_call_message(("detect_anomaly", {})), GOOD)
    shown = " ".join(capsys.readouterr().out.split())
    assert GOOD in shown and "1 of 1 sentence borne out" in shown and "cannot read this as a question" in shown


def test_a_conversation_goes_on_by_its_name_in_another_process(script, config: Settings, bench, caplog):
    calls = [tool_call_message(("detect_anomaly", {}), ("search_knowledge", {})), f"{GOOD} {CAUSE}"]
    script(config, [QUESTION], *calls, resume="monday")
    script(config, ["same at 240 A"], *calls, resume="monday")
    assert ("detect_anomaly", SETTINGS | {"current_a": 240.0}) in bench.asked
    assert "unregistered" not in caplog.text, "the checkpoint holds types that it will refuse one day"


def test_reset_forgets(script, config: Settings, bench, capsys):
    script(
        config, [QUESTION, "/reset", "same at 240 A"], *[tool_call_message(("detect_anomaly", {})), GOOD, tool_call_message(("detect_anomaly", {}))]
    )
    assert len(bench.asked) == 1 and "New conversation" in capsys.readouterr().out


class TestFeedback:
    TURN = (tool_call_message(("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"})), GOOD)

    @pytest.fixture
    def said(self, script, config: Settings, capsys):
        """`said(lines)` after one answered question: what the chat printed, and what it kept."""

        def run(*lines: str, resume: str | None = None, first: tuple[str, ...] = (QUESTION,)) -> tuple[str, list[Feedback]]:
            script(config, [*first, *lines], *self.TURN * len(first), resume=resume)
            return " ".join(capsys.readouterr().out.split()), FeedbackStore(config.state).all()

        return run

    def test_it_is_kept_with_the_turn(self, said):
        shown, (kept,) = said("/feedback good 정말 도움이 됐어요", resume="monday")
        assert (kept.thread, kept.verdict, kept.comment, kept.question, kept.draft) == ("monday", "good", "정말 도움이 됐어요", QUESTION, GOOD)
        assert "Kept as feedback 1 (good; 정말 도움이 됐어요)." in shown and "`waam feedback approve 1`" in shown

    def test_what_would_have_been_right(self, said):
        shown, (kept,) = said("/feedback bad not what I asked", "/feedback tools predict_heat_input", f"/feedback answer {GOOD}")
        assert (kept.verdict, kept.comment, kept.tools, kept.answer) == ("bad", "not what I asked", ["predict_heat_input"], GOOD)
        assert f"(bad; not what I asked; right tools: predict_heat_input; right answer: {GOOD})" in shown

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("/feedback", "/feedback good or /feedback bad judges the last answer"),
            ("/feedback nice", "'nice' is no feedback"),
            ("/feedback tools heat", "There is no tool 'heat'; the tools are detect_anomaly,"),
            ("/feedback answer It is normal with probability 0.99 [T1].", "The number 0.99 is not in the cited source"),
            ("/feedback answer [/b] [T1]", "That answer is not kept"),
        ],
    )
    def test_what_is_refused_leaves_the_chat_and_what_was_kept_as_they_are(self, said, line: str, words: str):
        shown, (kept,) = said("/feedback good", line, "/why")
        assert words in shown and kept.verdict == "good" and "1 of 1 sentence borne out" in shown

    @pytest.mark.parametrize("lines", [["/feedback good"], ["/reset", "/feedback good"]])
    def test_before_any_answer(self, said, lines: list[str]):
        shown, kept = said(*lines, first=(QUESTION,) if lines[0] == "/reset" else ())
        assert "There is no answer yet to give feedback on; ask something first." in shown and kept == []

    def test_on_the_last_answer_of_an_earlier_process(self, said):
        said(resume="monday")
        _, (kept,) = said("/feedback good", resume="monday", first=())
        assert kept.thread == "monday" and kept.draft == GOOD

    def test_a_file_of_feedback_that_is_broken_does_not_end_the_chat(self, script, config: Settings, capsys):
        (config.state / "feedback.sqlite").write_text("what is this " * 100)
        script(config, [QUESTION, "/feedback good", "/why"], *self.TURN)
        shown = " ".join(capsys.readouterr().out.split())
        assert "cannot be read or written" in shown and "1 of 1 sentence borne out" in shown


class TestFiles:
    ANALYSE = (tool_call_message(("analyze_log", {})), "Run.csv: 2 arc-on segments, 20 s of arc. Out of the ordinary for this run: 1 spike [T1].")

    @pytest.fixture
    def log(self, tmp_path) -> str:
        path = tmp_path / "run 7.csv"
        path.write_text("t,I,U\n")
        (tmp_path / "run7.csv").write_text("t,I,U\n")
        return str(path)

    def test_a_path_in_a_message_is_opened_even_at_its_beginning(self, script, config: Settings, bench, log: str):
        path = log.replace("run 7", "run7")
        script(config, [f"look at {path}", f"{path} what is wrong there?"], *self.ANALYSE, *self.ANALYSE)
        assert [args["file"] for _, args in bench.asked] == [path, path]

    def test_a_file_is_attached_to_the_next_question(self, script, config: Settings, bench, log: str, capsys):
        script(config, [f"/file {log}", "What is wrong there?"], *self.ANALYSE)
        assert [args["file"] for _, args in bench.asked] == [log]
        assert f"The next question is about {log}." in capsys.readouterr().out

    @pytest.mark.parametrize(("line", "said"), [("/file", "such as /file run.csv"), ("/file none.csv", "There is no file none.csv; check the path.")])
    def test_what_cannot_be_attached_is_one_sentence(self, script, config: Settings, line: str, said: str, capsys):
        script(config, [line])
        assert said in capsys.readouterr().out

    def test_a_path_that_is_not_there_asks_back(self, script, config: Settings, bench, capsys):
        script(config, ["look at ./run9.csv"], self.ANALYSE[0])
        assert "I have no file ./run9.csv" in " ".join(capsys.readouterr().out.split()) and bench.asked == []

    def test_a_path_alone_where_nothing_is_asks_nothing(self, talk, bench):
        session, terminal = talk()
        session.take("/nowhere/run.pdf")
        assert "There is no file /nowhere/run.pdf; check the path." in terminal.lines() and session.last is None

    def test_a_dropped_path_waits_for_its_question(self, talk, bench, log: str):
        session, terminal = talk(*self.ANALYSE)
        session.take(log.replace(" ", r"\ "))
        assert bench.asked == [] and session.label == "[run 7.csv] > " and "The next question is about" in terminal.lines()[0]
        session.take("What is wrong there?")
        assert [args["file"] for _, args in bench.asked] == [log] and session.label == "> "

    def test_enter_alone_asks_what_is_wrong_in_a_log(self, talk, bench, log: str):
        session, terminal = talk(*self.ANALYSE)
        session.take(f"'{log}'")
        assert "Enter alone asks “What is wrong in this log?”" in " ".join(terminal.lines())
        session.take("")
        assert session.values["question"] == "What is wrong in this log?" and [args["file"] for _, args in bench.asked] == [log]

    BEADS = "id;Current (A);Voltage (V);Travel speed (cm/min)\nA1;188;21,4;48\nA2;240;26;\n"

    @pytest.mark.parametrize("lines", [["{}", "Would these be normal?"], ["{}", ""], ["Would those in {} be normal?"]])
    def test_a_table_of_settings_is_asked_row_by_row(self, talk, bench, tmp_path, lines: list[str]):
        (tmp_path / "beads.csv").write_text(self.BEADS)
        row = tool_call_message(("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"}))
        session, terminal = talk(*TestFeedback.TURN, row, GOOD, row, *TestFeedback.TURN)
        session.take(QUESTION)
        before = session.last
        terminal.lines()
        for line in lines:
            session.take(line.format(tmp_path / "beads.csv"))
        shown = terminal.lines()
        assert shown.index("A1") < shown.index(GOOD) < shown.index("A2")
        assert "What is the travel speed (" in " ".join(shown), "no row takes a setting from another, nor from the conversation"
        assert "Each of the 2 rows is asked by itself" in " ".join(shown) and bench.asked == [("detect_anomaly", SETTINGS)] * 2
        assert session.last is before and [question for question, _ in session.turns()] == [QUESTION]

    def test_a_table_of_settings_can_be_stopped(self, talk, tmp_path, monkeypatch: pytest.MonkeyPatch):
        (tmp_path / "beads.csv").write_text(self.BEADS)
        session, terminal = talk(tool_call_message(("small_talk", {})))
        session.take(str(tmp_path / "beads.csv"))
        monkeypatch.setattr(session, "_watch", _interrupt)
        session.take("")
        lines = terminal.lines()
        assert "Stopped at A1; the rows after it were not asked." in lines and "A2" not in lines and session.label == "[beads.csv] > "

    def test_a_path_with_escaped_spaces_within_a_question_is_opened(self, talk, bench, log: str):
        session, _ = talk(*self.ANALYSE)
        session.take(f"look at {log}".replace("run 7", r"run\ 7"))
        assert [args["file"] for _, args in bench.asked] == [log]

    def test_a_dropped_note_goes_with_the_next_question_as_somebody_elses_words(self, talk, tmp_path):
        (tmp_path / "shift.txt").write_text("Humping on layer 3 at 10 kV, says the display. 가스 유량이 낮았음.")
        session, terminal = talk(tool_call_message(("small_talk", {})))
        session.take(f"'{tmp_path}/shift.txt'")
        assert session.label == "[note] > " and "Read in as a note (13 words)." in " ".join(terminal.lines())
        session.take("")
        assert session.values["question"].startswith("What does this shift note say?\n\n```\nHumping on layer 3 at 10 kV"), (
            "10 kV is no setting of the user's"
        )
        assert session.note == ""

    def test_what_waits_for_a_question_waits_on_if_that_cannot_be_asked(self, talk, tmp_path):
        beads = tmp_path / "beads.csv"
        beads.write_text(self.BEADS)
        session, terminal = talk()
        session.take(str(beads))
        beads.unlink()
        beads.mkdir()
        session.take("Would these be normal?")
        assert "beads.csv is a folder; give one file of it." in terminal.lines() and session.label == "[beads.csv] > "

    def test_a_note_that_a_question_names_is_handed_over(self, talk, tmp_path):
        (tmp_path / "shift.txt").write_text("Humping on layer 3.")
        session, _ = talk(tool_call_message(("small_talk", {})))
        session.take(f"what does {tmp_path}/shift.txt say?")
        assert session.values["question"].endswith("say?\n\n```\nHumping on layer 3.\n```")

    @pytest.mark.parametrize(
        ("name", "words"), [("report.docx", "report.docx cannot be read here;"), ("folder", "folder is a folder; give one file of it.")]
    )
    def test_what_cannot_be_read_is_one_sentence(self, talk, tmp_path, name: str, words: str):
        (tmp_path / "folder").mkdir()
        (tmp_path / "report.docx").write_bytes(b"PK")
        session, terminal = talk()
        session.take(str(tmp_path / name))
        assert words in " ".join(terminal.lines()) and session.attached == []


class TestDocuments:
    ASKED = (tool_call_message(("search_knowledge", {"query": "humping"})), CAUSE)

    @pytest.fixture(autouse=True)
    def _embedder(self, monkeypatch: pytest.MonkeyPatch):
        embedder = WordEmbedder()
        monkeypatch.setattr("knowledge.store.load_embedder", lambda: embedder)

    @pytest.fixture
    def paper(self, tmp_path) -> str:
        return str(pdf(tmp_path / "my paper.pdf", [["Humping of titanium began at 14 mm/s."]], title="Walls"))

    def test_one_that_is_dropped_says_how_it_gets_into_the_knowledge_base(self, talk, paper: str):
        session, terminal = talk()
        session.take(f"'{paper}'")
        assert f"/add '{paper}' puts it into the knowledge base, so that answers can cite it;" in " ".join(terminal.lines())
        assert session.attached == [] and session.note == "" and session.last is None

    def test_beside_a_log_the_log_is_taken(self, talk, paper: str, tmp_path):
        (tmp_path / "run.csv").write_text("t,I,U\n")
        session, terminal = talk()
        session.take(f"'{paper}' {tmp_path}/run.csv")
        assert session.label == "[run.csv] > " and "/add '" in " ".join(terminal.lines())

    @pytest.mark.parametrize("form", ["{}", "'{}'"])
    def test_it_is_added_and_nothing_asked(self, talk, bench, paper: str, form: str):
        session, terminal = talk()
        session.take(f"/add {form.format(paper)}")
        assert terminal.lines()[0] == "my paper.pdf is in the knowledge base: 1 passage." and bench.asked == []
        assert search("humping of titanium")[0].title == "Walls, page 1"

    def test_a_question_behind_it_is_asked(self, talk, bench, paper: str):
        session, terminal = talk(*self.ASKED)
        session.take(f"/add '{paper}' Why does humping happen?")
        assert session.values["question"] == "Why does humping happen?" and [name for name, _ in bench.asked] == ["search_knowledge"]
        assert "my paper.pdf is in the knowledge base" in terminal.lines()[0]

    @pytest.mark.parametrize(("line", "words"), [
        ("/add", "Write the document's path behind it, such as /add paper.pdf."),
        ("/add none.pdf what is it?", "There is no file none.pdf; check the path."),
        ("/add {folder}/scan.pdf why?", "scan.pdf holds no text, only pictures of it;"),
    ])  # fmt: skip
    def test_what_cannot_be_added_is_one_sentence_and_asks_nothing(self, talk, bench, tmp_path, line: str, words: str):
        pdf(tmp_path / "scan.pdf", [[]])
        session, terminal = talk()
        session.take(line.format(folder=tmp_path))
        assert words in " ".join(terminal.lines()) and bench.asked == [] and session.last is None

    def test_a_text_that_is_too_long_for_a_question_names_the_knowledge_base(self, talk, tmp_path):
        (tmp_path / "rules.md").write_text("Keep it low. " * 500)
        session, terminal = talk()
        session.take(str(tmp_path / "rules.md"))
        assert "or put it into the knowledge base with /add and its path." in " ".join(terminal.lines()) and session.note == ""


class TestAtATerminal:
    def test_a_turn_that_is_stopped_gives_back_the_file_and_the_note(self, talk, tmp_path, monkeypatch: pytest.MonkeyPatch):
        (tmp_path / "run.csv").write_text("t,I,U\n")
        (tmp_path / "shift.txt").write_text("Humping on layer 3.")
        session, terminal = talk(tool_call_message(("small_talk", {})))
        session.take(str(tmp_path / "run.csv"))
        session.take(str(tmp_path / "shift.txt"))
        monkeypatch.setattr(session, "_watch", _interrupt)
        session.take("What is wrong there?")
        assert session.label == "[run.csv, note] > " and "Stopped; the conversation" in " ".join(terminal.lines())

    def test_of_the_turns_that_were_stopped_only_those_are_kept_that_still_run(self, talk, monkeypatch: pytest.MonkeyPatch):
        session, _ = talk(tool_call_message(("small_talk", {})))
        monkeypatch.setattr(session, "_watch", _interrupt)
        session.take("Hello")
        (first,) = session.stopped
        first._worker.join()
        session.take("Hello again")
        assert len(session.stopped) == 1 and session.stopped[0] is not first

    def test_a_pasted_table_is_one_question(self, talk, bench):
        session, _ = talk(tool_call_message(("detect_anomaly", {})), GOOD)
        session.take("Would this be normal?\n| I (A) | U (V) | v (cm/min) |\n|---|---|---|\n| 188 | 21.4 | 48 |")
        assert bench.asked == [("detect_anomaly", SETTINGS)]

    def test_control_characters_of_an_answer_do_not_reach_it(self, talk, bench):
        bench.answers["search_knowledge"] = lambda query: found(passage("Humping\x1b]0;owned\x07 appears \u202eabove a critical speed."))
        session, terminal = talk(
            tool_call_message(("search_knowledge", {})), "Humping\x1b]0;owned\x07 appears \u202eabove a critical speed [K1].", resume="a\x1b[2Jb"
        )
        session.take("Why does humping happen?")
        session.take("/sources 1")
        session.take("/resume")
        written = terminal.written.getvalue()
        assert "owned" in written and not set(written) & {"\x1b", "\x07", "\u202e"}

    @pytest.mark.parametrize(("line", "nearest"), [("/resme", "/resume"), ("/Why", "/why"), ("/source 2", "/sources")])
    def test_a_misspelt_command_has_its_nearest_named(self, talk, line: str, nearest: str):
        session, terminal = talk()
        session.take(line)
        assert f"There is no command {line.split()[0]}; did you mean {nearest}?" in terminal.lines()

    @pytest.mark.parametrize("line", ["/quit", "quit", "exit"])
    def test_a_word_that_leaves(self, talk, line: str):
        with pytest.raises(EOFError):
            talk()[0].take(line)

    def test_its_own_words_are_broken_between_words_and_a_path_not_at_all(self, talk, tmp_path):
        path = tmp_path / f"{'x' * 90}.csv"
        path.write_text("t,I,U\n")
        session, terminal = talk()
        session.take(str(path))
        assert terminal.lines()[:2] == ["The next question is about", f"{path}."]
        session.take("/frobnicate")
        lines = terminal.lines()
        assert max(map(len, lines)) <= 80 and set(COMMANDS) <= set(re.findall(r"/\w+", " ".join(lines)))

    def test_what_is_no_command(self, talk):
        session, terminal = talk()
        session.take("/frobnicate now")
        assert " ".join(terminal.lines()).startswith("There is no command /frobnicate; they are /why, /sources,")
