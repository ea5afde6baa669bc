"""A Slack that runs here: its Web API and its files over HTTP, Socket Mode over a websocket, and what a channel looks like afterwards.

Tests talk to it as to the real one, on the loopback. It knows the calls that the assistant makes and answers any other with `unknown_method`.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

TEAM, BOT, BOT_ID, USER, CHANNEL, DIRECT = "T1", "UBOT", "BBOT", "U1", "C1", "D1"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-1", "xapp-1", "signing secret"
LONG = 120.0  # seconds; only a test that fails waits so long
Payload = dict[str, Any]


@dataclass
class Posted:
    """A message as it stands in a channel: `said` holds every text that it has shown, the last one last."""

    channel: str
    ts: str
    thread_ts: str | None
    said: list[str]
    blocks: list[Payload] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that its blocks show."""
        return "\n".join(shown(block) for block in self.blocks) or self.said[-1]

    def button(self, name: str) -> Payload:
        return next(each for block in self.blocks if block["type"] == "actions" for each in block["elements"] if each["action_id"] == name)


def shown(block: Payload) -> str:
    texts = [block["text"]["text"]] if "text" in block else []
    return "\n".join([*texts, *(each["text"] for each in block.get("elements", []) if isinstance(each.get("text"), str))])


class FakeSlack:
    """`calls`: every API call with its arguments. `failures`: by method, (status, headers, body) of the next calls. `files`: what lies at
    `file_url(name)`. Use it as a context manager."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Payload]] = []
        self.channel: dict[tuple[str, str], Posted] = {}
        self.failures: dict[str, list[tuple[int, dict[str, str], Payload]]] = {}
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self.acknowledged: dict[str, tuple[float, Payload]] = {}
        self.happened = Condition()
        self.model_asked, self.model_may_answer = Event(), Event()  # a language model beside it, see do_POST
        self._ids = count(1)
        self._connections: list[ServerConnection] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._socket = serve(self._talk, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> "FakeSlack":
        Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        Thread(target=self._socket.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.model_may_answer.set()
        self._socket.shutdown()
        self._http.shutdown()
        self._http.server_close()

    # what happens in Slack

    def event(self, text: str, kind: str = "message", channel: str = CHANNEL, ts: str | None = None, **more: Any) -> Payload:
        """An event as the Events API sends it; `ts` makes it the same message as another event's."""
        ts = ts or self.new_ts()
        event = {"type": kind, "channel": channel, "user": USER, "text": text, "ts": ts, "team": TEAM, "event_ts": ts}
        event |= {"channel_type": "im" if channel.startswith("D") else "channel"} if kind == "message" else {}
        return {"type": "event_callback", "event_id": f"Ev{next(self._ids)}", "team_id": TEAM, "api_app_id": "A1", "event": event | more}

    def mention(self, text: str, **more: Any) -> Payload:
        return self.event(f"<@{BOT}> {text}", kind="app_mention", **more)

    def press(self, posted: Posted, button: str) -> Payload:
        message = {"ts": posted.ts, "thread_ts": posted.thread_ts}
        return self._interaction("block_actions") | {
            "actions": [posted.button(button) | {"block_id": "about", "action_ts": self.new_ts()}], "message": message,
            "channel": {"id": posted.channel},
            "container": {"type": "message", "channel_id": posted.channel, "message_ts": posted.ts},
        }  # fmt: skip

    def shortcut(self, text: str, ts: str) -> Payload:
        return self._interaction("message_action") | {
            "callback_id": "analyse_note", "action_ts": self.new_ts(), "channel": {"id": CHANNEL}, "message": {"ts": ts, "text": text, "user": "U2"},
        }  # fmt: skip

    def send_view(self, view: Payload, **values: Payload) -> Payload:
        """The window that was opened, sent with these values by the names of its blocks."""
        state = {name: {"value": value} for name, value in values.items()}
        return self._interaction("view_submission") | {"view": view | {"id": "V1", "state": {"values": state}}}

    def command(self, text: str, channel: str = CHANNEL) -> Payload:
        return {
            "command": "/waam", "text": text, "team_id": TEAM, "channel_id": channel, "user_id": USER, "trigger_id": f"t{next(self._ids)}",
            "response_url": f"{self.url}/respond",
        }  # fmt: skip

    def _interaction(self, kind: str) -> Payload:
        return {
            "type": kind, "team": {"id": TEAM}, "user": {"id": USER, "team_id": TEAM}, "trigger_id": f"t{next(self._ids)}", "api_app_id": "A1",
            "response_url": f"{self.url}/respond",
        }  # fmt: skip

    def file(self, name: str, content: bytes, **more: Any) -> Payload:
        """A file as it is in a message's `files`."""
        self.files[name] = content
        return {"id": f"F{next(self._ids)}", "name": name, "size": len(content), "url_private_download": f"{self.url}/files/{name}"} | more

    # how it is delivered

    def deliver(self, payload: Payload, retry: int = 0) -> str:
        """Send it over the websocket; the id of its envelope."""
        self.wait_for(self.connected, "no assistant has connected")
        kind = "events_api" if "event" in payload else "slash_commands" if "command" in payload else "interactive"
        envelope = f"E{next(self._ids)}"
        sent = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        self._connections[-1].send(json.dumps(sent | ({"retry_attempt": retry, "retry_reason": "timeout"} if retry else {})))
        return envelope

    def ack(self, payload: Payload, retry: int = 0) -> tuple[float, Payload]:
        """Deliver, and wait for the acknowledgement: the seconds that it took, and what it says."""
        begun = time.monotonic()
        envelope = self.deliver(payload, retry)
        self.wait_for(lambda: envelope in self.acknowledged, "not acknowledged")
        at, said = self.acknowledged[envelope]
        return at - begun, said

    def connected(self) -> bool:
        return bool(self._connections)

    def hang_up(self) -> None:
        """Close every connection, as Slack does now and then; who listens on it need not wait for its time to run out."""
        for connection in list(self._connections):
            connection.close()

    def wait_for(self, condition: Callable[[], Any], otherwise: str) -> Any:
        with self.happened:
            seen = [each.text for each in self.channel.values()] if not self.happened.wait_for(condition, LONG) else []
            assert condition(), f"{otherwise}; the calls were {[method for method, _ in self.calls]}, and one sees {seen}"
            return condition()

    # what one sees

    def posted(self, *words: str, thread: str | None = None) -> Posted:
        """The message that comes to show all these words (in that thread)."""

        def found() -> Posted | None:
            fitting = (each for each in self.channel.values() if thread in (None, each.thread_ts))
            return next((each for each in fitting if all(word in each.text for word in words)), None)

        return self.wait_for(found, f"nobody said {words}")

    def finished(self) -> Posted:
        """The first message that comes to have buttons."""
        return self.wait_for(lambda: next((m for m in self.channel.values() if any(b["type"] == "actions" for b in m.blocks)), None), "no answer")

    def made(self, method: str) -> list[Payload]:
        return [arguments for name, arguments in self.calls if name == method]

    def new_ts(self) -> str:
        return f"17{next(self._ids):08}.000100"

    # the servers

    def call(self, method: str, arguments: Payload) -> tuple[int, dict[str, str], Payload]:
        with self.happened:
            self.calls.append((method, arguments))
            self.happened.notify_all()
            if self.failures.get(method):
                return self.failures[method].pop(0)
            answer = getattr(self, "_" + method.replace(".", "_"), lambda arguments: {"ok": False, "error": "unknown_method"})(arguments)
            self.happened.notify_all()
            return 200, {}, {"ok": True, **answer}

    def _auth_test(self, _: Payload) -> Payload:
        return {"url": self.url, "team": "Welders", "user": "waam", "team_id": TEAM, "user_id": BOT, "bot_id": BOT_ID}

    def _apps_connections_open(self, _: Payload) -> Payload:
        return {"url": f"ws://127.0.0.1:{self._socket.socket.getsockname()[1]}/"}

    def _chat_postMessage(self, said: Payload) -> Payload:
        self._check(said)
        ts = self.new_ts()
        self.channel[said["channel"], ts] = Posted(said["channel"], ts, said.get("thread_ts"), [said["text"]], said.get("blocks") or [])
        return {"channel": said["channel"], "ts": ts}

    def _chat_update(self, said: Payload) -> Payload:
        self._check(said)
        posted = self.channel[said["channel"], said["ts"]]
        posted.blocks = said.get("blocks") or []
        posted.said.append(posted.text if posted.blocks else said["text"])
        return {"channel": said["channel"], "ts": said["ts"]}

    def _check(self, said: Payload) -> None:
        """Slack's limits, as its documentation has them."""
        blocks = said.get("blocks") or []
        assert len(blocks) <= 50 and len(said["text"]) <= 40_000 and said["text"]
        for block in blocks:
            assert 1 <= len(shown(block)) <= 3000 or block["type"] == "actions", block

    def _chat_postEphemeral(self, _: Payload) -> Payload:
        return {"message_ts": self.new_ts()}

    def _views_open(self, asked: Payload) -> Payload:
        assert len(asked["view"]["blocks"]) <= 100 and len(asked["view"]["title"]["text"]) <= 24
        return {"view": asked["view"]}

    def _files_getUploadURLExternal(self, asked: Payload) -> Payload:
        return {"upload_url": f"{self.url}/upload/{asked['filename']}", "file_id": f"F-{asked['filename']}"}

    def _files_completeUploadExternal(self, asked: Payload) -> Payload:
        return {"files": asked["files"] if isinstance(asked["files"], list) else json.loads(asked["files"])}

    def _files_info(self, asked: Payload) -> Payload:
        return {"file": {"id": asked["file"], "url_private_download": f"{self.url}/files/{asked['file']}"}}

    def _talk(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            connection.send(json.dumps({"type": "hello", "num_connections": 1}))
            with self.happened:
                self._connections.append(connection)
                self.happened.notify_all()
            for text in connection:
                answer = json.loads(text)
                with self.happened:
                    self.acknowledged[answer["envelope_id"]] = (time.monotonic(), answer.get("payload") or {})
                    self.happened.notify_all()
        with self.happened:  # the next assistant is another connection
            if connection in self._connections:
                self._connections.remove(connection)


def _handler(slack: FakeSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path.startswith("/files/"):
                content = slack.files.get(address.path.removeprefix("/files/"))
                if content is None or self.headers.get("Authorization") != f"Bearer {BOT_TOKEN}":
                    self._answer(200, {"Content-Type": "text/html"}, b"<html>Sign in</html>")  # as Slack does
                else:
                    self._answer(200, {"Content-Type": "text/csv"}, content)
            else:
                self._api({name: values[0] for name, values in parse_qs(address.query).items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = self.headers.get("Content-Type") or ""
            if self.path.startswith("/upload/"):
                slack.uploads[self.path.removeprefix("/upload/")] = body
                self._answer(200, {}, b"OK")
            elif self.path == "/respond":
                slack.call("respond", json.loads(body))
                self._answer(200, {}, b"ok")
            elif self.path.startswith("/llm/"):
                slack.model_asked.set()
                slack.model_may_answer.wait(LONG)
                self._answer(503, {}, b"{}")
            elif kind.startswith("application/json"):
                self._api(json.loads(body))
            else:
                self._api({name: values[0] for name, values in parse_qs(body.decode()).items()})

        def _api(self, arguments: Payload) -> None:
            status, headers, answer = slack.call(urlsplit(self.path).path.removeprefix("/api/"), arguments)
            self._answer(status, headers | {"Content-Type": "application/json"}, json.dumps(answer).encode())

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            try:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:  # the assistant was killed
                pass

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
