"""The server starts while the encoders are made, and neither is left behind by the other's failure."""

import threading

import pytest

from agent.commands.demo import _start_beside
from agent.errors import ServerError
from agent.setup.build import Steps


class StandIn:
    """A server whose start takes until `ready`; `cancelled` says how it ended. It has no `down`: another's server is not stopped."""

    def __init__(self, fails: bool = False) -> None:
        self.fails, self.ready, self.cancelled = fails, threading.Event(), False

    def up(self, progress, cancel: threading.Event) -> None:
        if self.fails:
            raise ServerError("Port 1 is taken by another program.")
        while not self.ready.wait(0.01):
            if cancel.is_set():
                self.cancelled = True
                raise ServerError("given up")


def test_both_are_done_at_the_end():
    server, steps = StandIn(), Steps()
    _start_beside(server, server.ready.set, steps)  # type: ignore[arg-type]
    assert not server.cancelled and list(steps) == ["server start (meanwhile)"]


def test_work_that_fails_gives_the_start_up():
    server = StandIn()
    with pytest.raises(KeyboardInterrupt):
        _start_beside(server, lambda: (_ for _ in ()).throw(KeyboardInterrupt), Steps())  # type: ignore[arg-type, return-value]
    assert server.cancelled


def test_a_start_that_fails_is_said_at_once_and_the_work_is_kept(capsys: pytest.CaptureFixture[str]):
    server, said = StandIn(fails=True), []

    def work() -> None:
        threading.Event().wait(0.3)
        said.append(capsys.readouterr().err)

    with pytest.raises(ServerError, match="Port 1"):
        _start_beside(server, work, Steps())  # type: ignore[arg-type]
    assert "Port 1 is taken" in said[0]
