"""`waam slack` from outside: tokens, HTTP with its signatures, and a kill in the middle of an answer."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import uvicorn
from slack_bolt import App
from slack_sdk.signature import SignatureVerifier
from typer.testing import CliRunner

from agent.cli import app as cli
from agent.errors import BadInput, WaamError
from agent.llm import ScriptedModel
from agent.many.listening import listen
from agent.server import bodies, options
from agent.slack import run as running
from agent.slack.http import MOST, PATH, serve
from agent.slack.run import assistant
from tests.agent.fakes import QUESTION
from tests.agent.slack.conftest import TURN
from tests.agent.slack.fake_slack import APP_TOKEN, BOT_TOKEN, CHANNEL, DIRECT, LONG, SECRET, FakeSlack

ROOT = Path(__file__).parents[3]
APP = App(token=BOT_TOKEN, signing_secret=SECRET, token_verification_enabled=False)


class TestTokens:
    @pytest.mark.parametrize(
        ("set_so", "arguments", "said"),
        [
            ({}, [], "Slack needs WAAM_SLACK__BOT_TOKEN, which is not set; docs/slack.md"),
            ({"BOT_TOKEN": "xoxb-1"}, ["--socket"], "Slack needs WAAM_SLACK__APP_TOKEN"),
            ({"BOT_TOKEN": "xoxb-1"}, ["--http"], "Slack needs WAAM_SLACK__SIGNING_SECRET"),
            ({"BOT_TOKEN": "xapp-1"}, ["--http"], "WAAM_SLACK__BOT_TOKEN must begin with xoxb-"),
        ],
    )
    def test_one_that_is_missing_is_named(self, home, monkeypatch, set_so: dict[str, str], arguments: list[str], said: str):
        for name, value in set_so.items():
            monkeypatch.setenv(f"WAAM_SLACK__{name}", value)
        failed = CliRunner().invoke(cli, ["slack", *arguments])
        assert isinstance(failed.exception, BadInput) and str(failed.exception).startswith(said)

    def test_they_are_in_no_printed_settings(self, configured):
        assert not any(token in repr(configured()) for token in (BOT_TOKEN, APP_TOKEN, SECRET))

    def test_one_that_slack_refuses(self, fake: FakeSlack, configured):
        fake.failures["auth.test"] = [(200, {}, {"ok": False, "error": "invalid_auth"})]
        with pytest.raises(WaamError, match=r"refused the bot token \(invalid_auth\)"), assistant(configured(), None):
            pass

    def test_slack_that_cannot_be_reached(self, configured, monkeypatch):
        monkeypatch.setattr(running, "ConnectionErrorRetryHandler", lambda **_: running.ServerErrorRetryHandler(max_retry_count=0))
        with pytest.raises(WaamError, match="Slack cannot be reached"), assistant(configured(api_url="http://127.0.0.1:9/api/"), None):
            pass


@pytest.fixture
def served(fake: FakeSlack, configured, bench, shortlist):
    """The address of an assistant that listens over HTTP."""
    bound, stop = listen("127.0.0.1", 0), threading.Event()
    port = bound.getsockname()[1]
    with assistant(configured(), ScriptedModel(replies=[*TURN])) as ours:
        thread = threading.Thread(target=serve, args=(ours.app, bound, stop))
        thread.start()
        address = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{address}/healthz", timeout=LONG).text == "ok"
        yield address
        stop.set()
        thread.join(LONG)


def post(address: str, payload: dict, secret: str = SECRET, age_s: float = 0, form: bool = False) -> httpx.Response:
    body = urlencode(payload if "command" in payload else {"payload": json.dumps(payload)}) if form else json.dumps(payload)
    stamp = str(int(time.time() - age_s))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature), "Content-Type": kind}
    return httpx.post(address + PATH, content=body, headers=headers, timeout=LONG)


class TestHttp:
    def test_an_event_a_command_and_a_button(self, fake: FakeSlack, served: str):
        asked = fake.mention(QUESTION)
        assert post(served, asked).status_code == 200
        answer = fake.finished()
        assert "attach a monitoring log" in post(served, fake.command("help"), form=True).text
        assert post(served, fake.press(answer, "good"), form=True).status_code == 200
        fake.wait_for(lambda: fake.made("chat.postEphemeral"), "nothing was said to it")

    @pytest.mark.parametrize("wrong", [{"secret": "another"}, {"age_s": 600}, {"age_s": -600}])
    def test_a_wrong_signature_and_an_old_one_are_refused(self, fake: FakeSlack, served: str, wrong: dict):
        assert post(served, fake.mention(QUESTION), **wrong).status_code == 401
        assert post(served, fake.command(QUESTION), form=True, **wrong).status_code == 401
        assert fake.made("chat.postMessage") == []

    def test_no_signature_at_all(self, fake: FakeSlack, served: str):
        assert httpx.post(served + PATH, json=fake.mention(QUESTION), timeout=LONG).status_code == 401
        assert fake.made("chat.postMessage") == []

    def test_slack_is_told_that_it_is_here(self, served: str):
        said = post(served, {"type": "url_verification", "challenge": "abc", "token": "x"})
        assert said.status_code == 200 and "abc" in said.text

    def test_other_paths_and_ways(self, served: str):
        assert httpx.get(served + PATH).status_code == 405 and httpx.post(f"{served}/other").status_code == 404

    def test_what_is_too_large_is_not_read(self, served: str):
        assert httpx.post(served + PATH, content=b" " * (MOST + 1), timeout=LONG).status_code == 413

    def test_a_body_that_does_not_come_in_time_is_waited_for_no_longer(self, served: str, monkeypatch):
        monkeypatch.setattr(bodies, "BODY_S", 0.2)
        host, port = served.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=LONG) as slow:
            slow.sendall(f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\n{{".encode())
            assert slow.recv(1000).startswith(b"HTTP/1.1 408")

    def test_a_port_that_is_taken(self, served: str, configured):
        with pytest.raises(BadInput, match=r"Nothing can listen at 127.0.0.1 port \d+ .* give another --port"):
            running.run(configured(), ("127.0.0.1", int(served.rsplit(":", 1)[1])))


class TestServe:
    @pytest.mark.parametrize("ends", [None, RuntimeError("broken")])
    def test_a_server_that_ends_by_itself_is_not_waited_for(self, monkeypatch, ends: Exception | None):
        def run(self: uvicorn.Server, sockets: list[socket.socket]) -> None:
            if ends:
                raise ends

        monkeypatch.setattr(uvicorn.Server, "run", run)
        with listen("127.0.0.1", 0) as bound, pytest.raises(type(ends) if ends else WaamError, match="broken" if ends else "has ended by itself"):
            serve(APP, bound, threading.Event())

    def test_it_has_the_bounds_of_waam_serve(self, monkeypatch):
        monkeypatch.setattr(options, "CONNECTIONS", 1)  # uvicorn counts the one that asks
        bound, stop = listen("127.0.0.1", 0), threading.Event()
        thread = threading.Thread(target=serve, args=(APP, bound, stop), daemon=True)
        thread.start()
        try:
            assert httpx.get(f"http://127.0.0.1:{bound.getsockname()[1]}/healthz", timeout=LONG).status_code == 503
        finally:
            stop.set()
            thread.join(LONG)


@pytest.mark.parametrize(
    ("without", "arguments", "said"),
    [
        ("limits", [], "limits is not installed here; `make venv` installs it"),
        ("uvicorn", ["--http"], "uvicorn is not installed here; `make venv` installs it"),
        ("uvicorn", [], "Slack cannot be reached at http://127.0.0.1:9/api/"),
    ],
)
def test_what_is_not_installed_is_named_where_it_is_needed(tmp_path: Path, without: str, arguments: list[str], said: str):
    code = f"import sys; sys.modules[{without!r}] = None; from agent.cli import main; main()"
    tokens = {"BOT_TOKEN": BOT_TOKEN, "APP_TOKEN": APP_TOKEN, "SIGNING_SECRET": SECRET, "API_URL": "http://127.0.0.1:9/api/"}
    environment = os.environ | {f"WAAM_SLACK__{name}": value for name, value in tokens.items()} | {"WAAM_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code, "slack", *arguments]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONG)
    assert run.returncode == 1 and run.stderr.splitlines()[-1].startswith(said), run.stderr


@pytest.mark.parametrize("channel", [CHANNEL, DIRECT])
def test_what_was_asked_when_the_process_was_killed_is_answered_by_the_next(fake: FakeSlack, home: Path, channel: str):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAAM_")} | {
        "WAAM_HOME": str(home), "WAAM_SLACK__BOT_TOKEN": BOT_TOKEN, "WAAM_SLACK__APP_TOKEN": APP_TOKEN,
        "WAAM_SLACK__API_URL": f"{fake.url}/api/", "WAAM_LLM__BASE_URL": f"{fake.url}/llm/v1", "WAAM_LLM__TIMEOUT_S": "60",
    }  # fmt: skip
    command = [sys.executable, "-c", "from agent.cli import main; main()", "slack"]

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)

    first = start()
    try:
        question = "Calculate the heat input of 188 A, 21.4 V and 48 cm/min."
        asked = fake.mention(question) if channel == CHANNEL else fake.event(question, channel=channel)
        fake.ack(asked)
        assert fake.model_asked.wait(LONG), "the model was not asked"
    finally:
        first.kill()
        first.wait(LONG)
    fake.model_may_answer.set()
    fake._connections.clear()
    second = start()
    try:
        answer = fake.posted("run `waam models build`")  # nothing is built here, and no model answers: an answer all the same
        fake.ack(asked, retry=1)
    finally:
        second.terminate()
        _, said = second.communicate(timeout=LONG)
    assert second.returncode == 0 and "1 question of before the restart." in said and "Traceback" not in said
    assert len(fake.made("chat.postMessage")) == 1 and answer.thread_ts == (asked["event"]["ts"] if channel == CHANNEL else None)
