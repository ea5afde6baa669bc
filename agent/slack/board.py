"""What stands in Slack while an answer is being made: one message for each question, rewritten as things go on.

Slack takes about fifty updates a minute from an app in all, so one thread sends one at a time, that of the message which has waited longest; what a
message should have said in between is skipped. A turn only says what is new and never waits for Slack.
"""

import logging
from threading import Condition, Lock, Thread

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from agent.slack.reply import section

LOG = logging.getLogger(__name__)
EVERY_S = 1.2
Shown = tuple[str, str]  # channel and ts of a message


class Board:
    """`client`: one that does not repeat by itself, since the next update is better than the last one again."""

    def __init__(self, client: WebClient, every_s: float = EVERY_S) -> None:
        self._client, self._every = client, every_s
        self._news: dict[Shown, str] = {}  # the message that has waited longest first
        self._watched: dict[Shown, str] = {}  # what each says now
        self._changed, self._sending = Condition(), Lock()
        self._closed = False
        self._thread = Thread(target=self._run, name="slack-board", daemon=True)
        self._thread.start()

    def watch(self, message: Shown, text: str) -> None:
        """`message` stands in Slack and says `text`."""
        with self._changed:
            self._watched[message] = text

    def say(self, message: Shown, text: str) -> None:
        """`text` is mrkdwn. Nothing happens to a message that is not watched (any more)."""
        with self._changed:
            if message in self._watched:
                self._news[message] = text
                self._changed.notify()

    def leave(self, message: Shown) -> None:
        """Nothing more is written to it, also not by what is on its way now."""
        with self._changed:
            self._watched.pop(message, None)
            self._news.pop(message, None)
        with self._sending:
            pass

    def close(self) -> None:
        """Say what is still to be said, once, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._news or self._closed)
                if not self._news:
                    return
                message = next(iter(self._news))
                self._sending.acquire()
                text = self._news.pop(message)
            try:
                pause = self._send(message, text) if self._watched.get(message) != text else 0.0
            finally:
                self._sending.release()
            with self._changed:
                if message in self._watched:
                    self._watched[message] = text
                self._changed.wait_for(lambda: self._closed, pause)

    def _send(self, message: Shown, text: str) -> float:
        """How long to wait before the next one."""
        try:
            self._client.chat_update(channel=message[0], ts=message[1], text=text[:300], blocks=[section(text)])
        except SlackApiError as refused:
            LOG.debug("an update was refused: %s", refused.response.get("error"))
            return max(self._every, float(refused.response.headers.get("Retry-After") or 0))
        except Exception:  # what is said on the way is no loss; the answer is repeated until it is there
            LOG.debug("an update was lost", exc_info=True)
        return self._every
