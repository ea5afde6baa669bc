"""The command: its files, its sentences and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent import cli
from agent.errors import BadInput
from tests.agent.batch.test_run import lines, questions
from tests.agent.fakes import answered, call, verdict


@pytest.fixture
def source(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(
        "agent.turn.run_turn", lambda *a, **k: answered("It is normal [T1].", call(verdict()), usage={"prompt_tokens": 5, "completion_tokens": 1})
    )
    return questions(tmp_path / "in.jsonl", 5)


def waam(*arguments: object, code: int = 0, stdin: str | None = None):
    shown = CliRunner().invoke(cli.app, ["batch", *map(str, arguments)], input=stdin)
    assert shown.exit_code == code, shown.output
    return shown


def test_summary_and_report(source: Path, tmp_path: Path):
    files = ("--summary", tmp_path / "s.json", "--report", tmp_path / "r.html")
    shown = waam(source, "-o", tmp_path / "out.jsonl.gz", *files)
    assert "5 lines done: 5 answered\ntools " in shown.stderr and "detect_anomaly 5" in shown.stderr and shown.stdout == ""
    summary = json.loads((tmp_path / "s.json").read_text())
    assert (summary["done"], summary["prompt_tokens"], summary["tools"]) == (5, 25, {"detect_anomaly": 5})
    waam(source, "-o", tmp_path / "out.jsonl.gz", *files)
    assert json.loads((tmp_path / "s.json").read_text())["there_already"] == 5
    assert (tmp_path / "r.html").read_text().count("<tr data-status=") == 5, "the page is about the whole output"


def test_openai_form_goes_on_where_it_stopped(source: Path, tmp_path: Path):
    waam(source, "-o", tmp_path / "out.jsonl", "--format", "openai")
    shown = waam(source, "-o", tmp_path / "out.jsonl", "--format", "openai")
    assert "0 lines done\n5 more were there already" in shown.stderr
    assert [row["response"]["status_code"] for row in lines(tmp_path / "out.jsonl")] == [200] * 5


def test_to_standard_output_come_answers_alone_and_in_order(source: Path):
    shown = waam(source, "-o", "-")
    assert [json.loads(line)["id"] for line in shown.stdout.splitlines()] == [f"q{number}" for number in range(5)]


def test_a_refused_line_is_a_failure_the_second_time_too(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agent.turn.run_turn", lambda *a, **k: answered(status="refused"))
    assert "5 lines done: 5 refused\n5 of them failed" in waam(source, "-o", tmp_path / "out.jsonl", code=1).stderr
    assert "5 more were there already (5 of them refused)" in waam(source, "-o", tmp_path / "out.jsonl", code=1).stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--endpoint", "gpu1:8000"), "is no address of a server"),
        (("--workers", "2"), "--workers goes with --engine ray"),
        (("--address", "auto"), "--address goes with --engine ray"),
        (("--report", "nowhere/r.html"), "There is no folder nowhere"),
    ],
)
def test_options_that_cannot_be_are_named_before_anything_is_asked(source: Path, tmp_path: Path, options: tuple[str, ...], words: str):
    shown = CliRunner().invoke(cli.app, ["batch", str(source), "-o", str(tmp_path / "out.jsonl"), *options])
    assert isinstance(shown.exception, BadInput) and words in str(shown.exception) and not (tmp_path / "out.jsonl").exists()
