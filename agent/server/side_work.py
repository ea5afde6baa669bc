"""Work beside the turns that takes a processor for a while (one tool, a report): a few pieces at once, a short line, then no."""

from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync

from agent.server.refusals import busy

T = TypeVar("T")


class SideWork:
    """At most `at_once` pieces run in threads and at most `most_waiting` wait."""

    def __init__(self, at_once: int = 2, most_waiting: int = 8) -> None:
        self._limiter, self._most_waiting = anyio.CapacityLimiter(at_once), most_waiting

    @property
    def running(self) -> int:
        return int(self._limiter.borrowed_tokens)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns. Raises Refused where the line is full."""
        if self._limiter.statistics().tasks_waiting >= self._most_waiting:
            raise busy(f"Busy: {self._most_waiting} others wait for a tool or a report already; try again in a minute.")
        return await run_sync(work, limiter=self._limiter, abandon_on_cancel=True)
