"""The engine of one machine: threads of this process, which is what keeps a vLLM server's places filled.

A thread cannot be ended from outside. One whose line took too long is left behind and another takes its place; it ends when the step that
it is in does (agent.batch.endpoints ends the turn there), and if it never does, the process ends without it.
"""

import threading
from queue import SimpleQueue

from agent.batch.endpoints import Ask, failed
from agent.batch.flow import Done
from agent.batch.items import Item
from agent.errors import WaamError
from agent.state import Answer

LINE = "batch line"  # the threads' name
MOST_LEFT = 4  # threads left behind, for each line that is asked at once


class Threads:
    """Asks `concurrency` questions at once. Daemon threads: one that is stuck does not keep the process from ending."""

    def __init__(self, ask: Ask, done: Done, concurrency: int) -> None:
        self._ask, self._done, self._concurrency = ask, done, concurrency
        self._todo: SimpleQueue[tuple[int, Item] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._open: set[int] = set()  # lines that are asked or will be
        self._left: set[int] = set()  # of these, the ones nobody waits for; each has its thread replaced
        for _ in range(concurrency):
            self._hire()

    def start(self, number: int, item: Item) -> None:
        with self._lock:
            self._open.add(number)
        self._todo.put((number, item))

    def leave(self, number: int) -> None:
        with self._lock:
            if number not in self._open:  # it has ended just now
                return
            self._left.add(number)
            if len(self._left) > MOST_LEFT * self._concurrency:
                raise WaamError(f"{len(self._left)} questions hang and do not end; run `waam doctor`, and run this again: it goes on.")
            self._hire()

    def close(self) -> None:
        for _ in range(self._concurrency):
            self._todo.put(None)

    def _hire(self) -> None:
        threading.Thread(target=self._work, name=LINE, daemon=True).start()

    def _work(self) -> None:
        while (given := self._todo.get()) is not None:
            number, item = given
            answer = None if number in self._left else self._answer(item)
            with self._lock:
                self._open.discard(number)
                if number in self._left:  # another thread has taken this one's place
                    self._left.discard(number)
                    return
            assert answer is not None
            self._done(number, answer)

    def _answer(self, item: Item) -> Answer | BaseException:
        try:
            return self._ask(item.question, list(item.history))
        except Exception as defect:  # one line's failure stays in its line
            return failed(defect)
        except BaseException as interrupt:
            return interrupt
