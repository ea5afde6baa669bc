"""Who is let in: hosts, origins, keys, rates, sizes; and how no is said."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from agent.server.keys import read_keys
from tests.agent.fakes import QUESTION
from tests.agent.server.conftest import Serve

KEY = "a-key-of-sixteen-and-more"
ASK: dict[str, Any] = {"model": "waam", "messages": [{"role": "user", "content": QUESTION}]}
CHAT = "/v1/chat/completions"


def code(reply: httpx.Response) -> tuple[int, str]:
    error = reply.json()["error"]
    assert set(error) == {"message", "type", "param", "code"} and error["message"].endswith(".") and "\n" not in error["message"]
    return reply.status_code, error["code"]


class TestKeys:
    def test_with_a_key_one_is_let_in_and_without_one_is_not(self, serve: Serve):
        running = serve(keys=read_keys(f"lab:{KEY}"))
        assert running.openai(KEY).chat.completions.create(**ASK).choices
        with pytest.raises(openai.AuthenticationError, match="Bearer") as raised:
            running.openai("another-key-of-sixteen").chat.completions.create(**ASK)
        assert raised.value.code == "invalid_api_key" and raised.value.response.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", ["/v1/models", "/v1/tools", "/metrics", "/page/settings", "/nothing"])
    def test_whatever_is_somebodys_needs_it(self, serve: Serve, path: str):
        client = serve(keys=read_keys(f"lab:{KEY}")).http()
        assert code(client.get(path)) == (401, "invalid_api_key")
        assert client.get(path, headers={"Authorization": f"Bearer {KEY}"}).status_code in (200, 404)

    @pytest.mark.parametrize("path", ["/", "/static/page.js", "/healthz", "/readyz"])
    def test_the_page_and_the_probes_need_none(self, serve: Serve, path: str):
        assert serve(keys=read_keys(f"lab:{KEY}")).http().get(path).status_code in (200, 503)

    def test_a_path_that_climbs_out_of_an_open_one_finds_nothing(self, serve: Serve):
        running = serve(keys=read_keys(f"lab:{KEY}"))
        for path in ("/static/../metrics", "/static/%2e%2e/metrics", "/static/..%2f..%2fapp.py", "//metrics"):
            assert running.http().send(httpx.Request("GET", httpx.URL(f"{running.url}{path}"))).status_code in (401, 404), path


class TestPagesElsewhere:
    def test_another_host_name_is_not_answered_to(self, serve: Serve):
        client = serve().http()
        assert code(client.get("/v1/models", headers={"Host": "evil.example"})) == (403, "host_not_allowed")
        assert code(client.get("/v1/models", headers={"Host": "[::1"})) == (403, "host_not_allowed")
        assert client.get("/v1/models", headers={"Host": "localhost:8430"}).status_code == 200
        assert serve(hosts=("waam.lab",)).http().get("/v1/models", headers={"Host": "waam.lab"}).status_code == 200

    def test_with_keys_every_name_will_do_unless_some_are_named(self, serve: Serve):
        asked = {"Host": "waam.lab", "Authorization": f"Bearer {KEY}"}
        assert serve(keys=read_keys(f"lab:{KEY}")).http().get("/v1/models", headers=asked).status_code == 200
        assert serve(keys=read_keys(f"lab:{KEY}"), hosts=("other.lab",)).http().get("/v1/models", headers=asked).status_code == 403

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://[", "http://127.0.0.1:1", "http://localhost"])
    def test_a_page_of_another_site_drives_nothing(self, serve: Serve, origin: str):
        client = serve().http()
        reply = client.post(CHAT, json=ASK, headers={"Origin": origin})
        assert code(reply) == (403, "origin_not_allowed") and "access-control-allow-origin" not in reply.headers
        plain = client.post(CHAT, content="{}", headers={"Content-Type": "text/plain"})
        assert code(plain) == (415, "wrong_content_type"), "what a form of another page could send"

    def test_its_own_page_and_named_ones_may(self, serve: Serve):
        running = serve(origins=("https://chat.lab",))
        assert running.http().post(CHAT, json=ASK, headers={"Origin": running.url}).status_code == 200
        asked = {"Origin": "https://chat.lab", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        assert running.http().options(CHAT, headers=asked).headers["access-control-allow-origin"] == "https://chat.lab"
        reply = running.http().post(CHAT, json=ASK, headers={"Origin": "https://chat.lab"})
        assert reply.status_code == 200 and reply.headers["access-control-allow-origin"] == "https://chat.lab"

    def test_replies_carry_safe_headers(self, serve: Serve):
        headers = serve().http().get("/v1/models").headers
        assert headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers


def test_every_path_stands_in_the_documentation(serve: Serve):
    written = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
    paths = [re.sub(r"\{(\w+)\}", lambda part: part[1].upper(), route.path) for route in serve().app.routes]  # type: ignore[attr-defined]
    assert len(paths) > 10 and [path for path in paths if not re.search(rf"[` ]{re.escape(path)}[`?]", written)] == []


class TestMeasures:
    def test_too_many_requests_of_one_key_are_told_when_to_come_back(self, serve: Serve):
        running = serve(keys=read_keys(f"lab:{KEY},shop:{KEY[::-1]}"), requests_per_minute=2)
        lab = running.openai(KEY)
        for _ in range(2):
            lab.chat.completions.create(**ASK)
        with pytest.raises(openai.RateLimitError, match="2 requests in a minute") as raised:
            lab.chat.completions.create(**ASK)
        assert raised.value.code == "rate_limit_exceeded" and 0 < int(raised.value.response.headers["retry-after"]) <= 61
        assert running.openai(KEY[::-1]).chat.completions.create(**ASK).choices and lab.models.list().data, "others, and what costs nothing"

    def test_a_body_that_is_too_large_is_not_read(self, serve: Serve):
        client = serve(body_kb=2).http()
        long = {"model": "waam", "messages": [{"role": "user", "content": "x" * 3000}]}
        assert code(client.post(CHAT, json=long)) == (413, "too_large")

        def parts() -> Iterator[bytes]:
            for _ in range(30):
                yield b" " * 100

        assert code(client.post(CHAT, content=parts(), headers={"Content-Type": "application/json"})) == (413, "too_large")

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000, b"nul"])
    def test_what_is_no_json_is_one_sentence(self, serve: Serve, body: bytes):
        assert code(serve().http().post(CHAT, content=body, headers={"Content-Type": "application/json"})) == (400, "invalid_json")

    def test_what_is_not_there_is_said_in_the_same_form(self, serve: Serve):
        client = serve().http()
        assert code(client.get("/v1/embeddings")) == (404, "not_found") and code(client.get(CHAT)) == (405, "invalid_request")

    def test_a_defect_shows_no_trace(self, serve: Serve, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("agent.server.openai_api.models", lambda: 1 / 0)
        reply = serve().http().get("/v1/models")
        assert code(reply) == (500, "internal_error") and "Traceback" not in reply.text and "1 / 0" not in reply.text
