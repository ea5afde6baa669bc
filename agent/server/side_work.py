"""Work beside the turns that takes a processor for a while (one tool, a report): a few pieces at once, a short line, then no."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from agent.server.refusals import busy

T = TypeVar("T")


class SideWork:
    """At most `at_once` pieces run and at most `most_waiting` wait. A thread cannot be ended from outside: a piece that nobody waits for any
    more leaves the line, but keeps its place while it runs."""

    def __init__(self, at_once: int = 2, most_waiting: int = 8) -> None:
        self._pool = ThreadPoolExecutor(at_once, "side-work")
        self._at_once, self._most_waiting = at_once, most_waiting
        self._lock = Lock()
        self._open = self._running = 0

    @property
    def running(self) -> int:
        with self._lock:
            return self._running

    @property
    def full(self) -> bool:
        with self._lock:
            return self._open >= self._at_once + self._most_waiting

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns. Raises Refused where the line is full. Called in one event loop."""
        if self.full:
            raise busy(f"Busy: {self._most_waiting} others wait for a tool or a report already; try again in a minute.")
        with self._lock:
            self._open += 1
        future = self._pool.submit(self._counted, work)
        future.add_done_callback(self._ended)
        return await asyncio.wrap_future(future)

    def _counted(self, work: Callable[[], T]) -> T:
        with self._lock:
            self._running += 1
        try:
            return work()
        finally:
            with self._lock:
                self._running -= 1

    def _ended(self, future: "Future[Any]") -> None:
        with self._lock:
            self._open -= 1
