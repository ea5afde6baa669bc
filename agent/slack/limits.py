"""How much one person may ask: so many questions a minute and a day. Kept in memory; a restart begins anew."""

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Allowance:
    """Counts what each person asks."""

    def __init__(self, per_minute: int, per_day: int) -> None:
        self._limits = ((RateLimitItemPerMinute(per_minute), "a minute"), (RateLimitItemPerDay(per_day), "a day"))
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def refusal(self, user: str) -> str | None:
        """None, and the question counts; or one sentence why it is not taken."""
        for limit, per in self._limits:
            if not self._limiter.test(limit, user):
                when = "in a minute" if per == "a minute" else "tomorrow"
                return f"One person may ask {limit.amount} questions {per} here; ask again {when}."
        return None if all([self._limiter.hit(limit, user) for limit, _ in self._limits]) else "You ask too fast; ask again in a minute."
