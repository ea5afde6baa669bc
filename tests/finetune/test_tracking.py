"""The log on disk, and what a tracker is handed."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from finetune.records import DataError
from finetune.tracking import RunLog, available, send

META: dict[str, Any] = {
    "name": "height", "version": "abc", "base": "tiny", "config": {"task": "regression", "folds": 5}, "scores": {"rmse": 0.3},
    "compared": {"linear": {"rmse": (0.31, 0.02)}}, "history": {"fused": [{"epoch": 0, "rmse": 0.5}, {"epoch": 1, "rmse": 0.4}]},
}  # fmt: skip


def test_the_log_has_one_json_line_an_event_and_goes_on_after_a_kill(tmp_path: Path):
    RunLog(tmp_path / "run" / "run.jsonl")("start", records=3, source="온도.csv")
    RunLog(tmp_path / "run" / "run.jsonl")("promoted", weights={"linear": 1.0})
    lines = [json.loads(line) for line in (tmp_path / "run" / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["start", "promoted"] and lines[0]["source"] == "온도.csv" and lines[1]["weights"] == {"linear": 1.0}


@pytest.mark.parametrize("tracker", ["mlflow", "wandb"])
def test_a_tracker_that_is_not_installed_is_refused_before_training(tracker: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, tracker, None)
    with pytest.raises(DataError, match=f"--track {tracker} needs the package"):
        available(tracker)
    available("none")


def test_mlflow_gets_settings_scores_and_epochs(monkeypatch: pytest.MonkeyPatch):
    logged: list[tuple[str, Any, Any]] = []
    fake = SimpleNamespace(
        set_experiment=lambda name: logged.append(("experiment", name, None)),
        start_run=lambda run_name: nullcontext(),
        log_params=lambda values: logged.append(("params", values, None)),
        log_metrics=lambda values, step=None: logged.append(("metrics", values, step)),
    )
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    send("mlflow", META)
    assert ("params", {"task": "regression", "folds": "5", "base": "tiny", "version": "abc"}, None) in logged
    assert ("metrics", {"linear/rmse": 0.31, "rmse": 0.3}, None) in logged
    assert ("metrics", {"fused/rmse": 0.4}, 1) in logged


def test_wandb_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch):
    run = SimpleNamespace(rows=[], summary={}, log=lambda row: run.rows.append(row), finish=lambda: None)
    asked: dict[str, Any] = {}
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=lambda **settings: asked.update(settings) or run))
    send("wandb", META)
    assert asked["mode"] == "offline" and run.summary == {"linear/rmse": 0.31, "rmse": 0.3} and run.rows[1] == {"fused/rmse": 0.4, "epoch": 1}


def test_without_a_tracker_nothing_is_sent():
    send("none", {})
