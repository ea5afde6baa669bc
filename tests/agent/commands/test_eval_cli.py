"""`waam eval run`: the report printed and written, a killed run that goes on, a judge that is wanted before anything is asked."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent import cli
from agent.commands import eval_cli
from agent.settings import Settings
from tests.agent.fakes import answered, call, verdict


def test_prints_and_writes_its_report(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agent.graph.graph", lambda: None)
    monkeypatch.setattr("agent.turn.run_turn", lambda *a, **k: answered())
    (tmp_path / "c.jsonl").write_text('{"id": 1, "question": "why?", "expect": {"status": "answered"}}\n')
    shown = CliRunner().invoke(cli.app, ["eval", "run", str(tmp_path / "c.jsonl"), "--json", "--out", str(tmp_path / "r.json")])
    assert json.loads(shown.stdout)["overall"] == 1.0 and json.loads((tmp_path / "r.json").read_text())["overall"] == 1.0


def test_scores_explanations_where_asked_to(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agent.graph.graph", lambda: None)
    monkeypatch.setattr("agent.turn.run_turn", lambda *a, **k: answered("The bead is normal [T1].", call(verdict())))
    (tmp_path / "c.jsonl").write_text('{"id": 1, "question": "why?", "expect": {"status": "answered"}}\n')
    shown = CliRunner().invoke(cli.app, ["eval", "run", str(tmp_path / "c.jsonl"), "--rubric", "--out", str(tmp_path / "r.json")])
    assert shown.exit_code == 0 and "Rubric by code, 0 to 1, n 1" in shown.stdout and "\nnames_uncertainty " in shown.stdout
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["rubric"]["cited"]["mean"] == found["results"][0]["rubric"]["scores"]["cited"]["score"] == 1


def test_wants_a_judge_before_it_asks_anything(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr("agent.graph.graph", lambda: pytest.fail("a turn was started"))
    (tmp_path / "c.jsonl").write_text('{"id": 1, "question": "why?", "expect": {}}\n')
    monkeypatch.setattr(sys, "argv", ["waam", "eval", "run", str(tmp_path / "c.jsonl"), "--judge"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr().err
    assert ended.value.code == 2 and shown.startswith("No judge model is set") and len(shown.splitlines()) == 1


def test_a_killed_run_goes_on(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def turn(graph: object, question: str, history: object) -> object:
        if question == "two" and len(asked) == 1:
            raise KeyboardInterrupt
        asked.append(question)
        return answered()

    monkeypatch.setattr("agent.graph.graph", lambda: None)
    monkeypatch.setattr("agent.turn.run_turn", turn)
    (tmp_path / "c.jsonl").write_text("".join(f'{{"question": "{q}", "expect": {{"status": "answered"}}}}\n' for q in ("one", "two")))
    command = ["eval", "run", str(tmp_path / "c.jsonl"), "--out", str(tmp_path / "r.json")]
    assert CliRunner().invoke(cli.app, command).exit_code == 130 and not (tmp_path / "r.json").exists()
    asked.append("")
    assert CliRunner().invoke(cli.app, command).exit_code == 0
    assert asked == ["one", "", "two"] and json.loads((tmp_path / "r.json").read_text())["metrics"]["status"]["n"] == 2
    assert {file.name for file in tmp_path.iterdir()} == {"c.jsonl", "r.json"}


@pytest.mark.parametrize(
    "changed",
    [
        {"WAAM_LLM__ADAPTER": "{adapter}"}, {"WAAM_LLM__BASE_URL": "http://10.0.0.1/v1"}, {"WAAM_SERVER__PRECISION": "float32"},
        {"WAAM_JUDGE__MODEL": "another-judge"}, {"WAAM_JUDGE__BASE_URL": "http://10.0.0.2/v1"},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_a_run_does_not_go_on_with_another_model_or_judge(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]):
    (tmp_path / "c.jsonl").write_text('{"id": 1, "question": "why?", "expect": {}}\n')
    (tmp_path / "adapter").mkdir()
    monkeypatch.setenv("WAAM_JUDGE__MODEL", "a-judge")
    graders = ["judge", "rubric"]
    before = eval_cli._of(tmp_path / "c.jsonl", graders, Settings())
    assert before == eval_cli._of(tmp_path / "c.jsonl", graders[::-1], Settings())
    for name, value in changed.items():
        monkeypatch.setenv(name, value.format(adapter=tmp_path / "adapter"))
    assert eval_cli._of(tmp_path / "c.jsonl", graders, Settings()) != before


def test_a_judge_that_is_not_asked_does_not_matter(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "c.jsonl").write_text('{"id": 1, "question": "why?", "expect": {}}\n')
    before = eval_cli._of(tmp_path / "c.jsonl", [], Settings())
    monkeypatch.setenv("WAAM_JUDGE__MODEL", "a-judge")
    assert eval_cli._of(tmp_path / "c.jsonl", [], Settings()) == before
