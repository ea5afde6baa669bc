"""The benchmark of the tools: what it times, on what, and how it says so."""

from pathlib import Path

import pytest

from benchmarks import tools
from tests.tools.process_models import write_process_models


def test_every_bead_is_another_one():
    supply = tools.beads()
    assert len({tuple(next(supply).values()) for _ in range(50)}) == 50


def test_each_question_is_timed_and_is_a_multiple_of_a_single_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))
    monkeypatch.setattr(tools, "FULL", {"process": "GMAW"})
    asked = {name: ask for name, ask in tools.questions().items() if "every wish" not in name}
    monkeypatch.setattr(tools, "questions", lambda: asked)
    result = tools.measure(2)
    assert [row["what"] for row in result["rows"]] == list(asked) and result["rows"][0]["of_a_question"] == 1
    assert all(row["ms_range"][0] <= row["ms"] <= row["ms_range"][1] for row in result["rows"]) and 20 < result["memory_mib"] < 4000


def test_without_models_it_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    with pytest.raises(SystemExit):
        tools.main(["--repeats", "1"])
    assert "waam models build" in capsys.readouterr().err
