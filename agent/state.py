"""What a turn carries from node to node, and the answer it ends with (DESIGN's JSON contract)."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from pydantic import BaseModel

from tools.result import Passage, ToolResult

Status = Literal["answered", "clarify", "abstained", "refused", "degraded", "error"]


class Message(TypedDict):
    """One line of the conversation as people see it."""

    role: Literal["user", "assistant"]
    content: str


class PlannedCall(BaseModel):
    """A tool the router wants, with the argument text as it wrote it."""

    name: str
    argument: str = ""


class ToolCall(BaseModel):
    """A tool that ran (or refused), with canonical arguments."""

    id: str
    name: str
    args: dict[str, Any]
    result: ToolResult | None = None
    error: str | None = None
    ms: float = 0.0


class Citation(BaseModel):
    """A passage the answer cites."""

    id: str
    document: str
    title: str
    source: str
    ref: str
    quote: str


class Checks(BaseModel):
    """What was verified about the answer."""

    numbers_supported: bool = True
    citations_valid: bool = True
    supported_sentences: tuple[int, int] = (0, 0)
    composer: Literal["llm", "template"] = "template"


class Answer(BaseModel):
    """The object that `waam ask --json` prints."""

    status: Status
    answer: str
    tool_calls: list[ToolCall] = []
    citations: list[Citation] = []
    checks: Checks = Checks()
    model: dict[str, str | None] = {}
    usage: dict[str, int] = {}
    timings_ms: dict[str, float] = {}


class Turn(TypedDict, total=False):
    """The graph's state. `messages` is the conversation and is kept by the checkpointer; the rest is this turn's."""

    messages: Annotated[list[Message], operator.add]
    question: str
    planned: list[PlannedCall]
    degraded: bool
    carried: list[str]
    calls: list[ToolCall]
    passages: list[Passage]
    draft: str
    composer: Literal["llm", "template"]
    status: Status
    answer: Answer
    usage: dict[str, int]
    timings_ms: dict[str, float]
    started: float

