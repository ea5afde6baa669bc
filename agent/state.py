"""What a turn carries from node to node, and the answer it ends with (DESIGN's JSON contract)."""

import operator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

from tools.result import Passage, ToolResult

_NOTE = "Note: "
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
    """A tool that ran (or refused), with canonical arguments. `bad_input`: the error is the input's fault; it is not part of the object that is
    printed."""

    id: str
    name: str
    args: dict[str, Any]
    result: ToolResult | None = None
    error: str | None = None
    ms: float = 0.0
    bad_input: bool = Field(default=False, exclude=True)


class Citation(BaseModel):
    """A passage the answer cites."""

    id: str
    document: str
    title: str
    source: str
    ref: str
    quote: str


class Checks(BaseModel):
    """What was verified about the answer; an answer without numbers or marks (a question back) has none that are wrong."""

    numbers_supported: bool = True
    citations_valid: bool = True
    supported_sentences: tuple[int, int] = (0, 0)
    composer: Literal["llm", "template"] = "template"


class Answer(BaseModel):
    """The object that `waam ask --json` prints. `answer` ends with its notes, a line for each: what to mind about it."""

    status: Status
    answer: str
    tool_calls: list[ToolCall] = []
    citations: list[Citation] = []
    checks: Checks = Checks()
    model: dict[str, str | None] = {}
    usage: dict[str, int] = {}
    timings_ms: dict[str, float] = {}

    @property
    def said(self) -> str:
        """The answer without its notes."""
        return self.answer.partition(f"\n\n{_NOTE}")[0]

    @property
    def notes(self) -> list[str]:
        """What to mind about it, in one sentence or a few each."""
        notes = self.answer.partition(f"\n\n{_NOTE}")[2]
        return notes.split(f"\n{_NOTE}") if notes else []

    @property
    def unusable(self) -> bool:
        """Whether nothing could be said because of what was asked or given, as against something that broke."""
        return self.status == "refused" or (self.status == "error" and bool(self.tool_calls) and all(call.bad_input for call in self.tool_calls))


def noted(notes: list[str]) -> str:
    """What the notes add to an answer."""
    return "\n\n" + "\n".join(f"{_NOTE}{note}" for note in notes) if notes else ""


class Grounded(BaseModel):
    """Calls with canonical arguments, or one question back. `carried`: settings taken from earlier messages;
    `unused`: quantities of the question that no word tied to a setting; `open`: what other tools still need; `taken`: how what was said
    without its name was understood."""

    calls: list[tuple[str, dict[str, float | str]]] = []
    question: str | None = None
    carried: list[str] = []
    unused: list[str] = []
    open: list[str] = []
    taken: list[str] = []


class Verdict(BaseModel):
    """Outcome of a check; `fault` says in a few words what is wrong, for the repair."""

    numbers_supported: bool = True
    citations_valid: bool = True
    supported: int = 0
    sentences: int = 0
    faults: list[str] = []

    @property
    def ok(self) -> bool:
        return self.sentences > 0 and not self.faults

    @property
    def fault(self) -> str:
        return " ".join(self.faults[:3]) or "It says nothing."


class Turn(TypedDict, total=False):
    """The graph's state. `messages` is the conversation and is kept by the checkpointer; the rest is this turn's.
    `files` were given with this question by someone at this machine, `open_files` are those of the conversation (agent.attached.files).
    `outside` says that who reads the answer sits elsewhere, and learns no address and no text of a defect.
    `degraded` says why the language model could not be used; empty while it could."""

    messages: Annotated[list[Message], operator.add]
    question: str
    files: list[str]
    open_files: list[str]
    outside: bool
    planned: list[PlannedCall]
    grounded: Grounded
    calls: list[ToolCall]
    passages: list[Passage]
    notes: list[str]
    draft: str
    composer: Literal["llm", "template"]
    verdict: Verdict | None
    fault: str
    repairs: int
    degraded: str
    status: Status
    answer: Answer | None
    usage: dict[str, int]
    timings_ms: dict[str, float]
    started: float
