"""Slack's requests over HTTP, as starlette and uvicorn take them; Bolt verifies signature and time."""

import socket
from threading import Event, Thread

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PATH = "/slack/events"
MOST = 2**20  # bytes of a request; Slack's own are far smaller


def application(app: App) -> Starlette:
    """PATH, and /healthz."""

    async def events(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST:
                return PlainTextResponse("Too large", 413)
        # not the adapter's own handler: that waits for Bolt, and so for the journal, in the event loop
        return to_starlette_response(await run_in_threadpool(app.dispatch, to_bolt_request(request, body)))

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route(PATH, events, methods=["POST"]), Route("/healthz", healthz)])


def serve(app: App, bound: socket.socket, stop: Event) -> None:
    """Serve at `bound` until `stop` is set."""
    config = uvicorn.Config(
        application(app), log_level="critical", access_log=False, server_header=False, proxy_headers=False, ws="none", lifespan="off",
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [bound]}, name="slack-http")  # beside the main thread it leaves the signals to us
    thread.start()
    stop.wait()
    server.should_exit = True
    thread.join()
