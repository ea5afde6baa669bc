"""The benchmark of serving: what it sends, what it times, and what it makes of two servers."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import serving
from benchmarks.engines import Engine, llama
from tests.tools.process_models import write_process_models

GAP_S = 0.02


class Streaming(BaseHTTPRequestHandler):
    """Answers every chat with five words, one every GAP_S, in the form of the OpenAI interface."""

    seen: list[dict[str, object]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(asked)
        self.send_response(200)
        self.end_headers()
        for word in ["", "a", "b", "c", "d", "e"]:
            time.sleep(GAP_S)
            self._event({"choices": [{"delta": {"content": word}}]})
        self._event({"choices": [], "usage": {"completion_tokens": 5}})

    def _event(self, part: dict[str, object]) -> None:
        self.wfile.write(f"data: {json.dumps(part)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def engine() -> Iterator[Engine]:
    Streaming.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Streaming)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Engine("fake", f"http://127.0.0.1:{server.server_port}/v1", "m")
    server.shutdown()
    server.server_close()


def test_the_pace_is_that_after_the_first_token(engine: Engine):
    waited, pace = serving.decode(engine, [{"role": "user", "content": "q"}], 5)
    assert waited >= 2 * GAP_S and 10 < pace <= 1 / GAP_S
    assert Streaming.seen[0]["temperature"] == 0 and Streaming.seen[0]["ignore_eos"] is False


def test_the_question_that_fills_the_cache_is_not_counted(engine: Engine):
    assert len(serving.first_token(engine, ["one", "two", "three"])) == 2
    first, *_, last = ([m["content"] for m in each["messages"]] for each in Streaming.seen)  # type: ignore[attr-defined]
    assert first[0] == last[0] and (first[1], last[1]) == ("one", "three")
    assert all(each["max_tokens"] == 1 and each["tools"] for each in Streaming.seen)


def test_own_answers_are_prompted_by_what_the_tools_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))
    prompts = serving.own_prompts(2)
    assert len(prompts) == 2 and all("[T1]" in prompt[-1]["content"] for prompt in prompts)


def test_ratios_say_what_was_missed():
    def measured(name: str, *medians: float) -> dict[str, object]:
        return {"name": name, "figures": {what: {"median": value} for what, value in zip(serving.TARGETS, medians, strict=True)}}

    rows = serving.compared(measured("a", 50, 20, 30, 2), measured("b", 40, 40, 10, 1))  # type: ignore[arg-type]
    assert [row["ratio"] for row in rows] == ["1.25", "0.50", "3.00", "2.00"]
    assert [row["to reach"] for row in rows] == ["at least 1.25", "at least 1: missed", "at least 4: missed", "at most 0.5: missed"]


def test_one_without_the_other_is_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        serving.main(["--gguf", "weights.gguf"])
    assert "--llama-server together with --gguf" in capsys.readouterr().err


def test_a_server_that_does_not_start_says_why(tmp_path: Path):
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\necho no such model >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(SystemExit, match="no such model"), llama(program, tmp_path / "weights.gguf"):
        pass
