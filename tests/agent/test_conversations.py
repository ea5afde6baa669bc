"""What may come back from a checkpoint."""

from datetime import UTC, datetime, timedelta

from langgraph.checkpoint.base import empty_checkpoint

from agent.conversations import checkpointer, forget_old, serializer
from agent.settings import Settings
from tests.agent.fakes import verdict


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
