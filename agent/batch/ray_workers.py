"""The engine of many machines: workers of a Ray cluster, each with the graph, the encoders and the knowledge store of its own machine.

The lines, the journal and the order stay with the one process that was started; workers only ask. A worker that dies (out of memory, a machine
that goes) is started anew and its lines are asked by others; one whose line took too long is ended for good, unlike a thread.
"""

import logging
import os
import threading
import time
from functools import partial
from typing import Any, Protocol

from agent.batch.endpoints import Ask, failed
from agent.batch.flow import Done
from agent.batch.items import Item
from agent.errors import WaamError
from agent.state import Answer, Message

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_DEDUP_LOGS": "0"}
RESTART_S = 5.0  # a worker that died gets no lines for so long
DEATHS = 3  # workers that may die over one line before it is given up: it may be what kills them


class Makes(Protocol):
    """What a worker gets its `Ask` from; it is sent to the worker. `environment` is set there first."""

    @property
    def environment(self) -> dict[str, str]: ...

    def make(self, first: int = 0) -> Ask: ...


class Worker:
    """What runs on the cluster."""

    def __init__(self, asking: Makes, place: int) -> None:
        os.environ.update(asking.environment)
        self._ask = asking.make(place)

    def answer(self, question: str, history: list[Message]) -> Answer:
        return self._ask(question, history)

    def process(self) -> int:
        return os.getpid()


class RayWorkers:
    """`workers` processes, by default one for each processor of the cluster, that ask `concurrency` questions at once between them."""

    def __init__(self, asking: Makes, done: Done, concurrency: int, address: str | None = None, workers: int | None = None) -> None:
        self._ray, self._own = _connected(address)
        count = min(concurrency, workers or max(1, int(self._ray.cluster_resources().get("CPU", 1))))
        options = {"num_cpus": 1, "max_restarts": -1, "max_task_retries": 0, "max_concurrency": -(-concurrency // count)}
        made = self._ray.remote(Worker).options(**options)
        self._done = done
        self._workers = [made.remote(asking, place) for place in range(count)]
        self._at: list[set[int]] = [set() for _ in self._workers]  # which lines each is at
        self._back = [0.0] * count  # until when each is being started anew
        self._lines: dict[int, tuple[Item, int]] = {}  # with how many workers died over it
        self._spared: set[int] = set()  # lines whose worker was ended over another one
        self._lock = threading.RLock()
        self._closed = False

    def start(self, number: int, item: Item) -> None:
        with self._lock:
            self._lines[number] = (item, 0)
            self._send(number)

    def leave(self, number: int) -> None:
        """End the worker: its other lines come back through `_came` and go to others."""
        with self._lock:
            if self._lines.pop(number, None) is None:
                return  # its answer came in this moment
            for place, at in enumerate(self._at):
                if number in at:
                    at.discard(number)
                    self._spared |= at
                    self._back[place] = time.monotonic() + RESTART_S
                    self._ray.kill(self._workers[place], no_restart=False)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        for worker in self._workers:
            self._ray.kill(worker)
        if self._own:
            self._ray.shutdown()

    def processes(self) -> list[int]:
        """The workers' process ids."""
        return list(self._ray.get([worker.process.remote() for worker in self._workers]))

    def _send(self, number: int) -> None:
        """To the worker with the fewest lines, or in a moment where all are being started anew."""
        with self._lock:
            if self._closed or number not in self._lines:
                return
            ready = [place for place, back in enumerate(self._back) if back <= time.monotonic()]
            if not ready:
                timer = threading.Timer(RESTART_S / 5, self._send, [number])
                timer.daemon = True
                timer.start()
                return
            place = min(ready, key=lambda each: len(self._at[each]))
            self._at[place].add(number)
            item = self._lines[number][0]
            future = self._workers[place].answer.remote(item.question, list(item.history)).future()
        future.add_done_callback(partial(self._came, number, place))

    def _came(self, number: int, place: int, future: Any) -> None:
        error = future.exception()
        with self._lock:
            self._at[place].discard(number)
            if self._closed or number not in self._lines:
                return
            item, deaths = self._lines[number]
            if isinstance(error, self._ray.exceptions.RayActorError):
                died = not isinstance(error, self._ray.exceptions.ActorUnavailableError) and number not in self._spared
                self._spared.discard(number)
                self._back[place] = time.monotonic() + RESTART_S
                self._lines[number] = (item, deaths + died)
                if deaths + died < DEATHS:
                    self._send(number)
                    return
            del self._lines[number]
        self._done(number, future.result() if error is None else failed(error))


def _connected(address: str | None) -> tuple[Any, bool]:
    """Ray, and whether this process started it."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise WaamError("`--engine ray` needs Ray, which is not installed here; run `pip install 'waam-assistant[ray]'`, or leave it out.") from None
    if ray.is_initialized():
        return ray, False
    try:
        alone: dict[str, Any] = {} if address else {"include_dashboard": False}
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **alone)
    except Exception as wrong:  # ray raises many kinds
        where = f"at {address}" if address else "on this machine"
        words = str(wrong).strip().splitlines() or [type(wrong).__name__]
        raise WaamError(f"Ray does not start {where} ({words[0][:160]}); start a cluster with `ray start --head`, or check --address.") from None
    return ray, True
