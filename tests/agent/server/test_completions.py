"""Chat completions, asked with OpenAI's own client."""

import json
import socket
from threading import Event as Flag
from typing import Any

import httpx
import openai
import pytest

from agent.errors import Busy
from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.many.turns import Asked
from agent.server.hearing import Hearing
from agent.settings import Settings
from tests.agent.fakes import QUESTION, SETTINGS, Bench
from tests.agent.server.conftest import LONG, Held, Running, Serve, until
from tools.result import ToolInputError

NORMAL = ("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"})
GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
WRONG = "The bead is predicted to be normal with probability 0.99 [T1]."
ASK: dict[str, Any] = {"model": "waam", "messages": [{"role": "user", "content": QUESTION}]}


FIRST = Asked(QUESTION, "first")


def scripted(config: Settings, *drafts: str) -> Any:
    return build(ScriptedModel(replies=[tool_call_message(NORMAL), *drafts]), config)


class TestWhole:
    def test_the_answer_is_the_content_and_the_evidence_is_beside_it(self, serve: Serve, config: Settings, bench: Bench):
        found = serve(scripted(config, GOOD)).openai().chat.completions.create(**ASK)
        assert found.choices[0].message.content == f"{GOOD}\n\nNote: A demo model answered." and found.choices[0].finish_reason == "stop"
        assert found.model == "waam" and found.usage is not None
        evidence = found.model_extra["waam"]  # type: ignore[index]
        assert evidence["status"] == "answered" and evidence["tool_calls"][0]["args"] == SETTINGS and set(evidence) >= {"checks", "timings_ms"}
        assert bench.asked == [("detect_anomaly", SETTINGS)]

    def test_messages_before_are_the_conversation(self, serve: Serve, bench: Bench):
        before = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": GOOD}]
        serve().openai().chat.completions.create(model="waam", messages=[*before, {"role": "user", "content": "and at 200 A?"}])  # type: ignore[list-item]
        assert bench.asked[-1][1] == SETTINGS | {"current_a": 200.0}

    def test_a_refused_question_is_a_sentence_with_its_status(self, serve: Serve):
        found = serve().openai().chat.completions.create(model="waam", messages=[{"role": "user", "content": "188 A, 10 kV, 8 mm/s"}])
        assert "outside the allowed range" in str(found.choices[0].message.content) and found.model_extra["waam"]["status"] == "refused"  # type: ignore[index]

    def test_a_turn_that_failed_is_an_error_that_is_not_tried_again(self, serve: Serve, bench: Bench):
        def fail(**args: Any) -> Any:
            raise ToolInputError("This cannot be predicted.")

        bench.answers["detect_anomaly"] = fail
        with pytest.raises(openai.InternalServerError, match=r"This cannot be predicted\.") as raised:
            serve().openai().with_options(max_retries=2).chat.completions.create(**ASK)
        assert raised.value.code == "turn_failed" and len(bench.asked) == 1

    def test_no_path_of_the_clients_is_opened(self, serve: Serve, bench: Bench, tmp_path: Any):
        (tmp_path / "run.csv").write_text("time,current\n0,1\n", encoding="utf-8")
        words = f"What is wrong in the log {tmp_path / 'run.csv'}?"
        found = serve().openai().chat.completions.create(model="waam", messages=[{"role": "user", "content": words}])
        assert "analyze_log" not in [name for name, _ in bench.asked] and found.model_extra["waam"]["tool_calls"] == []  # type: ignore[index]


class TestStream:
    def test_a_draft_is_beside_the_content_and_the_content_is_checked(self, serve: Serve, config: Settings):
        stream = serve(scripted(config, WRONG, GOOD)).openai().chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True})
        chunks = list(stream)
        content = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        assert content == f"{GOOD}\n\nNote: A demo model answered."
        told = [chunk.model_extra["waam"] for chunk in chunks if chunk.model_extra.get("waam")]  # type: ignore[index,union-attr]
        events = [(each["event"], each["text"]) for each in told[:-1]]
        assert ("progress", "running detect_anomaly") in events and ("draft", WRONG) in events and ("progress", "checking again") in events
        assert told[-1]["status"] == "answered" and chunks[-1].choices == [] and chunks[-1].usage is not None
        assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"

    def test_it_ends_as_openais_do(self, serve: Serve):
        with serve().http().stream("POST", "/v1/chat/completions", json=ASK | {"stream": True}) as reply:
            text = reply.read().decode()
        assert reply.headers["content-type"].startswith("text/event-stream") and text.endswith("data: [DONE]\n\n")
        assert all(json.loads(line[6:])["object"] == "chat.completion.chunk" for line in text.split("\n\n")[:-2] if line.startswith("data: {"))

    def test_an_error_comes_as_an_error(self, serve: Serve, bench: Bench):
        def fail(**args: Any) -> Any:
            raise ToolInputError("This cannot be predicted.")

        bench.answers["detect_anomaly"] = fail
        with pytest.raises(openai.APIError, match="This cannot be predicted"):
            list(serve().openai().chat.completions.create(**ASK, stream=True))


