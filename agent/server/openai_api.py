"""The OpenAI form of a chat completion: what a request says, and replies and chunks made of an Answer. Knows nothing of HTTP or turns.

`waam` is an extra field: in a reply and in the last chunk that has a choice the object of `waam ask --json`, in a chunk before that
{"event": "waiting" | "progress" | "draft", "text": …}.
"""

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.server.refusals import Refused
from agent.state import Answer, Message

MODEL = "waam"


class _Line(BaseModel):
    role: str
    content: str | list[dict[str, Any]] | None = None


class _StreamOptions(BaseModel):
    include_usage: bool | None = False


class _Body(BaseModel):
    """What is read of a request; all else is ignored."""

    model_config = ConfigDict(extra="ignore")
    model: str
    messages: list[_Line]
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


def read(body: Any) -> Request:
    """The request that a parsed body is. Raises Refused, one sentence."""
    try:
        found = _Body.model_validate(body)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise _bad("invalid_request", f"{where} cannot be read: {first['msg'][:1].lower()}{first['msg'][1:]}.") from None
    _refuse_what_would_change_the_reply(found)
    lines = [
        Message(role=line.role, content=_text(line.content))  # type: ignore[typeddict-item]
        for line in found.messages
        if _is_said(line.role)
    ]
    if not lines or lines[-1]["role"] != "user":
        raise _bad("invalid_request", "The last of the messages must be the user's; it is the question.")
    include = bool(found.stream_options and found.stream_options.include_usage)
    return Request(lines[-1]["content"], tuple(lines[:-1]), bool(found.stream), include)


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


def _is_said(role: str) -> bool:
    if role in ("system", "developer"):
        return False
    if role not in ("user", "assistant"):
        raise _bad("invalid_request", f"Messages of the role {role[:40]!r} cannot be read; send those of user and assistant.")
    return True


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    texts = [part.get("text", part.get("refusal")) for part in content if part.get("type") in ("text", "input_text", "output_text", "refusal")]
    if len(texts) < len(content) or not all(isinstance(text, str) for text in texts):
        raise _bad("unsupported_content", "Only text can be read, no images, sound or files; describe in words what they show.")
    return " ".join(str(text) for text in texts)


def _bad(code: str, words: str) -> Refused:
    return Refused(400, code, words)


@dataclass(frozen=True)
class Reply:
    """The reply to one request, whole or in chunks, under one id."""

    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": answer.answer, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return self._head("chat.completion") | {"choices": [choice], "usage": usage(answer), "waam": shown(answer)}

    def opening(self) -> dict[str, Any]:
        return self._chunk({"role": "assistant", "content": ""})

    def event(self, kind: str, text: str) -> dict[str, Any]:
        return self._chunk({}) | {"waam": {"event": kind, "text": text}}

    def closing(self, answer: Answer, include_usage: bool) -> list[dict[str, Any]]:
        """The checked answer, its end with the evidence, and the tokens if they are wanted."""
        chunks = [self._chunk({"content": answer.answer}), self._chunk({}, "stop") | {"waam": shown(answer)}]
        if include_usage:
            chunks.append(self._head("chat.completion.chunk") | {"choices": [], "usage": usage(answer)})
        return chunks

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
        return self._head("chat.completion.chunk") | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL}


def usage(answer: Answer) -> dict[str, int]:
    """The language model's tokens, of all its calls in the turn; zeros where it was not asked."""
    prompt, completion = (answer.usage.get(f"{kind}_tokens", 0) for kind in ("prompt", "completion"))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def shown(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(mode="json")


def models() -> dict[str, Any]:
    """What GET /v1/models lists."""
    return {"object": "list", "data": [model()]}


def model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "waam"}
