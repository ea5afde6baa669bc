"""POST /v1/chat/completions: the question into the line of turns, the answer out of it, whole or as events.

The language model's words are a draft until they are checked, and the check may replace all of them. So `content`, which every client takes
for the answer, is sent once and checked; what happens before is told beside it, in the field `waam`.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.errors import Busy
from agent.many.turns import Asked, Turns
from agent.openai_form import MODEL
from agent.server import openai_api
from agent.server.bodies import read_json
from agent.server.hearing import Hearing, outcome
from agent.server.refusals import Refused, busy
from agent.settings import Settings
from agent.state import Answer

DONE = b"data: [DONE]\n\n"
PING = b": still here\n\n"  # a comment, which every client of server-sent events skips


class Completions:
    """The endpoint, over one line of turns."""

    def __init__(self, turns: Turns, config: Settings) -> None:
        self._turns, self._config = turns, config

    async def create(self, request: Request) -> Response:
        wanted = openai_api.read(await read_json(request), self._config.limits.question_chars)
        hearing, stopping = Hearing(), getattr(request.app.state, "stopping", False)
        try:
            future = self._turns.submit(Asked(wanted.question, request.state.user, history=wanted.history), hearing)
        except Busy as full:
            raise busy(str(full), stopping) from None
        reply = openai_api.Reply()
        if wanted.stream:
            chunks = self._chunks(reply, hearing, future, wanted.include_usage)
            return StreamingResponse(chunks, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        answer = await self._answer(request, hearing, future)
        if answer.status == "error":
            return failed(answer).response(waam=openai_api.shown(answer))
        return JSONResponse(reply.whole(answer))

    async def _answer(self, request: Request, hearing: Hearing, future: "Future[Answer]") -> Answer:
        """Wait for the answer, and give it up when the client hangs up."""
        watch = asyncio.create_task(_hung_up(request, hearing, future))
        try:
            async with aclosing(hearing.events(future, self._config.http.timeout_s)) as events:
                async for _ in events:
                    pass
        finally:
            watch.cancel()
        return outcome(future)

    async def _chunks(self, reply: openai_api.Reply, hearing: Hearing, future: "Future[Answer]", include_usage: bool) -> AsyncIterator[bytes]:
        try:
            yield _data(reply.opening())
            async with aclosing(hearing.events(future, self._config.http.timeout_s)) as events:
                async for kind, text in events:
                    yield PING if kind == "ping" else _data(reply.event(kind, text))
            answer = outcome(future)
            if answer.status == "error":
                yield _data(failed(answer).body() | {"waam": openai_api.shown(answer)})
            else:
                for chunk in reply.closing(answer, include_usage):
                    yield _data(chunk)
        except Refused as refused:
            yield _data(refused.body())
        finally:
            hearing.leave(future)
        yield DONE


def failed(answer: Answer) -> Refused:
    """A turn that ended in an error, which is no answer to show as one."""
    return Refused(500, "turn_failed", answer.answer)


async def _hung_up(request: Request, hearing: Hearing, future: "Future[Answer]") -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    hearing.leave(future)


def _data(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


async def list_models(request: Request) -> Response:
    """GET /v1/models."""
    return JSONResponse(openai_api.models())


async def one_model(request: Request) -> Response:
    """GET /v1/models/NAME."""
    if (name := request.path_params["name"]) != MODEL:
        raise Refused(404, "model_not_found", f"This server offers the model {MODEL}, not {name[:60]!r}.")
    return JSONResponse(openai_api.model())
