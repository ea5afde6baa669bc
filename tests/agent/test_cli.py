"""The command line: help with examples, one sentence for bad input, nothing started for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from agent import cli
from agent.settings import DEFAULT_MODEL
from agent.state import ToolCall
from tests.agent.fakes import answered, call, verdict

ROOT = Path(__file__).parents[2]
BAD_QUESTIONS = ["", "x" * 100_000, "%%% ^^^", "188 A, 10 kV, 8 mm/s", "188 A, 22 V, travel speed 8 furlongs/day"]


def verbs(command: click.Command, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Every verb by its full name; a tool is one too."""
    if not hasattr(command, "list_commands"):
        return {" ".join(path): command}
    parts = {part: command.get_command(None, part) for part in command.list_commands(None)}
    return {name: verb for part, each in parts.items() for name, verb in verbs(each, (*path, part)).items()}


VERBS = verbs(typer.main.get_command(cli.app))


def waam(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`waam ARGUMENTS` in a process of its own, on an empty home."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WAAM_")}
    command = [sys.executable, "-c", "from agent.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=clean | {"WAAM_HOME": str(home)} | environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
    )


class TestHelp:
    def test_the_verbs_are_there(self):
        expected = {"ask", "chat", "batch", "up", "down", "status", "doctor", "demo", "models fetch", "knowledge search", "eval run"}
        assert expected | {"tool detect_anomaly", "tool analyze_log"} <= set(VERBS)

    @pytest.mark.parametrize("name", list(VERBS))
    def test_every_verb_has_an_example(self, name: str):
        shown = CliRunner().invoke(cli.app, [*name.split(), "--help"])
        assert shown.exit_code == 0 and f"Example: waam {name}" in " ".join(shown.output.split())


