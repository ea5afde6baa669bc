"""Follow-ups that come before the mention that their thread begins with: Slack does not keep the order in which people wrote.

Kept in memory for two minutes and never on disk, since most of what is in here is other people's talk.
"""

import time
from collections import deque
from threading import Lock

from agent.slack.incoming import Incoming

KEPT_S, MOST = 120.0, 500


class Early:
    """Messages in threads that the assistant has no part in, so far."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: deque[tuple[float, Incoming]] = deque(maxlen=MOST)

    def keep(self, message: Incoming | None) -> None:
        if message is not None and message.root != message.ts:
            now = time.monotonic()
            with self._lock:
                while self._kept and self._kept[0][0] <= now - KEPT_S:
                    self._kept.popleft()
                self._kept.append((now, message))

    def after(self, mention: Incoming) -> list[Incoming]:
        """What was written in the thread of `mention` after it, in that order; it is kept no longer."""
        since = time.monotonic() - KEPT_S
        with self._lock:
            recent = [each for at, each in self._kept if at > since and each.conversation == mention.conversation]
            self._kept = deque(((at, each) for at, each in self._kept if at > since and each not in recent), maxlen=MOST)
        return sorted((each for each in recent if float(each.ts) > float(mention.ts)), key=lambda each: float(each.ts))
