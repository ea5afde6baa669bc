"""Servers that benchmarks put side by side: this project's vLLM, llama.cpp's server, or one that runs already. One at a time has the cores."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent.model.adapter import served_name, trained
from agent.model.vllm_server import VllmServer, healthy
from agent.settings import MERGED, NONE, Settings

STREAMS, CONTEXT = 16, 2560  # a routing prompt and its reply, 1,400 tokens, with room for a conversation
START_S = 420.0


@dataclass(frozen=True)
class Engine:
    """A server that answers: where, under which model name, how long its start took and the memory it has then."""

    name: str
    url: str
    model: str
    start_s: float | None = None
    memory_gib: float | None = None

    def settings(self, home: Settings) -> Settings:
        """The agent's settings with which it asks this server, which has the model of `home` as it is, trained or not."""
        adapter = MERGED if trained(home) else NONE
        update = {"base_url": self.url, "model": self.model, "adapter": adapter, "timeout_s": 600.0}
        limits = home.limits.model_copy(update={"turn_s": 1200.0})
        return home.model_copy(update={"llm": home.llm.model_copy(update=update), "limits": limits})


@contextmanager
def vllm(home: Settings) -> Iterator[Engine]:
    """The server that `waam up` starts, on a port of its own."""
    server = VllmServer(home.model_copy(update={"server": home.server.model_copy(update={"port": free_port()})}))
    begun = time.monotonic()
    status = server.up()
    try:
        yield Engine(f"vLLM, {server.precision}", f"{server.url}/v1", served_name(home), time.monotonic() - begun, status.memory_gib)
    finally:
        server.down()


@contextmanager
def llama(program: Path, weights: Path) -> Iterator[Engine]:
    """llama.cpp's `llama-server` with as many slots as vLLM has, and both cores."""
    port, cores = free_port(), len(os.sched_getaffinity(0))
    command = [
        str(program), "--model", str(weights), "--host", "127.0.0.1", "--port", str(port), "--threads", str(cores), "--parallel", str(STREAMS),
        "--ctx-size", str(STREAMS * CONTEXT), "--jinja",
    ]  # fmt: skip
    begun = time.monotonic()
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            while not healthy(f"http://127.0.0.1:{port}"):
                if process.poll() is not None or time.monotonic() - begun > START_S:
                    log.seek(0)
                    raise SystemExit(f"llama-server did not start: {log.read().decode(errors='replace').strip()[-300:]}")
                time.sleep(0.2)
            memory = psutil.Process(process.pid).memory_info().rss / 2**30
            yield Engine(f"llama.cpp, {weights.stem}", f"http://127.0.0.1:{port}/v1", weights.stem, time.monotonic() - begun, round(memory, 2))
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