class TestBadInput:
    @pytest.mark.parametrize("question", BAD_QUESTIONS, ids=lambda q: q[:12])
    def test_a_bad_question_is_one_sentence_and_starts_nothing(self, question: str, home: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(cli, "_graph", lambda: pytest.fail("a turn was started"))
        shown = CliRunner().invoke(cli.app, ["ask", question])
        assert shown.exit_code == 2 and shown.stdout == "" and len(shown.stderr.splitlines()) == 1

    @pytest.mark.parametrize("question", BAD_QUESTIONS, ids=lambda q: q[:12])
    def test_with_json_it_is_the_usual_object(self, question: str, home: Path):
        shown = CliRunner().invoke(cli.app, ["ask", "--json", question])
        found = json.loads(shown.stdout)
        assert shown.exit_code == 2 and found["status"] == "refused" and found["answer"] and len(found) == 8

    def test_in_a_real_process_without_traceback(self, tmp_path: Path):
        done = waam("ask", "188 A, 10 kV, 8 mm/s", home=tmp_path / "home")
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("Voltage (voltage_v) of 10000 V is outside the allowed range")
        assert not (tmp_path / "home").exists(), "nothing is written for bad input"

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (("batch", "none.jsonl", "-o", "out.jsonl"), 2, "There is no file none.jsonl; check the path."),
            (("eval", "run", "none.jsonl"), 2, "There is no file none.jsonl; check the path."),
            (("ask", "why?", "--history", "none.json"), 2, "There is no file none.json; check the path."),
            (("ask", "what is wrong?", "--file", "none.csv"), 2, "There is no file none.csv; check the path."),
            (("models", "fetch", "gpt"), 2, "There is no model called 'gpt'"),
        ],
    )
    def test_errors_are_one_sentence(self, arguments, code: int, words: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys):
        monkeypatch.setattr(cli, "_graph", lambda: None)
        monkeypatch.setattr(sys, "argv", ["waam", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        assert ended.value.code == code and shown.err.startswith(words) and len(shown.err.splitlines()) == 1

    def test_a_table_of_settings_is_no_log(self, tmp_path: Path):
        beads = tmp_path / "beads.csv"
        beads.write_text("id,current (A),voltage (V),travel speed (mm/s)\n1,180,22,8\n2,200,23,9\n")
        done = waam("ask", "normal?", "--file", str(beads), home=tmp_path / "home")
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("beads.csv is a table of settings; drop it into `waam chat`")

    def test_a_note_is_part_of_the_question(self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        note = tmp_path / "shift.txt"
        note.write_text("The bead was humping at 10 kV.")
        asked = []
        monkeypatch.setattr(cli, "_graph", lambda: None)
        monkeypatch.setattr("agent.turn.run_turn", lambda graph, text, *a, **k: asked.append((text, k["files"])) or answered())
        assert CliRunner().invoke(cli.app, ["ask", "--file", str(note)], input="\n").exit_code == 0
        assert asked == [("What does this shift note say?\n\n```\nThe bead was humping at 10 kV.\n```", [])]
        missing = waam("ask", "--file", str(tmp_path / "none.md"), home=tmp_path / "home")
        assert missing.returncode == 2 and missing.stderr == "none.md cannot be read (No such file or directory); check the path.\n"

    def test_a_wrong_setting_is_one_sentence(self, tmp_path: Path):
        done = waam("status", home=tmp_path, WAAM_SERVER__PORT="many")
        assert (
            done.returncode == 2 and done.stderr.startswith("The setting WAAM_SERVER__PORT cannot be 'many'") and len(done.stderr.splitlines()) == 1
        )

    def test_a_misspelt_setting_is_one_line_and_no_error(self, tmp_path: Path):
        done = waam("models", "list", home=tmp_path, WAAM_LLM__BASEURL="http://127.0.0.1:9/v1")
        assert done.returncode == 0 and done.stderr == "WAAM_LLM__BASEURL is not a setting and does nothing; did you mean WAAM_LLM__BASE_URL?\n"

    def test_an_option_that_does_not_exist_is_bad_input(self, home: Path):
        assert CliRunner().invoke(cli.app, ["ask", "--colour"]).exit_code == 2

    def test_a_history_that_is_none(self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
        for text in ("{", '["x"]', '[{"role": "user"}]'):
            (tmp_path / "h.json").write_text(text)
            monkeypatch.setattr(sys, "argv", ["waam", "ask", "why?", "--history", str(tmp_path / "h.json")])
            with pytest.raises(SystemExit) as ended:
                cli.main()
            assert ended.value.code == 2 and capsys.readouterr().err.startswith("h.json must be a JSON list")


class TestDefects:
    @pytest.fixture
    def broken(self, home: Path, monkeypatch: pytest.MonkeyPatch):
        def fail():
            raise ZeroDivisionError("division by zero")

        monkeypatch.setattr(cli, "_graph", fail)

    def test_are_one_sentence_with_exit_code_one(self, broken, monkeypatch: pytest.MonkeyPatch, capsys):
        monkeypatch.setattr(sys, "argv", ["waam", "ask", "why does humping happen?"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr().err
        assert (
            ended.value.code == 1 and shown == "Something broke: ZeroDivisionError: division by zero. Run again with `waam --debug …` to see where.\n"
        )

    def test_are_raised_with_debug(self, broken, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sys, "argv", ["waam", "--debug", "ask", "why does humping happen?"])
        with pytest.raises(ZeroDivisionError):
            cli.main()


class TestVerbs:
    @pytest.mark.parametrize(("status", "code"), [("answered", 0), ("degraded", 0), ("clarify", 0), ("abstained", 0), ("refused", 2), ("error", 1)])
    def test_ask_ends_as_its_answer_does(self, status: str, code: int, home: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(cli, "_graph", lambda: None)
        monkeypatch.setattr("agent.turn.run_turn", lambda *a, **k: answered("It is normal [T1].", call(verdict()), status=status))
        shown = CliRunner().invoke(cli.app, ["ask", "why?"])
        assert shown.exit_code == code and shown.stdout.startswith("It is normal [T1].\n\n  [T1] detect_anomaly(")
        assert json.loads(CliRunner().invoke(cli.app, ["ask", "why?", "--json"]).stdout)["status"] == status

    @pytest.mark.parametrize(("bad_input", "code"), [(True, 2), (False, 1)])
    def test_input_that_a_tool_cannot_use_is_told_from_a_tool_that_broke(self, bad_input: bool, code: int, home: Path, monkeypatch):
        failed = ToolCall(id="T1", name="analyze_log", args={}, error="The log has no time.", bad_input=bad_input)
        monkeypatch.setattr(cli, "_graph", lambda: None)
        monkeypatch.setattr("agent.turn.run_turn", lambda *a, **k: answered(failed.error, failed, status="error"))
        shown = CliRunner().invoke(cli.app, ["ask", "why?", "--json"])
        assert shown.exit_code == code and "bad_input" not in shown.stdout

    def test_ask_reads_standard_input(self, home: Path, monkeypatch: pytest.MonkeyPatch):
        asked = []
        monkeypatch.setattr(cli, "_graph", lambda: None)
        monkeypatch.setattr("agent.turn.run_turn", lambda graph, text, *a, **k: asked.append(text) or answered())
        CliRunner().invoke(cli.app, ["ask"], input="why does humping happen?\n")
        assert asked == ["why does humping happen?\n"]

    @pytest.mark.parametrize(("status", "code"), [("answered", 0), ("error", 1)])
    def test_batch_says_whether_some_failed(self, status: str, code: int, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(cli, "_graph", lambda: None)
        monkeypatch.setattr("agent.turn.run_turn", lambda *a, **k: answered(status=status))
        (tmp_path / "q.jsonl").write_text('{"id": 1, "question": "why?"}\n')
        shown = CliRunner().invoke(cli.app, ["batch", str(tmp_path / "q.jsonl"), "-o", str(tmp_path / "a.jsonl")])
        assert shown.exit_code == code and json.loads((tmp_path / "a.jsonl").read_text())["status"] == status

    def test_status_without_a_server(self, home: Path):
        shown = CliRunner().invoke(cli.app, ["status", "--json"])
        assert shown.exit_code == 1 and json.loads(shown.stdout)["state"] == "stopped"

    @pytest.mark.parametrize(("adapter", "words"), [("adapters/mine", "with the adapter adapters/mine at"), ("none", "with no adapter at")])
    def test_status_says_the_adapter(self, home: Path, monkeypatch: pytest.MonkeyPatch, adapter: str, words: str):
        monkeypatch.setenv("WAAM_LLM__ADAPTER", adapter)
        assert words in CliRunner().invoke(cli.app, ["status"]).stdout

    def test_models_on_an_empty_machine(self, home: Path):
        listed = CliRunner().invoke(cli.app, ["models", "list"]).stdout
        assert "not fetched" in listed and all(f"{name} " in listed for name in ("router", "notes", "grading")) and "not built" in listed
        assert "not used any more" not in listed
        shown = CliRunner().invoke(cli.app, ["models", "verify"])
        assert shown.exit_code == 1 and "waam models fetch" in shown.stdout

    def test_a_served_folder_of_an_earlier_adapter_is_listed_with_the_command_that_removes_it(self, home: Path):
        left = home / "models" / f"{DEFAULT_MODEL}-waam-12345678-16bit"
        left.mkdir(parents=True)
        assert (
            f"{left.name} is of an earlier adapter and not used any more; remove it: rm -r {left}\n"
            in CliRunner().invoke(cli.app, ["models", "list"]).stdout
        )
