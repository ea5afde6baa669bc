"""What every request passes first: the name it was sent to, the page it comes from, its key, how often and how much.

A page that somebody reads elsewhere can send requests to a server on his own machine. It cannot read the answers, but it could make the
server work, and by a name that it makes point to 127.0.0.1 it could read them too. So without keys only the loopback names are answered to,
and what a browser sends from another page is refused unless that page is named in WAAM_HTTP__ORIGINS.
"""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.many.allowance import Allowance
from agent.server.keys import Keys, is_loopback
from agent.server.metrics import Metrics
from agent.server.refusals import Refused
from agent.settings import HttpSettings

OPEN = ("/", "/healthz", "/readyz")  # nothing behind these is anybody's
OPEN_BELOW = ("/static/", "/reports/")  # a report's path has a secret of its own, since a frame sends no key
UPLOADS = ("/page/data-report",)
HEADERS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}  # fmt: skip


class Gate:
    """An ASGI middleware. Behind it, `request.state.user` is the name of the key, or without keys the address that asks;
    `request.state.known` is whether it may hear details."""

    def __init__(self, app: ASGIApp, keys: Keys, config: HttpSettings, metrics: Metrics) -> None:
        self.app, self._keys, self._config, self._metrics = app, keys, config, metrics
        self._allowance = Allowance("requests", config.requests_per_minute)
        self._hosts, self._origins = set(config.hosts), {each.rstrip("/") for each in config.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                self._metrics.responded(message["status"])
            await send(message)

        try:
            self._look(request)
            most = self._most(request)
        except Refused as refused:
            await refused.response()(scope, receive, answer)
        else:
            await self.app(scope, _counted(receive, most), answer)

    def _look(self, request: Request) -> None:
        """Raises Refused for a request that is not let in."""
        netloc, name = _address(f"//{request.headers.get('host', '')}")
        if not (name in self._hosts or (self._keys and not self._hosts) or is_loopback(name)):
            raise Refused(403, "host_not_allowed", "This server does not answer to that host name; add it to WAAM_HTTP__HOSTS.")
        origin = request.headers.get("origin")
        if origin is not None and origin not in self._origins and _address(origin)[0] != netloc:
            raise Refused(403, "origin_not_allowed", "A page of another site may not ask here; add its origin to WAAM_HTTP__ORIGINS.")
        path = request.scope["path"]
        whose = self._keys.name_of(request.headers.get("authorization")) if self._keys else None
        if self._keys and whose is None and path not in OPEN and not path.startswith(OPEN_BELOW):
            raise Refused(401, "invalid_api_key", "This needs a key of this server, sent as `Authorization: Bearer …`.")
        request.state.known = whose is not None or not self._keys
        request.state.user = whose or (request.client.host if request.client else "somebody")
        if request.method == "POST" and (refusal := self._allowance.refusal(request.state.user)):
            raise Refused(429, "rate_limit_exceeded", refusal.words, again_s=refusal.again_s)

    def _most(self, request: Request) -> int:
        """The bytes that the body may have. Raises Refused where it says that it has more."""
        most = self._config.upload_mb * 1_000_000 if request.scope["path"] in UPLOADS else self._config.body_kb * 1000
        stated = request.headers.get("content-length", "0")
        if stated.isdecimal() and int(stated) > most:
            raise _too_large(most)
        return most


def _address(url: str) -> tuple[str, str]:
    """Host and port as they are written, and the host alone; empty where it is no address."""
    try:
        parts = urlsplit(url)
        return parts.netloc, parts.hostname or ""
    except ValueError:
        return "", ""


def _counted(receive: Receive, most: int) -> Receive:
    """`receive`, which raises Refused once more than `most` bytes have come: not every request states its length."""
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b"")) if message["type"] == "http.request" else 0
        if seen > most:
            raise _too_large(most)
        return message

    return count


def _too_large(most: int) -> Refused:
    return Refused(413, "too_large", f"The request has more than the {most:,} bytes that are read; send less.")
