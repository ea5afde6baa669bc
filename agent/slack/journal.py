"""What was asked in Slack and how far it got, in SQLite: one answer for each question, whatever Slack sends twice and whenever this process ends.

A question is `taken` before Slack hears that it arrived, `admitted` once it is within what its person may ask, `answered` once its reply is worked
out, `posted` once that stands in Slack. What a restart, or a look every minute, finds taken or admitted is asked, what it finds answered is only
posted. Of what is posted no text is kept.
"""

import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from agent.slack.incoming import MAIN, Incoming
from agent.slack.reply import Reply

_TABLES = """
CREATE TABLE IF NOT EXISTS questions (
  key TEXT PRIMARY KEY, conversation TEXT NOT NULL, state TEXT NOT NULL, taken REAL NOT NULL,
  body TEXT, shown TEXT, reply TEXT, checkpoint TEXT);
CREATE INDEX IF NOT EXISTS by_conversation ON questions (conversation);
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, taken REAL NOT NULL);
"""


@dataclass(frozen=True)
class Unfinished:
    """A question that is not posted. `admitted`: whether it was counted among what its person asks. `shown`: the message in Slack that says how
    far it is, if there is one already."""

    incoming: Incoming
    admitted: bool
    shown: str | None
    reply: Reply | None


class Journal:
    """One file, one process; any number of its threads."""

    def __init__(self, file: Path) -> None:
        self._lock = Lock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(_TABLES)

    def take(self, incoming: Incoming, event: str | None = None) -> bool:
        """Write a question down; False if it was already, under the id of its `event` or as the same message (a mention in a channel comes
        both as a mention and as a message)."""
        now = time.time()
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                new = not event or self._database.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (event, now)).rowcount > 0
                if new:
                    row = (incoming.key, incoming.conversation, now, incoming.model_dump_json())
                    added = "INSERT OR IGNORE INTO questions (key, conversation, state, taken, body) VALUES (?, ?, 'taken', ?, ?)"
                    new = self._database.execute(added, row).rowcount > 0
                self._database.execute("COMMIT")
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
        return new

    def takes_part(self, conversation: str) -> bool:
        """Whether anything was asked in this thread."""
        return self._one("SELECT 1 FROM questions WHERE conversation = ? LIMIT 1", conversation) is not None

    def rooted(self, incoming: Incoming) -> None:
        """It is known now what its conversation hangs on."""
        self._do("UPDATE questions SET conversation = ?, body = ? WHERE key = ?", incoming.conversation, incoming.model_dump_json(), incoming.key)

    def main_line(self, incoming: Incoming, ts: str, pause_s: float) -> str:
        """The root of `incoming`, which stands at `ts` in the main line of a direct message: of the conversation that runs there since the last new
        beginning, or of one that begins with it where that is none or where nothing was said for `pause_s`."""
        main = incoming.model_copy(update={"root": MAIN}).conversation
        last = self._one(
            "SELECT before.conversation, this.taken - max(before.taken) FROM questions before, questions this "
            "WHERE this.key = ? AND before.rowid < this.rowid AND before.conversation > ? AND before.conversation <= ? "
            "GROUP BY before.conversation ORDER BY before.conversation DESC LIMIT 1", incoming.key, main, f"{main}-{ts}",
        )  # fmt: skip
        return last[0].rsplit("/", 1)[1] if last and last[1] <= pause_s else f"{MAIN}-{ts}"

    def admitted(self, key: str) -> None:
        """It may be asked, and is not counted again."""
        self._do("UPDATE questions SET state = 'admitted' WHERE key = ? AND state = 'taken'", key)

    def shown(self, key: str, ts: str) -> None:
        """The message `ts` stands for the answer until that is there, and is then replaced by it."""
        self._do("UPDATE questions SET shown = ? WHERE key = ?", ts, key)

    def answered(self, key: str, reply: Reply, checkpoint: str | None) -> None:
        """`checkpoint`: where the graph's checkpointer has the turn, for what is said about it later."""
        done = "UPDATE questions SET state = 'answered', reply = ?, checkpoint = ? WHERE key = ? AND state != 'posted'"
        self._do(done, reply.model_dump_json(), checkpoint, key)

    def remains(self, key: str, reply: Reply) -> None:
        """What of an answer is not in Slack yet."""
        self._do("UPDATE questions SET reply = ? WHERE key = ? AND state = 'answered'", reply.model_dump_json(), key)

    def posted(self, key: str) -> None:
        self._do("UPDATE questions SET state = 'posted', body = NULL, reply = NULL WHERE key = ?", key)

    def turn(self, key: str) -> tuple[str, str] | None:
        """(conversation, checkpoint) of a question that was answered by a turn."""
        row = self._one("SELECT conversation, checkpoint FROM questions WHERE key = ? AND checkpoint IS NOT NULL", key)
        return (row[0], row[1]) if row else None

    def left(self, key: str) -> Unfinished | None:
        """One question as far as it got; None if it was posted."""
        return next(iter(self._left("AND key = ?", key)), None)

    def unfinished(self, within_s: float, doing: Collection[str] = ()) -> list[Unfinished]:
        """What was not posted and is not among `doing`, oldest first. What is older than that is let go: an answer to it would only puzzle."""
        others = f"AND key NOT IN ({', '.join('?' * len(doing))})"
        old = f"UPDATE questions SET state = 'posted', body = NULL, reply = NULL WHERE state != 'posted' AND taken < ? {others}"
        self._do(old, time.time() - within_s, *doing)
        return self._left(others, *doing)

    def _left(self, which: str, *values: object) -> list[Unfinished]:
        with self._lock:
            found = f"SELECT body, state, shown, reply FROM questions WHERE state != 'posted' {which} ORDER BY taken, rowid"
            rows = self._database.execute(found, values).fetchall()
        return [
            Unfinished(Incoming.model_validate_json(body), state != "taken", shown, Reply.model_validate_json(reply) if reply else None)
            for body, state, shown, reply in rows
        ]

    def prune(self, days: int) -> None:
        """Forget what is older. Slack repeats an event for an hour, not for days."""
        for table in ("questions", "events"):
            self._do(f"DELETE FROM {table} WHERE taken < ?", time.time() - days * 86_400)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
        return row

    def _do(self, query: str, *values: object) -> None:
        with self._lock:
            self._database.execute(query, values)
