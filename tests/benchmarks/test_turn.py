"""The agent's own time leaves out the tools', and the server's counters are read as it writes them."""

import http.server
import threading
from pathlib import Path

import pytest

from agent.settings import settings
from benchmarks import turn
from benchmarks.engines import Engine
from tests.tools.process_models import write_process_models

METRICS = b"""# HELP vllm:prefix_cache_queries_total Prompt tokens asked for.
# TYPE vllm:prefix_cache_queries_total counter
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1400.0
# HELP vllm:prefix_cache_hits_total Prompt tokens found.
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 1344.0
"""


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_own_times_are_of_turns_that_were_answered():
    spent = turn.own_times(4)
    assert len(spent) == 3 and all(0 < each < 10_000 for each in spent)


def test_counters_are_the_servers():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/metrics" else 404)
            self.end_headers()
            self.wfile.write(METRICS)

        def log_message(self, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        assert turn.counters(Engine("vLLM", f"http://127.0.0.1:{server.server_port}/v1", "m")) == (1400.0, 1344.0)
        server.shutdown()
