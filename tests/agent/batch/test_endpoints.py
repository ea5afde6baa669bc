"""Asking again, and several servers: what is tried, when, and what is not."""

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from agent.batch.endpoints import Asking, Endpoints, Patient, may_pass
from agent.errors import BadInput
from agent.settings import DEFAULT_MODEL, settings
from agent.state import Answer
from tests.agent.fakes import QUESTION, answered, call, verdict

DEGRADED = answered("plain", status="degraded")
BROKE = Answer(status="error", answer="Something broke.")


class Queue:
    """Answers in turn what it is given, exceptions too; `untils` has when each try was to end."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers, self.untils = list(answers), []

    @property
    def asked(self) -> int:
        return len(self.untils)

    def __call__(self, question: str, history: list, until: float) -> Answer:
        self.untils.append(until)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class TestPatient:
    @pytest.mark.parametrize("fault", [DEGRADED, BROKE, OSError("reset"), answered(status="clarify", model={"llm": None})])
    def test_what_fails_twice_is_asked_a_third_time(self, fault: Answer | Exception):
        ask = Queue(fault, fault, answered("good"))
        assert Patient(ask, 2, first_wait_s=0.001)("why?", []).answer == "good" and ask.asked == 3

    def test_the_last_answer_stands_when_nothing_helps(self):
        ask = Queue(*[DEGRADED] * 3, OSError("reset"))
        assert Patient(ask, 2, first_wait_s=0.001)("why?", []) == DEGRADED
        assert Patient(ask, 0)("why?", []).answer == "This line failed: OSError: reset"

    @pytest.mark.parametrize("status", ["answered", "clarify", "abstained", "refused", "error"])
    def test_what_a_tool_or_the_guard_said_is_not_asked_again(self, status: str):
        assert not may_pass(answered("so it is", call(verdict()), status=status, model={"llm": "m"}))

    def test_a_server_that_is_down_costs_one_wait_until_it_is_back(self):
        ask = Queue(*[DEGRADED] * 3, DEGRADED, DEGRADED, answered(), DEGRADED, answered())
        patient = Patient(ask, 2, first_wait_s=0.001)
        counts = []
        for _ in range(5):
            before = ask.asked
            patient("why?", [])
            counts.append(ask.asked - before)
        assert counts == [3, 1, 1, 1, 2]

    def test_no_try_is_begun_beyond_the_lines_time(self):
        ask = Queue(DEGRADED, answered())
        assert Patient(ask, 5, timeout_s=0.5, first_wait_s=30)("why?", []) == DEGRADED and ask.asked == 1

    def test_all_tries_of_a_line_end_at_the_same_time(self):
        ask = Queue(DEGRADED, OSError("reset"), answered(), answered())
        patient = Patient(ask, 2, timeout_s=60, first_wait_s=0.001)
        for _ in range(2):
            patient("why?", [])
        first, again, third, next_line = ask.untils
        assert first == again == third < next_line


class TestEndpoints:
    def test_in_turns_and_one_that_failed_is_left_out(self):
        endpoints = Endpoints(["a", "b", "c"], first=1)
        assert [endpoints.take() for _ in range(4)] == ["b", "c", "a", "b"]
        assert endpoints.failed("c") and [endpoints.take() for _ in range(4)] == ["a", "b", "a", "b"]
        endpoints.well("c")
        assert "c" in [endpoints.take() for _ in range(3)]

    def test_if_all_failed_the_first_of_them_is_tried(self):
        endpoints = Endpoints(["a", "b"])
        assert endpoints.failed("b") and not endpoints.failed("a") and endpoints.take() == "b"

    def test_it_comes_back_by_itself(self):
        endpoints = Endpoints(["a", "b"], away_s=0.0)
        endpoints.failed("a")
        assert {endpoints.take(), endpoints.take()} == {"a", "b"}


class Model(BaseHTTPRequestHandler):
    """Small talk at every question, as an OpenAI-compatible server says it."""

    def do_POST(self) -> None:
        self.server.models.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"])  # type: ignore[attr-defined]
        call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "small_talk", "arguments": "{}"}}
        deltas = [({"role": "assistant", "tool_calls": [call]}, None), ({}, "tool_calls")]
        chunks = [
            {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, "delta": delta, "finish_reason": end}],
            }
            for delta, end in deltas
        ]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n")

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.models = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_server_that_does_not_answer_is_passed_over_for_one_that_does(home, bench, shortlist, server):
    ask = Asking(("http://127.0.0.1:9/v1", f"http://127.0.0.1:{server.server_address[1]}/v1"), retries=0).make()
    answers = [ask("Hello", []) for _ in range(3)]
    assert [answer.model.get("llm") is not None for answer in answers] == [True] * 3 and len(server.models) == 3, answers


@pytest.mark.parametrize(
    ("adapter", "asked", "said"),
    [("merged", DEFAULT_MODEL, "merged"), ("mine", "mine", "mine"), ("none", DEFAULT_MODEL, None), ("own", DEFAULT_MODEL, None)],
)
def test_an_adapter_goes_with_endpoints(home, bench, shortlist, server, monkeypatch, adapter: str, asked: str, said: str | None):
    monkeypatch.setenv("WAAM_LLM__ADAPTER", adapter)
    settings.cache_clear()
    answer = Asking((f"http://127.0.0.1:{server.server_address[1]}/v1",), retries=0).make()("Hello", [])
    assert server.models == [asked] and answer.model == {"llm": DEFAULT_MODEL, "adapter": said}


def test_merged_without_endpoints_is_refused(home, monkeypatch):
    monkeypatch.setenv("WAAM_LLM__ADAPTER", "merged")
    with pytest.raises(BadInput, match="is for a server elsewhere"):
        Asking().make()


def test_a_turn_whose_time_is_up_ends_at_its_next_step(home, bench, shortlist):
    ask = Asking(("http://127.0.0.1:9/v1",), retries=0, timeout_s=1e-6).make()
    answer = ask(QUESTION, [])
    assert answer.status == "error" and "--timeout" in answer.answer and bench.asked == []


def test_a_line_whose_time_is_up_does_not_go_to_the_next_server(home, bench, shortlist, monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr("agent.turn.run_turn", lambda graph, *a, **k: asked.append(graph) or BROKE)
    make = Asking(("http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"), retries=0, timeout_s=60).make
    assert make()(QUESTION, []) == BROKE and len(asked) == 2
    monkeypatch.setattr("agent.batch.endpoints.time", SimpleNamespace(monotonic=itertools.count(0.0, 3600.0).__next__))
    assert make()(QUESTION, []) == BROKE and len(asked) == 3
