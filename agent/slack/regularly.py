"""Work that comes round, in a thread of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

LOG = logging.getLogger(__name__)


@contextmanager
def regularly(work: Callable[[], object], every_s: float) -> Iterator[None]:
    """Do `work` every so many seconds, first after as many; what breaks is tried again at the next time."""
    stop = Event()

    def run() -> None:
        while not stop.wait(every_s):
            try:
                work()
            except Exception as broken:
                LOG.warning("%s is tried again later: %s: %s", getattr(work, "__name__", "work"), type(broken).__name__, broken)

    thread = Thread(target=run, name="slack-regularly", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)
