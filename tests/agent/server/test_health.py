"""Probes and metrics."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.setup.doctor import Finding
from tests.agent.fakes import QUESTION
from tests.agent.server.conftest import Serve

WELL = Finding("tools", True, "there")
NO_TOOLS = Finding("encoder anomaly", False, "not built", "waam models build")
NO_MODEL = Finding("language model", False, "stopped", "waam up")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    looked = {"tools": WELL, "model": WELL}
    monkeypatch.setattr("agent.setup.doctor.tools", lambda config: [looked["tools"]])
    monkeypatch.setattr("agent.setup.doctor.language_model", lambda config: looked["model"])
    return looked


def test_the_process_lives(serve: Serve):
    assert serve().http().get("/healthz").json() == {"status": "ok"}


def test_ready_with_everything(serve: Serve, found: dict[str, Finding]):
    reply = serve().http().get("/readyz?model=required")
    assert (reply.status_code, reply.json()) == (200, {"ready": True, "degraded": False, "reasons": []})


def test_without_tools_nobody_is_to_be_sent_here(serve: Serve, found: dict[str, Finding]):
    found["tools"] = NO_TOOLS
    reply = serve().http().get("/readyz")
    assert (reply.status_code, reply.json()["reasons"]) == (503, ["encoder anomaly: not built; waam models build."])


def test_without_a_language_model_it_answers_degraded_unless_that_is_too_little(serve: Serve, found: dict[str, Finding]):
    found["model"] = NO_MODEL
    client = serve().http()
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json()) == (200, {"ready": True, "degraded": True, "reasons": ["language model: stopped; waam up."]})
    assert client.get("/readyz?model=required").status_code == 503


def test_while_it_stops_it_is_not_ready(serve: Serve, found: dict[str, Finding]):
    running = serve()
    running.server._app.state.stopping = True
    assert running.http().get("/readyz").status_code == 503


def test_a_real_look_at_an_empty_home_finds_what_is_missing(serve: Serve):
    reply = serve().http().get("/readyz")
    assert reply.status_code == 503 and any("waam models build" in reason for reason in reply.json()["reasons"])


def test_metrics_count_turns_tools_and_seconds(serve: Serve):
    running = serve()
    for words in (QUESTION, "188 A, 10 kV, 8 mm/s"):
        running.openai().chat.completions.create(model="waam", messages=[{"role": "user", "content": words}])
    families = text_string_to_metric_families(running.http().get("/metrics").text)
    seen = {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}
    assert seen["waam_turns_total", "degraded"] == 1 and seen["waam_turns_total", "refused"] == 1
    assert seen["waam_tool_calls_total", "result", "detect_anomaly"] == 1
    assert [seen["waam_stage_seconds_count", stage] for stage in ("turn", "route", "tools", "compose")] == [2, 1, 1, 1]
    assert (seen["waam_turns_waiting",], seen["waam_turns_running",]) == (0, 0) and seen["waam_http_responses_total", "200"] == 2
