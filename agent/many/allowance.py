"""How often one person may ask, over HTTP and in Slack. Counted in memory: a restart begins anew."""

import math
import time
from dataclasses import dataclass
from threading import Lock

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


@dataclass(frozen=True)
class Refusal:
    """`words`: one sentence that says when to ask again; `again_s`: the same in seconds."""

    words: str
    again_s: int


class Allowance:
    """Counts what each one asks. `what`: what they are called that are counted, such as questions."""

    def __init__(self, what: str, per_minute: int, per_day: int | None = None) -> None:
        self._what = what
        self._limits: list[tuple[RateLimitItem, str]] = [(RateLimitItemPerMinute(per_minute), "minute")]
        if per_day is not None:
            self._limits.append((RateLimitItemPerDay(per_day), "day"))
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._lock = Lock()

    def refusal(self, who: str) -> Refusal | None:
        """None, and it counts; or why it is not taken, and then it does not."""
        with self._lock:
            for limit, per in self._limits:
                if not self._limiter.test(limit, who):
                    again_s = max(1, math.ceil(self._limiter.get_window_stats(limit, who).reset_time - time.time()))
                    what = self._what.removesuffix("s") if limit.amount == 1 else self._what
                    return Refusal(f"More than {limit.amount} {what} in a {per}; ask again in {_spoken(again_s)}.", again_s)
            for limit, _ in self._limits:
                self._limiter.hit(limit, who)
        return None


def _spoken(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 7200 else f"{math.ceil(seconds / 3600)} hours"
