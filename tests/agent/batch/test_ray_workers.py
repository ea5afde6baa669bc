"""A local Ray cluster: every line answered once, though a worker is killed and another one hangs."""

import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.batch import run
from agent.batch.endpoints import Ask
from agent.batch.ray_workers import RayWorkers
from agent.batch.summary import Summary
from agent.errors import WaamError
from agent.state import Answer, Message
from tests.agent.batch.test_run import lines, questions


class Making:
    """Ask's for workers: one question kills its worker, the first time; another hangs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"WAAM_TEST_OF_RAY": "here"}

    def make(self, first: int = 0) -> Ask:
        def ask(question: str, history: list[Message]) -> Answer:
            if question == "question 5?" and not (self.folder / "killed").exists():
                (self.folder / "killed").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if question == "question 9?":
                time.sleep(600)
            return Answer(status="answered", answer=f"{question} {os.environ['WAAM_TEST_OF_RAY']} {os.getpid()}")

        return ask


def test_every_line_once_though_workers_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ray = pytest.importorskip("ray", reason="Ray is not installed here; it is the optional group `ray`")
    source, target = questions(tmp_path / "in.jsonl", 30), tmp_path / "out.jsonl"
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    except Exception as slow:
        if "timed out during startup" not in str(slow):
            raise
        pytest.skip("this machine is too busy to start Ray within its own 30 s")
    summary = Summary()
    clock = SimpleNamespace(monotonic=lambda: 3600.0 if summary.done == 29 else 0.0)  # an hour goes by once only the one that hangs is left
    monkeypatch.setattr("agent.batch.flow.time", clock)
    try:
        run.run_file(source, target, lambda done: RayWorkers(Making(tmp_path), done, 4), run.Options(4, timeout_s=600), summary)
    finally:
        ray.shutdown()
    found = {row["id"]: row for row in lines(target)}
    failed = [row for row in found.values() if row["status"] == "error"]
    assert len(found) == len(lines(target)) == 30 and (summary.done, summary.failed) == (30, 1), failed
    assert found["q9"]["status"] == "error" and "--timeout" in found["q9"]["answer"]
    assert (tmp_path / "killed").exists() and found["q5"]["answer"].startswith("question 5? here")
    assert str(os.getpid()) not in {row["answer"].split()[-1] for row in found.values()}


def test_without_ray_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WaamError, match=r"needs Ray, which is not installed here; run `pip install 'waam-assistant\[ray\]'`"):
        RayWorkers(Making(tmp_path), lambda number, answer: None, 4)
