"""What may come back from a checkpoint."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from langgraph.checkpoint.base import empty_checkpoint

from agent.conversations import checkpointer, chosen, exists, forget_old, scratch, serializer
from agent.errors import BadInput
from agent.settings import Settings
from tests.agent.fakes import QUESTION, verdict


def test_a_checkpoint_gives_back_no_other_types(config: Settings):
    serde = serializer()
    assert serde.loads_typed(serde.dumps_typed(verdict())) == verdict()
    assert not isinstance(serde.loads_typed(serde.dumps_typed(config.limits)), type(config.limits))


def test_old_conversations_of_one_way_in_are_forgotten(config: Settings):
    config.state.mkdir(parents=True, exist_ok=True)
    saver = checkpointer(config)
    for thread, days in [("slack/T1/C1/1.1", 40), ("slack/T1/C1/2.2", 1), ("monday", 40), ("slackers", 40)]:
        saved = empty_checkpoint() | {"ts": (datetime.now(UTC) - timedelta(days=days)).isoformat()}
        saver.put({"configurable": {"thread_id": thread, "checkpoint_ns": ""}}, saved, {}, {})
    assert forget_old(saver, "slack/", 30) == 1
    assert {each.config["configurable"]["thread_id"] for each in saver.list(None)} == {"slack/T1/C1/2.2", "monday", "slackers"}
    saver.conn.close()


def test_what_others_asked_elsewhere_is_not_gone_on_with(config: Settings):
    config.state.mkdir(parents=True, exist_ok=True)
    saver, theirs = checkpointer(config), "slack/T1/C1/1.1"
    for name in (theirs, "monday"):
        saved = empty_checkpoint() | {"channel_values": {"messages": [{"role": "user", "content": QUESTION}]}}
        saver.put({"configurable": {"thread_id": name, "checkpoint_ns": ""}}, saved, {}, {})
    assert exists(saver, theirs) and chosen(saver, "monday") == "monday"
    with pytest.raises(BadInput, match=f"'{theirs}' names no conversation of this machine; /resume in the chat lists them"):
        chosen(saver, theirs)
    saver.conn.close()


def test_what_nobody_keeps_is_closed():
    with scratch() as saver:
        assert not exists(saver, "monday")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        exists(saver, "monday")
