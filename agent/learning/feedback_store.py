"""All feedback, kept for good in one SQLite file: given by several at once, looked at by a person, learnt from where it was approved."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from agent.errors import BadInput, WaamError
from agent.learning.feedback import Feedback

WAIT_S = 30.0  # for another process that is writing
_TABLE = "CREATE TABLE IF NOT EXISTS feedback (id INTEGER PRIMARY KEY AUTOINCREMENT, turn TEXT NOT NULL, approved INTEGER, body TEXT NOT NULL)"


class FeedbackStore:
    """The file is in the state folder; several processes may write."""

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
