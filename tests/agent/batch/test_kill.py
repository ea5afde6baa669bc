"""Real processes: killed at any moment nothing is lost and nothing answered twice, and what comes through a pipe goes through it."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COUNT = 120
DEADLINE_S = 120.0
COMMAND = [sys.executable, "-m", "tests.agent.batch.worker"]


def question(number: int) -> str:
    return json.dumps({"id": f"q{number}", "question": f"question {number}?"}) + "\n"


def rows(path: Path) -> list[dict]:
    """As any other program reads them: through gzip's own reader, whole."""
    data = path.read_bytes()
    return [json.loads(line) for line in (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_killed_at_random_moments_every_line_is_answered_once(tmp_path: Path, name: str):
    chance, source, target = random.Random(name), tmp_path / "in.jsonl", tmp_path / name
    source.write_text("".join(map(question, range(COUNT))))
    sizes = [0]
    for _ in range(4):
        process = subprocess.Popen([*COMMAND, str(source), str(target)], cwd=ROOT)
        wanted, until = sizes[-1] + chance.randrange(1, 4000 if name.endswith(".gz") else 150_000), time.monotonic() + DEADLINE_S
        while process.poll() is None and time.monotonic() < until and not (target.exists() and target.stat().st_size > wanted):
            time.sleep(0.001)
        process.kill()
        process.wait()
        sizes.append(target.stat().st_size)
    assert sizes[1] > 0
    done = subprocess.run([*COMMAND, str(source), str(target)], cwd=ROOT, timeout=DEADLINE_S)
    assert done.returncode == 0
    assert sorted(row["id"] for row in rows(target)) == sorted(f"q{number}" for number in range(COUNT))
    assert all(row["answer"].startswith(f"{row['question']} answered") for row in rows(target))


def test_a_pipe_gives_each_answer_before_the_next_question_comes():
    with subprocess.Popen([*COMMAND, "-", "-"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for number in range(3):  # a reader that waited for more input would wait for ever here
            process.stdin.write(question(number).encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == f"q{number}"
        process.stdin.close()
        assert process.stdout.read() == b"" and process.wait(timeout=DEADLINE_S) == 0


def test_a_pipe_keeps_the_order():
    given = "".join(map(question, range(COUNT)))
    done = subprocess.run([*COMMAND, "-", "-"], cwd=ROOT, input=given, capture_output=True, text=True, timeout=DEADLINE_S)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [f"q{number}" for number in range(COUNT)]


def test_standard_input_into_a_file_resumes_as_well(tmp_path: Path):
    given, target = "".join(map(question, range(20))), tmp_path / "out.jsonl"
    for _ in range(2):
        subprocess.run([*COMMAND, "-", str(target)], cwd=ROOT, input=given, text=True, timeout=DEADLINE_S, check=True)
    assert sorted(row["id"] for row in rows(target)) == sorted(f"q{number}" for number in range(20))


def test_ctrl_c_finishes_what_is_in_flight(tmp_path: Path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(map(question, range(COUNT))))
    process = subprocess.Popen([*COMMAND, str(source), str(target)], cwd=ROOT, stderr=subprocess.DEVNULL, env=os.environ | {"SECONDS_A_LINE": "0.5"})
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until and not (target.exists() and target.stat().st_size):
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=DEADLINE_S) != 0
    there = rows(target)
    assert 4 < len(there) < COUNT, "the four that were in flight are written behind the first, and no more are begun"
    assert len({row["id"] for row in there}) == len(there)
