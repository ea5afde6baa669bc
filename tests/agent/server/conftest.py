"""A real uvicorn on a free port of the loopback, around a graph with fake tools."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx
import openai
import pytest
from langgraph.graph.state import CompiledStateGraph
from starlette.applications import Starlette

from agent.graph import build
from agent.many.listening import listen
from agent.many.turns import Turns
from agent.server.app import application
from agent.server.keys import Keys
from agent.server.options import options
from agent.server.run import Server
from agent.settings import Settings
from tests.agent.fakes import Bench, verdict

LONG = 200.0  # a deadline and no wait: a machine that does other things is slow


def until(true: Callable[[], Any], what: str = "what was waited for") -> None:
    """Wait for a condition, with a deadline."""
    end = monotonic() + LONG
    while not true():
        assert monotonic() < end, f"{what} did not come"
        sleep(0.01)


@dataclass
class Running:
    """A server that runs."""

    url: str
    server: Server
    turns: Turns
    thread: Thread
    app: Starlette

    def openai(self, key: str = "none", **more: Any) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0, timeout=LONG, **more)

    def http(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=LONG)


Serve = Callable[..., Running]


@pytest.fixture
def serve(config: Settings, bench: Bench, shortlist: Callable[..., None]) -> Iterator[Serve]:
    """`serve(graph, keys, requests_per_minute=3, turns={"at_once": 1})`: without a graph, one with no language model."""
    shortlist(detect_anomaly=0.99)
    running: list[Running] = []

    def start(graph: CompiledStateGraph | None = None, keys: Keys | None = None, turns: dict[str, int] | None = None, **http: Any) -> Running:
        chosen = config.model_copy(update={"http": config.http.model_copy(update=http), "turns": config.turns.model_copy(update=turns or {})})
        app = application(graph or build(None, config), chosen, keys or Keys({}))
        bound = listen("127.0.0.1", 0)
        server = Server(options(app, LONG), app, LONG)
        thread = Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        until(lambda: server.started, "the server's start")
        running.append(Running(f"http://127.0.0.1:{bound.getsockname()[1]}", server, app.state.turns, thread, app))
        return running[-1]

    yield start
    for each in running:
        each.server.should_exit = True
        each.thread.join(LONG)
        assert not each.thread.is_alive(), "a server did not stop"


@dataclass
class Held:
    """A tool that answers when it is let go."""

    go: Flag
    begun: Flag


@pytest.fixture
def held(bench: Bench) -> Iterator[Held]:
    gate = Held(Flag(), Flag())

    def wait(**args: Any) -> Any:
        gate.begun.set()
        assert gate.go.wait(LONG)
        return verdict(**args)

    bench.answers["detect_anomaly"] = wait
    yield gate
    gate.go.set()  # whatever a test left waiting
