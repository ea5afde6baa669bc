"""What may come back from a checkpoint."""

from agent.conversations import serializer
from agent.settings import Settings
from tests.agent.fakes import verdict


def test_a_checkpoint_gives_back_no_other_types(config: Settings):
    serde = serializer()
    assert serde.loads_typed(serde.dumps_typed(verdict())) == verdict()
    assert not isinstance(serde.loads_typed(serde.dumps_typed(config.limits)), type(config.limits))
