"""The conversations of this machine, kept in SQLite: what the graph's checkpointer writes after every step and reads at the next turn."""

import sqlite3

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from agent import state
from agent.settings import Settings
from tools import result


def checkpointer(settings: Settings) -> SqliteSaver:
    """The conversations under $WAAM_HOME/state, for any number of threads of this process."""
    connection = sqlite3.connect(settings.state / "conversations.sqlite", check_same_thread=False)
    return SqliteSaver(connection, serde=serializer())


def serializer() -> JsonPlusSerializer:
    """What writes and reads a turn's state. Its types alone may come back from a checkpoint."""
    modules = (state, result)
    types = [(m.__name__, name) for m in modules for name, kind in vars(m).items() if isinstance(kind, type) and kind.__module__ == m.__name__]
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=types)
