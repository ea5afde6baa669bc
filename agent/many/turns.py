"""Turns of many people side by side: so many at once and no more, a line of bounded length, and a fair order in it.

What comes over HTTP and from Slack is asked through here. Who waits is served in turns, so that one person's forty questions do not hold up
another's one. Questions of one conversation run one after the other, since each goes on from what the last one left.
"""

import logging
import os
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock

from agent.errors import Busy
from agent.events import Event
from agent.state import Answer, Message

LOG = logging.getLogger(__name__)
STOPPING = "This server is stopping; ask again in a minute."


@dataclass(frozen=True)
class Asked:
    """A question and whose it is. With `thread` the graph's checkpointer keeps the conversation; else `history` is what came before.
    `files`: what it is about, for a graph that may open files."""

    question: str
    user: str
    thread: str | None = None
    history: tuple[Message, ...] = ()
    files: tuple[str, ...] = ()


Ask = Callable[[Asked, Event], Answer]


def side_by_side() -> None:
    """Give each encoder one thread in this process from here on, unless WAAM_ENCODER_THREADS says otherwise. To be called before the first turn where
    turns run side by side: they fill the cores, and the threads of one encoder would only spin while they wait for each other."""
    os.environ.setdefault("WAAM_ENCODER_THREADS", "1")


@dataclass(eq=False)
class _Waiting:
    asked: Asked
    on_event: Event
    told: int = 0
    future: "Future[Answer]" = field(default_factory=Future)


class Turns:
    """At most `at_once` turns run and at most `most_waiting` wait. `ask` runs one; it is called from several threads."""

    def __init__(self, ask: Ask, at_once: int, most_waiting: int) -> None:
        self._ask = ask
        self._at_once, self._most_waiting = at_once, most_waiting
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="turn")
        if at_once > 1:
            side_by_side()
        self._lock = Lock()
        self._lines: OrderedDict[str, deque[_Waiting]] = OrderedDict()  # by user, whose turn is next first
        self._running: dict[Future[Answer], str | None] = {}  # with their conversations
        self._closed = False

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    @property
    def running(self) -> int:
        return len(self._running)

    def submit(self, asked: Asked, on_event: Event = lambda kind, text: None) -> "Future[Answer]":
        """The answer to come; `cancel` it while it waits. `on_event` hears what `run_turn` tells and, while others are ahead, ("waiting",
        "3 ahead") whenever that changes; one that raises ends its turn. Raises Busy, one sentence, where the line is full or closed. Where it is
        full and another one has more in it, that one's last question makes room: its future raises Busy."""
        waiting = _Waiting(asked, on_event)
        with self._lock:
            self._leave_out_cancelled()
            if self._closed:
                raise Busy(STOPPING)
            displaced = self._make_room(asked.user) if self.waiting >= self._most_waiting else None
            self._lines.setdefault(asked.user, deque()).append(waiting)
            news = self._start()
        if displaced is not None:
            _refuse(displaced, "Busy: others are waiting too, and you have asked most; ask this one again in a minute.")
        _tell(news)
        return waiting.future

    def close(self, timeout_s: float) -> bool:
        """Take no more, refuse who waits, and let what runs end; whether it did within `timeout_s`."""
        with self._lock:
            self._closed = True
            refused = [each for line in self._lines.values() for each in line]
            self._lines.clear()
            running = list(self._running)
        for each in refused:
            _refuse(each, STOPPING)
        ended = not wait(running, timeout_s).not_done
        self._pool.shutdown(wait=False)
        return ended

    def _make_room(self, user: str) -> _Waiting | None:
        """Take the last question of whoever has most in a full line, where `user` has fewer; else raises Busy. The lock is held."""
        most = max(self._lines, key=lambda other: len(self._lines[other]), default=user)
        if len(self._lines.get(most, ())) <= len(self._lines.get(user, ())) + 1:
            raise Busy(f"Busy: {self.waiting} questions are ahead already; ask again in a minute.")
        return self._lines[most].pop()

    def _start(self) -> list[tuple[_Waiting, int]]:
        """Begin what there is room for; who waits on and how many are ahead of each, where that is new. The lock is held."""
        while len(self._running) < self._at_once and (chosen := self._next()):
            self._running[chosen.future] = chosen.asked.thread
            self._pool.submit(self._run, chosen)
        news = []
        for place, line in enumerate(self._lines.values()):
            for position, each in enumerate(line):
                others = enumerate(self._lines.values())
                ahead = position + sum(min(len(other), position + (at < place)) for at, other in others if at != place)
                ahead += len(self._running) >= self._at_once or each.asked.thread in self._running.values()
                if ahead != each.told:
                    each.told = ahead
                    news.append((each, ahead))
        return news

    def _next(self) -> _Waiting | None:
        talking = {thread for thread in self._running.values() if thread is not None}
        for user, line in self._lines.items():
            for each in line:
                if each.asked.thread not in talking:
                    line.remove(each)
                    self._lines.move_to_end(user)
                    if not line:
                        del self._lines[user]
                    return each
        return None

    def _leave_out_cancelled(self) -> None:
        for user, line in list(self._lines.items()):
            self._lines[user] = deque(each for each in line if not each.future.cancelled())
            if not self._lines[user]:
                del self._lines[user]

    def _run(self, chosen: _Waiting) -> None:
        try:
            if chosen.future.set_running_or_notify_cancel():
                chosen.future.set_result(self._ask(chosen.asked, chosen.on_event))
        except BaseException as defect:
            chosen.future.set_exception(defect)
        with self._lock:
            del self._running[chosen.future]
            news = self._start() if not self._closed else []
        _tell(news)


def _refuse(waiting: _Waiting, words: str) -> None:
    """End one that waited, unless it was taken back. Not under the lock: whoever waits for it is called."""
    if waiting.future.set_running_or_notify_cancel():
        waiting.future.set_exception(Busy(words))


def _tell(news: list[tuple[_Waiting, int]]) -> None:
    for each, ahead in news:
        try:
            each.on_event("waiting", f"{ahead} ahead")
        except Exception:  # whoever asked is gone; the others are not to suffer from it
            LOG.debug("a listener broke", exc_info=True)
            each.future.cancel()
