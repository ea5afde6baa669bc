"""`waam serve` as a process: refusing what is unsafe, and stopping well."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from agent.errors import BadInput
from agent.many.listening import listen
from tests.agent.fakes import QUESTION
from tests.agent.server.conftest import LONG, Held, Serve, until

ROOT = Path(__file__).parents[3]


def waam(*arguments: str, home: Path, **environment: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WAAM_")}
    settings = {"WAAM_HOME": str(home), "WAAM_LLM__BASE_URL": "http://127.0.0.1:9/v1"}
    command = [sys.executable, "-c", "from agent.cli import main; main()", "serve", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=clean | settings | environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--host", "0.0.0.0"], {}, "Others would reach 0.0.0.0 without a key"),
        ([], {"WAAM_HTTP__KEYS": "lab:short"}, "The key of lab in WAAM_HTTP__KEYS is too easily guessed"),
    ],
)
def test_what_is_unsafe_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], environment: dict[str, str], words: str):
    out, err = (process := waam("--port", "0", *arguments, home=tmp_path, **environment)).communicate(timeout=240)
    assert process.returncode == 2 and err.startswith(words) and len(err.splitlines()) == 1 and out == ""


def test_an_address_that_is_taken_is_one_sentence():
    with listen("127.0.0.1", 0) as taken, pytest.raises(BadInput, match="give another --port"):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0(tmp_path: Path, by: signal.Signals):
    process = waam("--port", "0", home=tmp_path)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        url = said.split()[0]
        until(lambda: _answers(url), "the server")
        process.send_signal(by)
        assert process.wait(LONG) == 0 and "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def test_what_runs_may_end_and_nothing_new_begins(serve: Serve, held: Held):
    running = serve(turns={"at_once": 1, "waiting": 4})
    ask = {"model": "waam", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    with running.http() as client, client.stream("POST", "/v1/chat/completions", json=ask) as first:
        assert held.begun.wait(LONG)
        with running.http() as other, other.stream("POST", "/v1/chat/completions", json=ask) as waits:
            until(lambda: running.turns.waiting == 1)
            running.server.should_exit = True
            assert "This server is stopping" in waits.read().decode()
        held.go.set()
        assert '"status":"degraded"' in first.read().decode()
    running.thread.join(LONG)
    assert not running.thread.is_alive() and running.server.ended
    with pytest.raises(httpx.ConnectError):
        running.http().get("/healthz")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.ConnectError:
        return False
