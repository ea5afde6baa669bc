"""The conversations of this machine, kept in SQLite: what the graph's checkpointer writes at the end of a turn and reads at the next one."""

import shlex
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from agent import state
from agent.errors import BadInput
from agent.settings import Settings
from agent.state import Answer
from tools import result


def checkpointer(settings: Settings) -> SqliteSaver:
    """The conversations under $WAAM_HOME/state, for any number of threads of this process."""
    connection = sqlite3.connect(settings.state / "conversations.sqlite", check_same_thread=False)
    return SqliteSaver(connection, serde=serializer())


@contextmanager
def scratch() -> Iterator[SqliteSaver]:
    """Conversations that nobody keeps."""
    saver = SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False), serde=serializer())
    try:
        yield saver
    finally:
        with saver.lock:  # a turn that was stopped may be looking
            saver.conn.close()


def serializer() -> JsonPlusSerializer:
    """What writes and reads a turn's state. Its types alone may come back from a checkpoint."""
    modules = (state, result)
    types = [(m.__name__, name) for m in modules for name, kind in vars(m).items() if isinstance(kind, type) and kind.__module__ == m.__name__]
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=types)


@dataclass(frozen=True)
class Conversation:
    """One that can be gone on with: its first question, how many were answered, and when it was last written to."""

    name: str
    first: str
    questions: int
    last: datetime


def conversations(saver: SqliteSaver, most: int = 20) -> list[Conversation]:
    """The latest first. Only those held at this machine: a name with a slash (`slack/…`) belongs to another way in, and to other people."""
    latest = (
        "SELECT thread_id, MAX(checkpoint_id) FROM checkpoints WHERE checkpoint_ns = '' AND thread_id NOT LIKE '%/%' "
        "GROUP BY thread_id ORDER BY 2 DESC LIMIT ?"
    )
    with saver.cursor(transaction=False) as cursor:
        rows = cursor.execute(latest, (most,)).fetchall()
    found = []
    for thread, checkpoint in rows:
        saved = saver.get_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": "", "checkpoint_id": checkpoint}})
        asked = [line["content"] for line in _messages(saved.checkpoint if saved else {}) if line["role"] == "user"]
        if saved and asked:
            found.append(Conversation(thread, asked[0], len(asked), datetime.fromisoformat(saved.checkpoint["ts"])))
    return found


def exists(saver: SqliteSaver, thread: str) -> bool:
    """Whether anything was ever asked in it."""
    saved = saver.get_tuple({"configurable": {"thread_id": thread}})
    return saved is not None and bool(_messages(saved.checkpoint))


def chosen(saver: SqliteSaver, said: str) -> str:
    """The conversation that is called so, or has that number among the latest. Raises BadInput, one sentence with the names that are near."""
    if "/" in said:  # as in `conversations`: not of this machine, and what is asked in it would stand between other people's words
        raise BadInput(f"{said[:60]!r} names no conversation of this machine; /resume in the chat lists them.")
    if exists(saver, said):
        return said
    names = [each.name for each in conversations(saver)]
    if said.isdecimal() and 0 < int(said) <= len(names):
        return names[int(said) - 1]
    near = f", but {' and '.join(found)}" if (found := get_close_matches(said, names)) else ""
    raise BadInput(
        f"There is no conversation {said[:60]!r}{near}; /resume in the chat lists them, `waam chat --name {shlex.quote(said[:60])}` begins one."
    )


def turns(saver: SqliteSaver, thread: str) -> list[tuple[str, Answer]]:
    """Every question of a conversation with the whole answer it got, oldest first; one that was stopped has none."""
    found: list[tuple[str, Answer]] = []
    for saved in saver.list({"configurable": {"thread_id": thread}}):
        values = saved.checkpoint["channel_values"]
        if saved.metadata.get("source") == "loop" and isinstance(values.get("answer"), Answer):  # an input still has the last one's
            found.append((values["question"], values["answer"]))
    return found[::-1]


def forget(saver: SqliteSaver, thread: str, checkpoints: Sequence[str]) -> None:
    """Take these checkpoints out of a conversation, with what was written towards the next ones; it is as it was before them."""
    with saver.cursor() as cursor:
        for table in ("checkpoints", "writes"):
            rows = [(thread, checkpoint) for checkpoint in checkpoints]
            cursor.executemany(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id = ?", rows)


def forget_old(saver: SqliteSaver, prefix: str, days: float) -> int:
    """Forget the conversations whose names begin with `prefix` and that were last written to longer ago; how many that were."""
    latest = "SELECT thread_id, MAX(checkpoint_id) FROM checkpoints WHERE checkpoint_ns = '' AND substr(thread_id, 1, ?) = ? GROUP BY thread_id"
    with saver.cursor(transaction=False) as cursor:
        rows = cursor.execute(latest, (len(prefix), prefix)).fetchall()
    before, count = datetime.now(UTC) - timedelta(days=days), 0
    for thread, checkpoint in rows:
        saved = saver.get_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": "", "checkpoint_id": checkpoint}})
        if saved and datetime.fromisoformat(saved.checkpoint["ts"]) < before:
            saver.delete_thread(thread)
            count += 1
    return count


def _messages(checkpoint: Any) -> list[state.Message]:
    return list(checkpoint.get("channel_values", {}).get("messages", []))
