"""Slack's requests over HTTP, as starlette and uvicorn take them; Bolt verifies signature and time."""

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent.errors import WaamError
from agent.server.bodies import within
from agent.server.options import options
from agent.server.refusals import Refused

PATH = "/slack/events"
MOST = 2**19  # bytes of a request, which are read before its signature can be checked; Slack's own are smaller
STOP_S = 3.0  # what Slack waits for an acknowledgement


def application(app: App) -> Starlette:
    """PATH, and /healthz."""

    async def events(request: Request) -> Response:
        try:
            body = await within(_body(request))
        except Refused as refused:
            return PlainTextResponse(str(refused), refused.status)
        # not the adapter's own handler: that waits for Bolt, and so for the journal, in the event loop
        return to_starlette_response(await run_in_threadpool(app.dispatch, to_bolt_request(request, body)))

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route(PATH, events, methods=["POST"]), Route("/healthz", healthz)])


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST:
            raise Refused(413, "too_large", f"The request has more than the {MOST:,} bytes that are read.")
    return bytes(body)


def serve(app: App, bound: socket.socket, stop: Event) -> None:
    """Serve at `bound` until `stop` is set. Raises WaamError where the server ends before that."""
    server = uvicorn.Server(options(application(app), STOP_S))
    with ThreadPoolExecutor(1, "slack-http") as beside:  # beside the main thread it leaves the signals to us
        serving = beside.submit(server.run, [bound])
        serving.add_done_callback(lambda _: stop.set())
        stop.wait()
        early = serving.done()
        server.should_exit = True
    serving.result()
    if early:
        raise WaamError("The HTTP server of `waam slack` has ended by itself; start it again, with --debug to see why.")
