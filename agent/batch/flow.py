"""From lines read to answers: at most 2 × concurrency lines are in between, whatever the input's length and whichever of them is slow.

One thread reads the input; the loop here hands lines to an engine, at most `concurrency` at once, watches their time, and alone gives answers
out, so that nobody else writes. Everything that happens comes to it through one queue.
"""

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from agent.batch.items import Item
from agent.state import Answer

Done = Callable[[int, Answer | BaseException], None]
AHEAD = 2  # lines between reading and writing, for each that is asked at once
READER = "batch reader"  # its thread's name
HEARD_S = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Engine(Protocol):
    """What asks. `start` returns at once; the answer comes through the `Done` that the engine was made with, from any thread."""

    def start(self, number: int, item: Item) -> None: ...

    def leave(self, number: int) -> None:
        """Nobody waits for this line any more: another one is to have its place."""

    def close(self) -> None: ...


Engines = Callable[[Done], Engine]


class Stopped(KeyboardInterrupt):
    """The run was told to stop (Ctrl-C, SIGTERM); what was in flight is finished."""


def flow(
    items: Iterator[Item], engines: Engines, concurrency: int, timeout_s: float | None = None, ordered: bool = False,
    on_stop: Callable[[int], None] = lambda running: None,
) -> Generator[tuple[Item, Answer], None, None]:  # fmt: skip
    """The questions with their answers, as they come or, `ordered`, as they were read. A line that takes longer than `timeout_s` gets an error.

    On the first Ctrl-C nothing new is asked, `on_stop` hears how many lines are being finished, and Stopped is raised behind the last of
    them; a second one is a KeyboardInterrupt at once. An input that breaks off raises its error behind the last answer too.
    """
    events: SimpleQueue[tuple[str, Any, Any]] = SimpleQueue()  # of the kinds that a signal handler may put into
    engine = engines(lambda number, answer: events.put(("answer", number, answer)))
    reader = _Reader(items, AHEAD * concurrency, events)
    waiting: deque[tuple[int, Item]] = deque()
    running: dict[int, tuple[Item, float]] = {}
    held: dict[int, tuple[Item, Answer]] = {}
    read = due = 0
    fault: BaseException | None = None
    reading, stopped = True, False

    def finished(number: int, answer: Answer) -> Iterator[tuple[Item, Answer]]:
        nonlocal due
        held[number] = (running.pop(number)[0], answer)
        while (which := due if ordered else number) in held:
            yield held.pop(which)
            due += 1
            reader.written()

    try:
        with _signals(lambda: events.put(("stop", None, None))):
            while reading or waiting or running:
                while waiting and len(running) < concurrency:
                    number, item = waiting.popleft()
                    running[number] = (item, time.monotonic() + timeout_s if timeout_s else float("inf"))
                    if item.refusal:
                        events.put(("answer", number, Answer(status="refused", answer=item.refusal)))
                    else:
                        engine.start(number, item)
                kind, number, what = _next(events, min((until for _, until in running.values()), default=float("inf")))
                if kind == "answer" and isinstance(what, Answer):
                    if number in running:  # else its time was up before
                        yield from finished(number, what)
                elif kind == "late":
                    for number in [number for number, (_, until) in running.items() if until <= time.monotonic()]:
                        engine.leave(number)
                        yield from finished(number, _too_long(timeout_s))
                elif kind == "item" and not stopped:
                    waiting.append((read, what))
                    read += 1
                elif kind == "end":
                    reading, fault = False, what
                elif kind in ("stop", "answer"):  # an answer that is an exception: the engine was interrupted, which is Ctrl-C as well
                    running.pop(number, None)
                    waiting.clear()
                    if not stopped:
                        on_stop(len(running))
                    reading, stopped = False, True
        yield from (held[number] for number in sorted(held))  # behind a line that was interrupted
    finally:
        reader.stop()
        engine.close()
    if stopped:
        raise Stopped
    if fault is not None:
        raise fault


class _Reader:
    """Reads the items in a thread of its own, never more than `ahead` of them before the first is written."""

    def __init__(self, items: Iterator[Item], ahead: int, events: "SimpleQueue[tuple[str, Any, Any]]") -> None:
        self._items, self._events = items, events
        self._slots = threading.Semaphore(ahead)
        self._over = False
        self._thread = threading.Thread(target=self._read, name=READER, daemon=True)
        self._thread.start()

    def written(self) -> None:
        self._slots.release()

    def stop(self) -> None:
        self._over = True
        self._slots.release()
        self._thread.join(timeout=1)  # one that waits for standard input is left behind

    def _read(self) -> None:
        try:
            while True:
                self._slots.acquire()
                if self._over or (item := next(self._items, None)) is None:
                    break
                self._events.put(("item", None, item))
        except BaseException as fault:
            self._events.put(("end", None, fault))
        else:
            self._events.put(("end", None, None))


def _next(events: "SimpleQueue[tuple[str, Any, Any]]", until: float) -> tuple[str, Any, Any]:
    """The next thing that happens, or `late`. Waits in short pieces: a signal that comes just before a wait is heard behind it only."""
    try:
        return events.get(timeout=min(HEARD_S, max(0.0, until - time.monotonic())))
    except Empty:
        return ("late", None, None)


def _too_long(timeout_s: float | None) -> Answer:
    return Answer(status="error", answer=f"This line took longer than {timeout_s:g} s (--timeout) and was given up.")


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C, or SIGTERM, calls `stop`; the next one raises KeyboardInterrupt. Signals are the main thread's alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def first(*_: Any) -> None:
        for each in SIGNALS:
            signal.signal(each, second)
        stop()

    def second(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, first) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
