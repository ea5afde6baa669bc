"""What Prometheus reads: turns by how they ended, tool calls, seconds of each stage, tokens, who waits and runs, replies by status."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from agent.state import Answer

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180)  # from one tool to the end of a turn
STAGES = {"route": "route", "tools": "tools", "compose": "compose", "total": "turn"}  # by their names in an answer


class Metrics:
    """One server's numbers, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter("waam_turns", "Turns by how they ended; `left`: whoever asked went away.", ["status"], registry=self.registry)
        self._tools = Counter(
            "waam_tool_calls", "Calls of tools in turns, and whether they gave a result.", ["tool", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "waam_stage_seconds", "Seconds of a turn and of its stages, waiting not included.", ["stage"], buckets=SECONDS, registry=self.registry
        )
        self._tokens = Counter("waam_tokens", "Tokens of the language model.", ["kind"], registry=self.registry)
        self._responses = Counter("waam_http_responses", "Replies by HTTP status.", ["status"], registry=self.registry)

    def watch(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Take the length of the line from `waiting` and `running` whenever it is read."""
        Gauge("waam_turns_waiting", "Questions in the line.", registry=self.registry).set_function(waiting)
        Gauge("waam_turns_running", "Turns that run now.", registry=self.registry).set_function(running)

    def answered(self, answer: Answer, left: bool = False) -> None:
        """Count one turn."""
        self._turns.labels("left" if left else answer.status).inc()
        for call in answer.tool_calls:
            self._tools.labels(call.name, "error" if call.error else "result").inc()
        for stage, name in STAGES.items():
            if stage in answer.timings_ms:
                self._seconds.labels(name).observe(answer.timings_ms[stage] / 1000)
        for kind, count in answer.usage.items():
            self._tokens.labels(kind.removesuffix("_tokens")).inc(count)

    def responded(self, status: int) -> None:
        """Count one reply."""
        self._responses.labels(str(status)).inc()

    async def show(self, request: Request) -> Response:
        """GET /metrics."""
        return Response(generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
