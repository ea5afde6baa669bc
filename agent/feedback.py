"""What users say about an answer, kept with the turn that it is about: a person looks at it, and the language model can learn from it.

Knows nothing of terminals: the chat, and any other front end, hands over what was said and the state that the graph keeps of the conversation.
"""

import hashlib
import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from agent.attribute import attribute
from agent.check import check
from agent.compose import SHOWN_PASSAGES
from agent.errors import BadInput, WaamError
from agent.route import NO_TOOL
from agent.settings import Limits
from agent.state import Message, PlannedCall, Status, ToolCall
from tools.registry import TOOLS
from tools.result import Passage

HOW = (
    "/feedback good or /feedback bad judges the last answer, with a comment behind it if you like; /feedback tools NAME [NAME…] names the tools "
    "that would have been right, /feedback answer TEXT gives the answer that would have been."
)
WAIT_S = 30.0  # for another process that is writing
_TABLE = "CREATE TABLE IF NOT EXISTS feedback (id INTEGER PRIMARY KEY AUTOINCREMENT, turn TEXT NOT NULL, approved INTEGER, body TEXT NOT NULL)"


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


class FeedbackStore:
    """All feedback, in one SQLite file of the state folder. Several processes may write."""

    def __init__(self, state: Path) -> None:
        self.file = state / "feedback.sqlite"

    def add(self, feedback: Feedback) -> Feedback:
        """Keep it and return it as it is kept. With an earlier word on the same turn that nobody has looked at it becomes one; what was
        decided on stays as it is. Always under a new number: what is approved by its number is what was shown under it."""
        with self._transaction() as database:
            row = database.execute("SELECT id, approved, body FROM feedback WHERE turn = ? ORDER BY id DESC LIMIT 1", (feedback.turn,)).fetchone()
            if row and row[1] != 0:  # a rejected one is no ground to build on
                feedback = feedback.after(_read(row))
            if row and row[1] is None:
                database.execute("DELETE FROM feedback WHERE id = ?", (row[0],))
            body = feedback.model_dump_json(exclude={"id", "approved"})
            number = database.execute("INSERT INTO feedback (turn, body) VALUES (?, ?)", (feedback.turn, body)).lastrowid
        return feedback.model_copy(update={"id": number, "approved": None})

    def all(self) -> list[Feedback]:
        """Every feedback, oldest first."""
        with self._transaction() as database:
            return [_read(row) for row in database.execute("SELECT id, approved, body FROM feedback ORDER BY id")]

    def approved(self) -> list[Feedback]:
        """What may be learnt from: of each turn the approved feedback that was given last."""
        return list({feedback.turn: feedback for feedback in self.all() if feedback.approved}.values())

    def decide(self, ids: Sequence[int], approved: bool) -> None:
        """Approve or reject, also what was decided on before. Raises BadInput for a number that there is not, and then decides nothing."""
        with self._transaction() as database:
            known = {number for (number,) in database.execute("SELECT id FROM feedback")}
            if strange := [number for number in ids if number not in known]:
                raise BadInput(f"There is no feedback {strange[0]}; `waam feedback list --all` shows what there is.")
            database.executemany("UPDATE feedback SET approved = ? WHERE id = ?", [(int(approved), number) for number in ids])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One that is alone in writing, on a connection of its own, which undoes what was not finished. Raises WaamError."""
        try:
            with closing(sqlite3.connect(self.file, timeout=WAIT_S, isolation_level=None)) as database:
                with suppress(sqlite3.OperationalError):  # another process is at this very step, for both
                    database.execute("PRAGMA journal_mode=WAL")
                database.execute("BEGIN IMMEDIATE")
                database.execute(_TABLE)
                yield database
                database.execute("COMMIT")
        except (sqlite3.Error, ValidationError) as broken:
            why = str(broken).splitlines()[0]
            raise WaamError(f"The feedback in {self.file} cannot be read or written ({why}); mend that, or move the file away.") from broken


def _read(row: tuple[int, int | None, str]) -> Feedback:
    number, approved, body = row
    return Feedback.model_validate_json(body).model_copy(update={"id": number, "approved": None if approved is None else bool(approved)})
