"""Real questions to the real model through the real command line."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from agent.evaluation.evaluate import load_cases, run_cases
from agent.graph import build
from agent.llm import chat_model
from agent.model.vllm_server import VllmServer
from agent.settings import Settings
from agent.turn import run_turn

pytestmark = [pytest.mark.real, pytest.mark.timeout(2700)]

BEAD = "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?"
BEAD_ARGS = {"current_a": 188, "voltage_v": 21.4, "travel_speed_mm_s": 8.0}


def waam(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    command = [sys.executable, "-c", "from agent.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ, **environment})


def test_a_question_is_answered_with_canonical_arguments_and_checked_numbers(server: VllmServer) -> None:
    done = waam("ask", BEAD, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    assert [(call["name"], call["args"]) for call in answer["tool_calls"]] == [("detect_anomaly", BEAD_ARGS)]
    assert answer["checks"]["numbers_supported"] and answer["checks"]["citations_valid"]
    assert "[T1]" in answer["answer"] and "demo (synthetic)" in answer["answer"]
    assert answer["usage"]["completion_tokens"] > 0, "the language model itself must have been asked"
    assert answer["model"]["llm"]


def test_without_a_server_the_same_question_is_degraded_and_says_so(real: Settings) -> None:
    done = waam("ask", BEAD, "--json", WAAM_LLM__BASE_URL="http://127.0.0.1:9/v1")
    answer = json.loads(done.stdout)
    assert answer["status"] == "degraded"
    assert [(call["name"], call["args"]) for call in answer["tool_calls"]] == [("detect_anomaly", BEAD_ARGS)]
    assert "http://127.0.0.1:9/v1" in answer["answer"] and "waam doctor" in answer["answer"]


def test_tokens_and_progress_stream_while_a_turn_runs(server: VllmServer, real: Settings) -> None:
    events: list[tuple[str, str]] = []
    run_turn(build(chat_model(real), real), "Heat input at 150 A, 19 V and 6 mm/s?", on_event=lambda kind, text: events.append((kind, text)))
    kinds = [kind for kind, _ in events]
    assert ("progress", "routing") in events and ("progress", "running predict_heat_input") in events
    assert kinds.count("token") > 5


def test_the_server_reports_itself_and_a_second_start_reuses_it(server: VllmServer) -> None:
    before = server.status()
    assert before.state == "running" and before.pid
    assert server.up().pid == before.pid
    assert len(psutil.Process(before.pid).children(recursive=True)) == 1, "one process listens, one computes (docs/decisions/0013-one-import.md)"
    assert waam("status", "--json").returncode == 0


def test_a_batch_answers_every_line_once(server: VllmServer, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"id": str(i), "question": f"Heat input at {100 + i} A, 20 V, 8 mm/s?"}) + "\n" for i in range(3)))
    assert waam("batch", str(source), "-o", str(target)).returncode == 0
    assert waam("batch", str(source), "-o", str(target)).returncode == 0
    assert sorted(json.loads(line)["id"] for line in target.read_text().splitlines()) == ["0", "1", "2"]


def test_first_cases(server: VllmServer, real: Settings) -> None:
    """The share that the trained model must keep; numbers, and the arguments of the right tools, must be right always."""
    graph = build(chat_model(real), real)
    report = run_cases(load_cases(Path(__file__).with_name("cases.jsonl")), lambda question, history: run_turn(graph, question, history))
    wrong = [(r["id"], r["aspects"], r["answer"]) for r in report["results"] if not r["passed"]]
    assert not [r["id"] for r in report["results"] if r["aspects"].get("tools") and r["aspects"].get("args") is False], wrong
    assert all(r["checks"]["numbers_supported"] for r in report["results"])
    assert report["overall"] >= 0.9, wrong
