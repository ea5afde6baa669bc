"""Where questions from Slack are asked and their answers posted. Nothing here waits for a turn: it hands over, and is called when the turn is done.

What belongs to one conversation is done in one lane, one after the other, so that its questions are asked and answered in their order. A turn
never waits for Slack and Slack never for a turn.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from langgraph.graph.state import CompiledStateGraph
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from agent import files, notes, rows
from agent.errors import Busy, WaamError
from agent.settings import Settings
from agent.slack import reply as replies
from agent.slack.board import Board
from agent.slack.downloads import Downloads
from agent.slack.incoming import Incoming, covers
from agent.slack.journal import Journal
from agent.slack.limits import Allowance
from agent.slack.mrkdwn import escape
from agent.slack.reply import Reply
from agent.state import Answer
from agent.turn import run_turn
from agent.turns import Asked, Turns

LOG = logging.getLogger(__name__)
LANES = 8
THINKING = "_Working on it …_"
UNCHECKED = "_Being written, not checked yet:_"
STOPPING = "_I am being restarted; your question keeps its place and is answered after that._"
NOT_HERE = "I cannot write in this channel; invite me with `/invite @waam`, or ask me in a direct message."
FINAL = frozenset({  # what Slack says where it makes no difference to ask it again; anything else is tried again
    "channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "msg_blocks_too_long", "restricted_action", "account_inactive",
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "no_permission", "missing_scope", "user_not_found", "cannot_dm_bot",
    "invalid_blocks", "invalid_blocks_format", "invalid_arguments", "no_text",
})  # fmt: skip


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
        self._graph, self._alone, self._config, self._slack = graph, alone, config, config.slack
        self._client, self._journal, self._downloads = tools.client, tools.journal, tools.downloads
        self._board = Board(tools.quiet)
        self._allowance = Allowance(self._slack.per_minute, self._slack.per_day)
        self._turns = Turns(self._turn, config.turns.at_once, config.turns.waiting)
        self._lanes = [ThreadPoolExecutor(1, thread_name_prefix=f"slack-{lane}") for lane in range(LANES)]
        self._doing: set[str] = set()  # keys of the questions that are on their way here
        self._lock = Lock()
        self._closing = False
        self._ended: bool | None = None

    def hand_in(self, incoming: Incoming) -> None:
        """Ask what was just taken down. Returns at once."""
        self._take_up(incoming, lambda: self._begin(incoming, None))

    def resume(self) -> int:
        """Go on with what the last process left, or what was lost on its way since then; how many questions that are."""
        if self._closing:
            return 0
        with self._lock:
            doing = set(self._doing)
        left = self._journal.unfinished(self._slack.answer_within_s, doing)
        return sum(self._take_up(each.incoming, lambda each=each: self._resume(each.incoming)) for each in left)  # type: ignore[misc]

    def close(self, timeout_s: float) -> bool:
        """Let what runs end and be posted; what waits keeps its place in the journal. Whether all that ran has ended."""
        if self._ended is not None:
            return self._ended
        self._closing = True
        until = time.monotonic() + timeout_s
        ended = self._turns.close(timeout_s)
        while self._turns.running and time.monotonic() < until:  # an answer is handed on after its turn has ended
            time.sleep(0.01)
        last = [lane.submit(lambda: None) for lane in self._lanes]
        for lane in self._lanes:
            lane.shutdown(wait=False)
        ended &= not wait(last, max(2.0, until - time.monotonic())).not_done
        self._board.close()
        self._ended = ended
        return ended

    def _take_up(self, incoming: Incoming, work: Callable[[], None]) -> bool:
        """False if it is on its way already."""
        with self._lock:
            if incoming.key in self._doing:
                return False
            self._doing.add(incoming.key)
        self._later(incoming, work)
        return True

    def _put_away(self, incoming: Incoming) -> None:
        self._journal.posted(incoming.key)
        self._let_go(incoming)

    def _let_go(self, incoming: Incoming) -> None:
        with self._lock:
            self._doing.discard(incoming.key)

    def _begin(self, incoming: Incoming, shown: str | None, again: bool = False) -> None:
        if not again and (refusal := self._allowance.refusal(incoming.user)):
            thread = incoming.root if incoming.root not in ("", incoming.ts) else None  # a thread that has no reply shows nothing
            self._client.chat_postEphemeral(channel=incoming.channel, user=incoming.user, thread_ts=thread, text=escape(refusal))
            self._put_away(incoming)
            return
        if not incoming.root:
            text = f"<@{incoming.user}> asks: {escape(incoming.question)[:3500]}"
            root = str(self._client.chat_postMessage(channel=incoming.channel, text=text)["ts"])
            rooted = incoming.model_copy(update={"root": root})
            self._journal.rooted(rooted)
            self._later(rooted, lambda: self._begin(rooted, None, again=True))  # in the lane of its thread
            return
        if shown is None:
            shown = str(self._client.chat_postMessage(**_place(incoming), text="Working on it …", blocks=[replies.section(THINKING)])["ts"])
            self._journal.shown(incoming.key, shown)
        self._board.watch((incoming.channel, shown), THINKING)
        try:
            note, opened = notes.apart(self._downloads.fetch(incoming), self._config.limits.question_chars)
            table = None if note else files.beads(opened, self._slack.rows)
            if table is None:
                self._ask(incoming, shown, opened, note)
            else:
                self._ask_rows(incoming, shown, table)
        except WaamError as refused:  # also Busy: that is the answer, and the person asks again
            if not (self._closing and isinstance(refused, Busy)):
                self._finish(incoming, shown, replies.said(str(refused)), None)

    def _resume(self, incoming: Incoming) -> None:
        left = self._journal.left(incoming.key)  # as it is now: it may have been posted while this waited
        if left is None:
            self._let_go(incoming)
        elif left.reply is not None:
            self._post(left.incoming, left.shown, left.reply)
        else:
            self._begin(left.incoming, left.shown, again=True)

    def _ask(self, incoming: Incoming, shown: str, opened: list[str], note: str) -> None:
        question = notes.handed_over(incoming.question, note) if note else incoming.question or files.about(opened)
        asked = Asked(question, incoming.user, incoming.conversation, files=tuple(opened))

        def done(future: "Future[Answer]") -> None:
            # called before the next turn of this conversation begins, so that what the graph holds of it is this turn
            answer = self._outcome(future)
            if answer is None:
                self._board.say((incoming.channel, shown), STOPPING)
                return
            checkpoint = None if future.cancelled() or future.exception() else self._checkpoint(incoming.conversation)
            cited_only = covers(self._slack.cited_only, incoming.channel)
            reply = replies.of_answer(answer, incoming.key, self._config.home, cited_only, buttons=checkpoint is not None)
            self._finish(incoming, shown, reply, checkpoint)

        future = self._turns.submit(asked, self._watch(incoming, shown))
        future.add_done_callback(lambda future: self._settle(incoming, shown, lambda: done(future)))

    def _ask_rows(self, incoming: Incoming, shown: str, table: rows.Table) -> None:
        """Every row is a question of its own, with none before it."""
        question = incoming.question or files.ABOUT_ROWS
        answers: dict[int, Answer | None] = {}
        chosen, lock = table.rows, Lock()

        def one(at: int, answer: Answer | None) -> None:
            with lock:
                answers[at] = answer
                count = len(answers)
            self._board.say((incoming.channel, shown), f"_{count} of {len(chosen)} rows are answered_")
            if count < len(chosen):
                return
            found = [(row.name, answers[at]) for at, row in enumerate(chosen)]
            if any(answer is None for _, answer in found):
                self._board.say((incoming.channel, shown), STOPPING)
                return
            cited_only = covers(self._slack.cited_only, incoming.channel)
            reply = replies.of_rows([(name, answer) for name, answer in found if answer], table.more, self._config.home, cited_only)
            self._finish(incoming, shown, reply, None)

        def settled(at: int, future: "Future[Answer]") -> None:
            self._settle(incoming, shown, lambda: one(at, self._outcome(future)))

        for at, row in enumerate(chosen):
            try:
                future = self._turns.submit(Asked(f"{question}\n{row.text}", incoming.user))
            except Busy as busy:
                one(at, None if self._closing else Answer(status="error", answer=str(busy)))
            else:
                future.add_done_callback(partial(settled, at))

    def _settle(self, incoming: Incoming, shown: str, work: Callable[[], None]) -> None:
        """What is done when a turn has ended, in the turn's own thread: a kill after it finds the answer in the journal."""
        try:
            work()
        except Exception as defect:
            LOG.warning("An answer in %s could not be shown: %s: %s", incoming.channel, type(defect).__name__, defect)
            LOG.debug("it broke here", exc_info=True)
            broken = replies.said(f"The answer could not be shown ({type(defect).__name__}); ask again.")
            self._safely(incoming, lambda: self._finish(incoming, shown, broken, None))

    def _finish(self, incoming: Incoming, shown: str, reply: Reply, checkpoint: str | None) -> None:
        self._journal.answered(incoming.key, reply, checkpoint)
        self._later(incoming, lambda: self._post(incoming, shown, reply))

    def _post(self, incoming: Incoming, shown: str | None, reply: Reply) -> None:
        """The first message in the place of the one that said how far it is, the others and the pictures below it."""
        first, *others = reply.messages
        if shown is not None:
            self._board.leave((incoming.channel, shown))
        try:
            self._replace(incoming, shown, first)
            for at, message in enumerate(others):
                self._client.chat_postMessage(**_place(incoming), **message.model_dump())
                self._journal.remains(incoming.key, Reply(messages=[first, *others[at + 1 :]], plots=reply.plots))
            self._draw(incoming, [plot for plot in reply.plots if Path(plot).is_file()])
        except SlackApiError as refused:
            if _error(refused) not in FINAL:  # the journal keeps it for `resume`
                raise
            LOG.warning("Slack did not take an answer in %s: %s", incoming.channel, _error(refused))
        self._put_away(incoming)

    def _replace(self, incoming: Incoming, shown: str | None, message: replies.Message) -> None:
        if shown is not None:
            try:
                self._client.chat_update(channel=incoming.channel, ts=shown, **message.model_dump())
                return
            except SlackApiError as refused:
                if _error(refused) not in ("message_not_found", "cant_update_message", "edit_window_closed"):  # somebody removed it
                    raise
        self._journal.shown(incoming.key, str(self._client.chat_postMessage(**_place(incoming), **message.model_dump())["ts"]))

    def _draw(self, incoming: Incoming, plots: list[str]) -> None:
        if not plots:
            return
        try:
            uploads = [{"file": plot, "filename": Path(plot).name, "title": Path(plot).stem.replace("_", " ")} for plot in plots]
            self._client.files_upload_v2(file_uploads=uploads, channel=incoming.channel, thread_ts=incoming.root)
        except SlackApiError as refused:
            if _error(refused) != "missing_scope":
                raise
            self._client.chat_postMessage(**_place(incoming), text="I may not upload the plots here; give the bot the scope files:write.")

    def _turn(self, asked: Asked, on_event: Callable[[str, str], None]) -> Answer:
        graph = self._graph if asked.thread else self._alone
        return run_turn(graph, asked.question, list(asked.history), asked.thread, on_event, asked.files, outside=True)

    def _watch(self, incoming: Incoming, shown: str) -> Callable[[str, str], None]:
        """What a turn tells, as the message says it. The draft is shown as what it is, and not where only what is cited may be."""
        draft: list[str] = []
        quiet = covers(self._slack.cited_only, incoming.channel)

        def on_event(kind: str, text: str) -> None:
            if kind == "progress":
                draft.clear()
                words = f"_{escape(text[:1].upper() + text[1:])} …_"
            elif kind == "waiting":
                words = f"_Busy: {escape(text)} of you …_"
            elif quiet:
                return
            else:
                draft.append(text)
                words = f"{UNCHECKED}\n{escape(''.join(draft))[:2500]}"
            self._board.say((incoming.channel, shown), words)

        return on_event

    def _outcome(self, future: "Future[Answer]") -> Answer | None:
        """None where it was not asked because this process ends."""
        try:
            return future.result()
        except (Busy, CancelledError) as refused:
            return None if self._closing else Answer(status="error", answer=str(refused) or "The question was dropped; ask it again.")
        except Exception as defect:
            LOG.debug("a turn broke", exc_info=True)
            return Answer(status="error", answer=f"Something broke here ({type(defect).__name__}); ask again, or tell whoever runs this assistant.")

    def _checkpoint(self, conversation: str) -> str | None:
        found: dict[str, Any] = dict(self._graph.get_state({"configurable": {"thread_id": conversation}}).config.get("configurable", {}))
        return found.get("checkpoint_id")

    def _later(self, incoming: Incoming, work: Callable[[], None]) -> None:
        try:
            self._lanes[hash(incoming.conversation) % LANES].submit(self._safely, incoming, work)
        except RuntimeError:  # closed; a restart does it
            LOG.debug("a lane is closed")

    def _safely(self, incoming: Incoming, work: Callable[[], None]) -> None:
        """Where it breaks the lane goes on, and `resume` finds the question in the journal."""
        try:
            try:
                work()
            except SlackApiError as refused:
                self._cannot(incoming, _error(refused))
        except Exception as broken:
            LOG.warning("A question in %s is left for later: %s: %s", incoming.channel, type(broken).__name__, broken)
            LOG.debug("it broke here", exc_info=True)
            self._let_go(incoming)

    def _cannot(self, incoming: Incoming, why: str) -> None:
        """Slack does not let us write there. A person who asked by a command or a shortcut is told so."""
        LOG.warning("Slack did not let me write in %s: %s", incoming.channel, why)
        if why not in FINAL:
            self._let_go(incoming)
            return
        self._put_away(incoming)
        if incoming.response_url:
            WebhookClient(incoming.response_url).send(text=NOT_HERE, response_type="ephemeral")


def _error(refused: SlackApiError) -> str:
    return str(refused.response.get("error"))


def _place(incoming: Incoming) -> dict[str, Any]:
    return {"channel": incoming.channel, "thread_ts": incoming.root, "unfurl_links": False, "unfurl_media": False}
