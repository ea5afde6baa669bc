"""The OpenAI interface: what a request wants, and the reply and its chunks made of an Answer. Knows nothing of HTTP or turns; what messages and
answers look like is agent.openai_form's.

`waam` is an extra field: in a reply and in the last chunk that has a choice the object of `waam ask --json`, in a chunk before that
{"event": "waiting" | "progress" | "draft", "text": …}.
"""

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import BadInput
from agent.openai_form import MODEL, completion, first_fault, head, said, usage
from agent.server.refusals import Refused
from agent.state import Answer, Message


class _StreamOptions(BaseModel):
    include_usage: bool | None = False


class _Body(BaseModel):
    """What is read of a request; all else is ignored."""

    model_config = ConfigDict(extra="ignore")
    model: str
    messages: Any
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    n: int | None = 1
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = False
    modalities: list[str] | None = None


@dataclass(frozen=True)
class Request:
    """A question, what came before it, and how the reply is wanted."""

    question: str
    history: tuple[Message, ...]
    stream: bool
    include_usage: bool


def read(body: Any, most: int) -> Request:
    """The request that a parsed body is; `most` characters may each of the user's earlier messages have. Raises Refused, one sentence."""
    try:
        found = _Body.model_validate(body)
    except ValidationError as wrong:
        raise _bad("invalid_request", first_fault(wrong)) from None
    _refuse_what_would_change_the_reply(found)
    try:
        asked = said(found.messages, most=most)
    except BadInput as wrong:
        raise _bad("invalid_request", str(wrong)) from None
    if asked.refusal:
        raise _bad("unsupported_content", asked.refusal)
    include = bool(found.stream_options and found.stream_options.include_usage)
    return Request(asked.question, asked.history, bool(found.stream), include)


def _refuse_what_would_change_the_reply(body: _Body) -> None:
    if body.model != MODEL:
        raise Refused(404, "model_not_found", f"This server offers the model {MODEL}, not {body.model[:60]!r}.")
    unserved = {
        "n": body.n not in (None, 1),
        "tools": bool(body.tools) and body.tool_choice != "none",
        "functions": bool(body.functions),
        "response_format": body.response_format is not None and body.response_format.get("type") != "text",
        "logprobs": bool(body.logprobs),
        "modalities": body.modalities not in (None, [], ["text"]),
    }
    if names := [name for name, asked in unserved.items() if asked]:
        why = "one checked text answer is all that is given, with this server's own tools"
        raise _bad("unsupported_parameter", f"{' and '.join(names)} cannot be used here: {why}; leave it out.")


def _bad(code: str, words: str) -> Refused:
    return Refused(400, code, words)


@dataclass(frozen=True)
class Reply:
    """The reply to one request, whole or in chunks, under one id."""

    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> dict[str, Any]:
        return completion(shown(answer), self.id, self.created)

    def opening(self) -> dict[str, Any]:
        return self._chunk({"role": "assistant", "content": ""})

    def event(self, kind: str, text: str) -> dict[str, Any]:
        return self._chunk({}) | {"waam": {"event": kind, "text": text}}

    def closing(self, answer: Answer, include_usage: bool) -> list[dict[str, Any]]:
        """The checked answer, its end with the evidence, and the tokens if they are wanted."""
        chunks = [self._chunk({"content": answer.answer}), self._chunk({}, "stop") | {"waam": shown(answer)}]
        if include_usage:
            chunks.append(self._head() | {"choices": [], "usage": usage(shown(answer))})
        return chunks

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
        return self._head() | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]}

    def _head(self) -> dict[str, Any]:
        return head("chat.completion.chunk", self.id, self.created)


def shown(answer: Answer) -> dict[str, Any]:
    """The object of `waam ask --json`."""
    return answer.model_dump(mode="json")


def models() -> dict[str, Any]:
    """What GET /v1/models lists."""
    return {"object": "list", "data": [model()]}


def model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "waam"}
