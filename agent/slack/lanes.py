"""What belongs to one place in Slack is done one after the other, in the order in which it came; several places go side by side."""

import logging
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor, wait

LOG = logging.getLogger(__name__)
LANES = 8


class Lanes:
    """A few threads, each with a line before it; a place always has the same one. Work must not raise."""

    def __init__(self) -> None:
        self._lanes = [ThreadPoolExecutor(1, thread_name_prefix=f"slack-{lane}") for lane in range(LANES)]

    def later(self, place: Hashable, work: Callable[[], None]) -> None:
        """Do `work` after all that came before it for this place. Returns at once."""
        try:
            self._lanes[hash(place) % LANES].submit(work)
        except RuntimeError:  # closed; a restart does it
            LOG.debug("a lane is closed")

    def close(self, timeout_s: float) -> bool:
        """Take no more; whether all that waited was done in time."""
        last = [lane.submit(lambda: None) for lane in self._lanes]
        for lane in self._lanes:
            lane.shutdown(wait=False)
        return not wait(last, timeout_s).not_done
