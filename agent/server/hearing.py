"""From a turn's thread to the client's connection: what is told of a turn, and that it ends when nobody listens any more."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from threading import Event as Flag

from agent.errors import Busy, WaamError
from agent.many.turns import STOPPING
from agent.server.refusals import Refused, busy
from agent.state import Answer

PING_S = 10.0  # something is sent at least so often, so that proxies keep the connection and a lost one is noticed
NAMES = {"token": "draft"}  # as a client hears of it
END = ("end", "")


class Hearing:
    """One client's. Its call is a turn's `on_event`: it raises once the client is gone, which ends the turn at its next event, and takes
    it out of the line if it waits. Made and read in the event loop, called from other threads."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._gone = Flag()

    def __call__(self, kind: str, text: str) -> None:
        if self._gone.is_set():
            raise WaamError("Whoever asked is gone.")
        self._loop.call_soon_threadsafe(self._told.put_nowait, (NAMES.get(kind, kind), text))

    @property
    def gone(self) -> bool:
        return self._gone.is_set()

    def leave(self, future: "Future[Answer]") -> None:
        """Nobody listens any more."""
        self._gone.set()
        future.cancel()

    async def events(self, future: "Future[Answer]", timeout_s: float) -> AsyncGenerator[tuple[str, str], None]:
        """(kind, text) until the answer is there, ("ping", "") where nothing is told for a while. Raises Refused after `timeout_s`.
        However it ends, what still runs then ends too."""
        future.add_done_callback(lambda _: self._end())
        until = self._loop.time() + timeout_s
        try:
            while True:
                left = until - self._loop.time()
                try:
                    event = await asyncio.wait_for(self._told.get(), min(PING_S, max(left, 0)))
                except TimeoutError:
                    if left <= PING_S:
                        raise Refused(504, "timeout", f"No answer within {timeout_s:g} s; ask again later, or a shorter question.") from None
                    event = ("ping", "")
                if event == END:
                    return
                yield event
        finally:
            self.leave(future)

    def _end(self) -> None:
        with suppress(RuntimeError):  # the server has stopped meanwhile
            self._loop.call_soon_threadsafe(self._told.put_nowait, END)


def outcome(future: "Future[Answer]") -> Answer:
    """The answer of a future that is done. Raises Refused for one that was not answered."""
    try:
        answer = future.result(0)
    except Busy as refused:  # it waited, and the server stops, or somebody else needed its place
        raise busy(str(refused), stopping=str(refused) == STOPPING) from None
    except CancelledError:
        raise Refused(503, "cancelled", "The question was taken back.") from None
    return answer
