"""What users say about an answer, with the turn that it is about: a person looks at it, and the language model can learn from it.

Knows nothing of terminals: the chat, and any other front end, hands over what was said and the state that the graph keeps of the conversation.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from agent.attribute import attribute
from agent.check import check
from agent.compose import SHOWN_PASSAGES
from agent.errors import BadInput
from agent.route import NO_TOOL
from agent.settings import Limits
from agent.state import Message, PlannedCall, Status, ToolCall
from tools.registry import TOOLS
from tools.result import Passage

HOW = (
    "/feedback good or /feedback bad judges the last answer, with a comment behind it if you like; /feedback tools NAME [NAME…] names the tools "
    "that would have been right, /feedback answer TEXT gives the answer that would have been."
)


class Said(BaseModel):
    """A user's word on a turn. `tools` and `answer` are what would have been right, empty where the user did not say; they go with `bad`."""

    verdict: Literal["good", "bad"]
    comment: str = ""
    tools: list[str] = []
    answer: str = ""


class Feedback(Said):
    """A word with the turn that it is about. `place`: how many lines of the conversation came before; `history`: those of them that the
    router read; `planned`: with the argument text as the model wrote it; `draft`: the answer before notes were added; `approved`: None
    until somebody has looked at it."""

    id: int = 0
    when: datetime = Field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    thread: str
    approved: bool | None = None
    question: str
    place: int = 0
    history: list[Message] = []
    planned: list[PlannedCall] = []
    calls: list[ToolCall] = []
    passages: list[Passage] = []
    draft: str
    status: Status = "answered"
    composer: Literal["llm", "template"] = "template"
    llm: str | None = None
    adapter: str | None = None

    @property
    def turn(self) -> str:
        """Equal for words on the same turn. A question that is asked again later in the conversation is another one."""
        return hashlib.sha256(json.dumps([self.thread, self.place, self.question, self.draft]).encode()).hexdigest()

    @property
    def teaches(self) -> bool:
        """Whether it says what would be right: that an answer was bad alone says nothing of the kind."""
        return self.verdict == "good" or bool(self.tools or self.answer)

    def after(self, earlier: "Feedback") -> "Feedback":
        """This word on top of an earlier one: added to it where both judge alike (`bad`, then the right tools, then the right answer), in its
        place where they do not."""
        if self.verdict != earlier.verdict:
            return self
        return self.model_copy(update={name: getattr(self, name) or getattr(earlier, name) for name in ("comment", "tools", "answer")})


def parse(text: str) -> Said:
    """What stands behind `/feedback`. Raises BadInput, one sentence, for what is no feedback."""
    kind, _, rest = re.sub(r"\s", " ", text.strip(), count=1).partition(" ")
    rest = rest.strip()
    match kind.lower():
        case "good" | "bad":
            return Said(verdict="good" if kind.lower() == "good" else "bad", comment=rest)
        case "tools":
            names = list(dict.fromkeys(name.lower() for name in re.split(r"[\s,;]+", rest) if name))
            if not names:
                raise BadInput(f"Name the tools that would have been right behind it, of {_known()}.")
            return Said(verdict="bad", tools=names)
        case "answer":
            if not rest:
                raise BadInput("Write the answer that would have been right behind it.")
            return Said(verdict="bad", answer=rest)
        case "":
            raise BadInput(HOW)
    raise BadInput(f"{kind[:30]!r} is no feedback: {HOW}")


def of_turn(values: Mapping[str, Any], said: Said, thread: str, limits: Limits) -> Feedback:
    """`said` with the last turn of a conversation, of which `values` are the graph's state. An answer of the user's gets marks as a model's
    does. Raises BadInput, one sentence, where there is no turn, for a tool that nobody knows, and for an answer that does not pass the check."""
    if values.get("answer") is None:  # nothing asked yet, or the last turn was stopped
        raise BadInput("There is no answer yet to give feedback on; ask something first.")
    said = said.model_copy(update={"comment": _clean(said.comment, "comment", limits), "answer": _clean(said.answer, "answer", limits)})
    if unknown := [name for name in said.tools if name not in (*TOOLS, *NO_TOOL)]:
        raise BadInput(f"There is no tool {unknown[0][:40]!r}; the tools are {_known()}.")
    if len(said.tools) > 1 and (none := [name for name in said.tools if name in NO_TOOL]):
        raise BadInput(f"{none[0]} means that no tool is called; name it alone.")
    shown = values["passages"][:SHOWN_PASSAGES]
    if said.answer:
        said = said.model_copy(update={"answer": _checked(said.answer, values["question"], values["calls"], shown)})
    lines = values.get("messages", [])
    before = lines if values["status"] == "refused" else lines[:-2]  # a refused turn leaves no lines
    return Feedback(
        **said.model_dump(),
        thread=thread,
        question=values["question"],
        place=len(before),
        history=before[-2 * limits.history_turns :],
        planned=values["planned"],
        calls=values["calls"],
        passages=values["passages"],
        draft=values["draft"],
        status=values["answer"].status,
        composer=values["composer"],
        llm=values["answer"].model.get("llm"),
        adapter=values["answer"].model.get("adapter"),
    )


def _known() -> str:
    return f"{', '.join(TOOLS)}; {', '.join(NO_TOOL)} where none is called"


def _clean(text: str, what: str, limits: Limits) -> str:
    """The text without what would upset a terminal or a file: control characters and halves of surrogate pairs."""
    if len(text) > limits.question_chars:
        raise BadInput(f"The {what} has {len(text):,} characters and the limit is {limits.question_chars:,}; shorten it.")
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" else c for c in text).strip()


def _checked(answer: str, question: str, calls: list[ToolCall], passages: list[Passage]) -> str:
    """The answer with marks. Only passages that the model was shown count: others it could not have cited."""
    if not any(call.result for call in calls):
        raise BadInput("The last turn has no results that an answer could rest on; name the tools that would have been right instead.")
    marked = attribute(answer, question, calls, passages)
    verdict = check(marked, question, calls, passages)
    if not verdict.ok:
        faults = "; ".join(fault.rstrip(".") for fault in verdict.faults[:3]) or "It says nothing"
        raise BadInput(f"That answer is not kept, because it would not pass the check of answers: {faults}.")
    return marked
