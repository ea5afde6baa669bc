"""Reading what a request brings, within a time: bodies of JSON, and forms with files."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from agent.server.refusals import Refused

BODY_S = 30.0  # a client that sends more slowly holds a connection for nothing
T = TypeVar("T")


async def read_json(request: Request) -> Any:
    """The body as JSON. Raises Refused, one sentence."""
    _of_kind(request, "application/json")
    raw = await within(request.body())
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(400, "invalid_json", "The body is no valid JSON; see docs/http.md for an example.") from None


async def read_form(request: Request, files: int, fields: int) -> FormData:
    """A form with at most so many files and fields. Raises Refused, one sentence."""
    _of_kind(request, "multipart/form-data")
    try:
        return await within(request.form(max_files=files, max_fields=fields, max_part_size=10_000))
    except HTTPException as broken:
        raise Refused(400, "invalid_form", f"The form cannot be read: {broken.detail}") from None


def _of_kind(request: Request, kind: str) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise Refused(415, "wrong_content_type", f"Send this with the header `Content-Type: {kind}`.")


async def within(body: Awaitable[T]) -> T:
    """What `body` gives, if it does in time. Raises Refused, one sentence."""
    try:
        return await asyncio.wait_for(body, BODY_S)
    except TimeoutError:
        raise Refused(408, "too_slow", f"The body did not come within {BODY_S:g} s; send it again.") from None