class TestTheLine:
    def test_who_waits_hears_of_it_and_who_does_not_fit_is_told_when_to_come_back(self, serve: Serve, held: Held):
        running = serve(turns={"at_once": 1, "waiting": 1})
        with running.http() as client, client.stream("POST", "/v1/chat/completions", json=ASK | {"stream": True}) as first:
            assert held.begun.wait(LONG)
            with running.http() as other, other.stream("POST", "/v1/chat/completions", json=ASK | {"stream": True}) as second:
                lines = second.iter_lines()
                ahead = next(line for line in lines if '"waiting"' in line)
                assert json.loads(ahead[6:])["waam"] == {"event": "waiting", "text": "1 ahead"}
                with pytest.raises(openai.RateLimitError, match="Busy: 1 questions are ahead already") as raised:
                    running.openai().chat.completions.create(**ASK)
                assert raised.value.code == "busy" and 0 < int(raised.value.response.headers["retry-after"]) <= 60
                held.go.set()
                assert list(lines)[-2] == "data: [DONE]" and "[DONE]" in first.read().decode()

    @pytest.mark.parametrize("stream", [True, False])
    def test_who_hangs_up_while_waiting_gives_up_the_place(self, serve: Serve, held: Held, bench: Bench, stream: bool):
        running = serve(turns={"at_once": 1, "waiting": 1})
        first = running.turns.submit(FIRST)
        assert held.begun.wait(LONG)
        _hang_up(running, stream, lambda: running.turns.waiting == 1)
        until(lambda: _fits(running), "room in the line")
        held.go.set()
        assert first.result(LONG).status == "degraded"
        until(lambda: running.turns.running == 0 and running.turns.waiting == 0)
        assert len(bench.asked) == 2, "the first question and the one that took the place"

    @pytest.mark.parametrize("stream", [True, False])
    def test_who_hangs_up_ends_the_turn_at_its_next_event(self, serve: Serve, held: Held, stream: bool, monkeypatch: pytest.MonkeyPatch):
        noticed, leave = Flag(), Hearing.leave
        monkeypatch.setattr(Hearing, "leave", lambda hearing, future: (leave(hearing, future), noticed.set())[0])
        running = serve()
        _hang_up(running, stream, held.begun.is_set)
        assert noticed.wait(LONG)
        held.go.set()
        until(lambda: 'waam_turns_total{status="left"} 1.0' in running.http().get("/metrics").text, "the end of the turn")
        assert running.turns.running == 0

    def test_an_answer_that_does_not_come_is_a_timeout(self, serve: Serve, held: Held):
        with pytest.raises(openai.APIStatusError, match="No answer within") as raised:
            serve(timeout_s=0.2).openai().chat.completions.create(**ASK)
        assert raised.value.status_code == 504


def _fits(running: Running) -> bool:
    try:
        running.turns.submit(FIRST)
    except Busy:
        return False
    return True


def _hang_up(running: Running, stream: bool, when: Any) -> None:
    """Ask, and close the connection once `when` holds."""
    body = json.dumps(ASK | {"stream": stream}).encode()
    url = httpx.URL(running.url)
    with socket.create_connection((url.host, url.port or 80), LONG) as line:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body)
        until(when, "the question's place")


def test_models_are_listed(serve: Serve):
    client = serve().openai()
    assert [model.id for model in client.models.list()] == ["waam"] and client.models.retrieve("waam").object == "model"
    with pytest.raises(openai.NotFoundError, match="waam"):
        client.models.retrieve("gpt-4o")
