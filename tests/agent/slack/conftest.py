"""A Slack on the loopback, and an assistant that listens to it."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from pydantic import PrivateAttr
from slack_bolt.adapter.socket_mode import SocketModeHandler

from agent.llm import ScriptedModel, tool_call_message
from agent.settings import Settings, SlackSettings, TurnsSettings
from agent.slack.run import Assistant, assistant
from tests.agent.fakes import CAUSE
from tests.agent.slack.fake_slack import APP_TOKEN, BOT_TOKEN, LONG, SECRET, FakeSlack

GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
NORMAL = "predicted to be normal with probability 0.93"
TURN = (tool_call_message(("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"})), GOOD)
SEARCH = (tool_call_message(("detect_anomaly", {}), ("search_knowledge", {})), f"{GOOD} {CAUSE.rstrip('.')} [K1].")


class HeldModel(ScriptedModel):
    """A model that is busy: it says nothing until `go` is set. `asked` is set at the first question."""

    _go: threading.Event = PrivateAttr(default_factory=threading.Event)
    _asked: threading.Event = PrivateAttr(default_factory=threading.Event)

    def _generate(self, *args: Any, **kwargs: Any) -> Any:
        self._asked.set()
        assert self._go.wait(LONG)
        return super()._generate(*args, **kwargs)


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    with FakeSlack() as slack:
        yield slack


@pytest.fixture
def configured(config: Settings, fake: FakeSlack):
    """`configured(per_minute=2)`: settings for the fake Slack, with others of Slack's changed; `at_once` is of the turns."""

    def settings(at_once: int = 4, waiting: int = 64, **slack: Any) -> Settings:
        chosen = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "signing_secret": SECRET, "api_url": f"{fake.url}/api/"} | slack
        return config.model_copy(update={"slack": SlackSettings(**chosen), "turns": TurnsSettings(at_once=at_once, waiting=waiting)})

    return settings


@pytest.fixture
def listening(configured, bench, shortlist, fake: FakeSlack):
    """`with listening(*replies, per_minute=2):` an assistant with a scripted model (or the model itself) that listens by Socket Mode."""

    @contextmanager
    def start(*replies: Any, **settings: Any) -> Iterator[Assistant]:
        model = replies[0] if replies and isinstance(replies[0], ScriptedModel) else ScriptedModel(replies=list(replies))
        chosen = configured(**settings)
        with assistant(chosen, model) as ours:
            handler = SocketModeHandler(ours.app, APP_TOKEN)
            handler.connect()
            fake.wait_for(fake.connected, "no assistant has connected")  # a connection that is only half there cannot be closed
            try:
                yield ours
            finally:
                handler.client.auto_reconnect_enabled = False
                fake.hang_up()
                handler.close()

    def typed(*replies: Any, **settings: Any) -> AbstractContextManager[Assistant]:
        return start(*replies, **settings)

    return typed
