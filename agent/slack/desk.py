"""Where questions from Slack arrive and their answers leave: each is begun once, asked, and posted, and the journal knows how far it is.

What stands in one place, a thread or the main line of a direct message, is done in one lane, so that its questions are asked and answered in their
order. A turn never waits for Slack and Slack never for a turn.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from langgraph.graph.state import CompiledStateGraph
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from agent.errors import Busy, WaamError
from agent.many.allowance import Allowance
from agent.settings import Settings
from agent.slack import reply as replies
from agent.slack.board import Board
from agent.slack.downloads import Downloads
from agent.slack.incoming import MAIN, Incoming
from agent.slack.journal import Journal
from agent.slack.lanes import Lanes
from agent.slack.mrkdwn import escape
from agent.slack.posting import THINKING, Posting, error, is_final, not_here
from agent.slack.questions import Questions
from agent.slack.reply import Reply

LOG = logging.getLogger(__name__)
ANEW = "A new conversation begins here."
OWN = "Each thread is a conversation of its own: ask outside of this one to begin a new one."


@dataclass(frozen=True)
class Tools:
    """What the desk works with. `quiet`: a client that does not repeat by itself."""

    client: WebClient
    quiet: WebClient
    journal: Journal
    downloads: Downloads


class Desk:
    """`graph` keeps conversations and may open files: those that `downloads` fetched are all that it is handed. `alone` does neither."""

    def __init__(self, graph: CompiledStateGraph, alone: CompiledStateGraph, config: Settings, tools: Tools) -> None:
        self._slack, self._journal, self._downloads = config.slack, tools.journal, tools.downloads
        self._board, self._lanes = Board(tools.quiet), Lanes()
        self._posting = Posting(tools.client, tools.journal, self._board)
        self._questions = Questions(graph, alone, config, self._board, self._finish)
        self._allowance = Allowance("questions", config.slack.per_minute, config.slack.per_day)
        self._doing: set[str] = set()  # keys of the questions that are on their way here
        self._lock = Lock()
        self._ended: bool | None = None

    def hand_in(self, incoming: Incoming) -> None:
        """Ask what was just taken down. Returns at once."""
        self._take_up(incoming, lambda: self._receive(incoming))

    def resume(self) -> int:
        """Go on with what the last process left, or what was lost on its way since then; how many questions that are."""
        if self._questions.closing:
            return 0
        with self._lock:
            doing = set(self._doing)
        left = self._journal.unfinished(self._slack.answer_within_s, doing)
        return sum(self._take_up(each.incoming, lambda each=each: self._resume(each.incoming)) for each in left)  # type: ignore[misc]

    def close(self, timeout_s: float) -> bool:
        """Let what runs end and be posted; what waits keeps its place in the journal. Whether all that ran has ended."""
        if self._ended is None:
            until = time.monotonic() + timeout_s
            ended = self._questions.close(timeout_s)
            ended &= self._lanes.close(max(2.0, until - time.monotonic()))
            self._board.close()
            self._ended = ended
        return self._ended

    def _take_up(self, incoming: Incoming, work: Callable[[], None]) -> bool:
        """False if it is on its way already."""
        with self._lock:
            if incoming.key in self._doing:
                return False
            self._doing.add(incoming.key)
        self._later(incoming, work)
        return True

    def _receive(self, incoming: Incoming) -> None:
        if refusal := self._allowance.refusal(incoming.user):
            self._put_away(incoming)  # first: what Slack does not let us say must not be asked for that
            self._posting.alone(incoming, refusal.words)
        else:
            self._journal.admitted(incoming.key)
            self._begin(incoming, None)

    def _resume(self, incoming: Incoming) -> None:
        left = self._journal.left(incoming.key)  # as it is now: it may have been posted while this waited
        if left is None:
            self._let_go(incoming)
        elif left.reply is not None:
            self._post(left.incoming, left.shown, left.reply)
        elif given := self._questions.given(left.incoming):
            self._finish(left.incoming, left.shown, *given)
        elif left.admitted:
            self._begin(left.incoming, left.shown)
        else:
            self._receive(left.incoming)

    def _begin(self, incoming: Incoming, shown: str | None) -> None:
        if incoming.begins_anew:
            self._begin_anew(incoming)
        elif incoming.root not in ("", MAIN):
            self._ask(incoming, shown)
        else:
            ts = incoming.ts
            if not incoming.root:  # a command: it stands nowhere yet
                ts = self._posting.say(incoming, f"<@{incoming.user}> asks: {escape(incoming.question)[:3500]}")
            rooted = self._rooted(incoming, self._journal.main_line(incoming, ts, self._slack.pause_h * 3600) if incoming.direct else ts)
            if rooted.place == incoming.place:
                self._ask(rooted, shown)
            else:
                self._later(rooted, lambda: self._ask(rooted, None))  # in the lane of its thread

    def _begin_anew(self, incoming: Incoming) -> None:
        if incoming.thread is not None:
            self._posting.say(incoming, OWN)
        else:
            if incoming.root == MAIN:
                incoming = self._rooted(incoming, f"{MAIN}-{incoming.ts}")
            ts = self._posting.say(incoming, ANEW)
            if not incoming.root:  # a command has no place of its own: it begins where we say so
                self._rooted(incoming, f"{MAIN}-{ts}")
        self._put_away(incoming)

    def _rooted(self, incoming: Incoming, root: str) -> Incoming:
        rooted = incoming.model_copy(update={"root": root})
        self._journal.rooted(rooted)
        return rooted

    def _ask(self, incoming: Incoming, shown: str | None) -> None:
        if shown is None:
            shown = self._posting.begin(incoming)
        self._board.watch((incoming.channel, shown), THINKING)
        try:
            self._questions.ask(incoming, shown, self._downloads.fetch(incoming))
        except WaamError as refused:  # also Busy: that is the answer, and the person asks again
            if not (self._questions.closing and isinstance(refused, Busy)):
                self._finish(incoming, shown, replies.said(str(refused)), None)

    def _finish(self, incoming: Incoming, shown: str | None, reply: Reply, checkpoint: str | None) -> None:
        def keep() -> None:
            self._journal.answered(incoming.key, reply, checkpoint)
            self._later(incoming, lambda: self._post(incoming, shown, reply))

        self._safely(incoming, keep)

    def _post(self, incoming: Incoming, shown: str | None, reply: Reply) -> None:
        self._posting.post(incoming, shown, reply)
        self._put_away(incoming)

    def _put_away(self, incoming: Incoming) -> None:
        self._journal.posted(incoming.key)
        self._let_go(incoming)

    def _let_go(self, incoming: Incoming) -> None:
        with self._lock:
            self._doing.discard(incoming.key)

    def _later(self, incoming: Incoming, work: Callable[[], None]) -> None:
        self._lanes.later(incoming.place, lambda: self._safely(incoming, work))

    def _safely(self, incoming: Incoming, work: Callable[[], None]) -> None:
        """Where it breaks the lane goes on, and `resume` finds in the journal what is not put away."""
        try:
            try:
                work()
            except SlackApiError as refused:
                self._cannot(incoming, refused)
        except Exception as broken:
            LOG.warning("A question in %s is left as far as it is: %s: %s", incoming.channel, type(broken).__name__, broken)
            LOG.debug("it broke here", exc_info=True)
            self._let_go(incoming)

    def _cannot(self, incoming: Incoming, refused: SlackApiError) -> None:
        LOG.warning("Slack did not let me write in %s: %s", incoming.channel, error(refused))
        if is_final(refused):
            self._put_away(incoming)
            not_here(incoming)
        else:
            self._let_go(incoming)
