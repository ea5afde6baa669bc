"""Where questions from Slack are asked and their answers posted. Nothing here waits for a turn: it hands over, and is called when the turn is done.

What belongs to one conversation is done in one lane, one after the other, so that its questions are asked and answered in their order. A turn
never waits for Slack and Slack never for a turn.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from langgraph.graph.state import CompiledStateGraph
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from agent import files, rows
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
ABOUT_LOG, ABOUT_ROWS = "What is wrong in this log?", "Would this bead be normal?"  # where a file comes without a word


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
        self._closing = False

    def hand_in(self, incoming: Incoming) -> None:
        """Ask what was just taken down. Returns at once."""
        self._later(incoming, lambda: self._begin(incoming, None))

    def resume(self) -> int:
        """Go on with what the last process left; how many questions that are."""
        left = self._journal.unfinished(self._slack.answer_within_s)
        for each in left:
            self._later(each.incoming, lambda each=each: self._resume(each.incoming, each.shown, each.reply))  # type: ignore[misc]
        return len(left)

    def close(self, timeout_s: float) -> bool:
        """Let what runs end and be posted; what waits keeps its place in the journal. Whether all that ran has ended."""
        self._closing = True
        until = time.monotonic() + timeout_s
        ended = self._turns.close(timeout_s)
        while self._turns.running and time.monotonic() < until:  # an answer is handed on after its turn has ended
            time.sleep(0.01)
        for lane in self._lanes:
            lane.shutdown(wait=ended)
        self._board.close()
        return ended

    def _begin(self, incoming: Incoming, shown: str | None, again: bool = False) -> None:
        if not again and (refusal := self._allowance.refusal(incoming.user)):
            thread = incoming.root if incoming.root != incoming.ts else None  # a thread that has no reply shows nothing
            self._client.chat_postEphemeral(channel=incoming.channel, user=incoming.user, thread_ts=thread, text=escape(refusal))
            self._journal.posted(incoming.key)
            return
        if shown is None:
            shown = str(self._client.chat_postMessage(**_place(incoming), text="Working on it …", blocks=[replies.section(THINKING)])["ts"])
            self._journal.shown(incoming.key, shown)
        self._board.watch((incoming.channel, shown), THINKING)
        try:
            fetched = self._downloads.fetch(incoming)
            table = self._rows(fetched)
            if table is None:
                self._ask(incoming, shown, fetched)
            else:
                self._ask_rows(incoming, shown, table)
        except WaamError as refused:  # also Busy: that is the answer, and the person asks again
            if not (self._closing and isinstance(refused, Busy)):
                self._finish(incoming, shown, replies.said(str(refused)), None)

    def _resume(self, incoming: Incoming, shown: str | None, reply: Reply | None) -> None:
        if reply is not None:
            self._post(incoming, shown, reply)
        else:
            self._begin(incoming, shown, again=True)

    def _ask(self, incoming: Incoming, shown: str, fetched: list[str]) -> None:
        question = incoming.question or (ABOUT_LOG if fetched else "")
        asked = Asked(question, incoming.user, incoming.conversation, files=tuple(fetched))

        def done(future: "Future[Answer]") -> None:
            # called before the next turn of this conversation begins, so that what the graph holds of it is this turn
            answer = self._outcome(future)
            if answer is None:
                self._board.say((incoming.channel, shown), STOPPING)
                return
            checkpoint = None if future.cancelled() or future.exception() else self._checkpoint(incoming.conversation)
            self._later(incoming, lambda: self._answer(incoming, shown, answer, checkpoint))

        self._turns.submit(asked, self._watch(incoming, shown)).add_done_callback(done)

    def _ask_rows(self, incoming: Incoming, shown: str, table: rows.Table) -> None:
        """Every row is a question of its own, with none before it."""
        question = incoming.question or ABOUT_ROWS
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
            self._later(incoming, lambda: self._finish(incoming, shown, reply, None))

        for at, row in enumerate(chosen):
            try:
                future = self._turns.submit(Asked(f"{question}\n{row.text}", incoming.user))
            except Busy as busy:
                one(at, None if self._closing else Answer(status="error", answer=str(busy)))
            else:
                future.add_done_callback(lambda future, at=at: one(at, self._outcome(future)))  # type: ignore[misc]

    def _answer(self, incoming: Incoming, shown: str, answer: Answer, checkpoint: str | None) -> None:
        cited_only = covers(self._slack.cited_only, incoming.channel)
        reply = replies.of_answer(answer, incoming.key, self._config.home, cited_only, buttons=checkpoint is not None)
        self._finish(incoming, shown, reply, checkpoint)

    def _finish(self, incoming: Incoming, shown: str, reply: Reply, checkpoint: str | None) -> None:
        self._journal.answered(incoming.key, reply, checkpoint)
        self._post(incoming, shown, reply)

    def _post(self, incoming: Incoming, shown: str | None, reply: Reply) -> None:
        """The first message in the place of the one that said how far it is, the others and the pictures below it."""
        first, *others = reply.messages
        if shown is not None:
            self._board.leave((incoming.channel, shown))
        try:
            self._replace(incoming, shown, first)
            for message in others:
                self._client.chat_postMessage(**_place(incoming), **message.model_dump())
            self._draw(incoming, [plot for plot in reply.plots if Path(plot).is_file()])
        except SlackApiError as refused:
            if refused.response["error"] == "ratelimited":  # more often than is reasonable; a restart posts it
                raise
            LOG.warning("Slack did not take an answer in %s: %s", incoming.channel, refused.response["error"])
        self._journal.posted(incoming.key)

    def _replace(self, incoming: Incoming, shown: str | None, message: replies.Message) -> None:
        if shown is not None:
            try:
                self._client.chat_update(channel=incoming.channel, ts=shown, **message.model_dump())
                return
            except SlackApiError as refused:
                if refused.response["error"] not in ("message_not_found", "cant_update_message", "edit_window_closed"):  # somebody removed it
                    raise
        self._client.chat_postMessage(**_place(incoming), **message.model_dump())

    def _draw(self, incoming: Incoming, plots: list[str]) -> None:
        if not plots:
            return
        try:
            uploads = [{"file": plot, "filename": Path(plot).name, "title": Path(plot).stem.replace("_", " ")} for plot in plots]
            self._client.files_upload_v2(file_uploads=uploads, channel=incoming.channel, thread_ts=incoming.root)
        except SlackApiError as refused:
            if refused.response["error"] != "missing_scope":
                raise
            self._client.chat_postMessage(**_place(incoming), text="I may not upload the plots here; give the bot the scope files:write.")

    def _turn(self, asked: Asked, on_event: Callable[[str, str], None]) -> Answer:
        graph = self._graph if asked.thread else self._alone
        return run_turn(graph, asked.question, list(asked.history), asked.thread, on_event, asked.files)

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
            return Answer(status="error", answer=f"Something broke: {type(defect).__name__}: {defect}.")

    def _checkpoint(self, conversation: str) -> str | None:
        found: dict[str, Any] = dict(self._graph.get_state({"configurable": {"thread_id": conversation}}).config.get("configurable", {}))
        return found.get("checkpoint_id")

    def _rows(self, fetched: list[str]) -> rows.Table | None:
        """The rows of a single file of settings."""
        logs, mapping = files.parts(fetched)
        return rows.read(Path(logs[0]), self._slack.rows) if len(logs) == 1 and mapping is None else None

    def _later(self, incoming: Incoming, work: Callable[[], None]) -> None:
        def safely() -> None:
            try:
                work()
            except SlackApiError as refused:
                self._cannot(incoming, str(refused.response["error"]))
            except Exception as broken:  # the lane goes on; the journal has the question for a restart
                LOG.warning("A question in %s is left for the next start: %s: %s", incoming.channel, type(broken).__name__, broken)
                LOG.debug("it broke here", exc_info=True)

        try:
            self._lanes[hash(incoming.conversation) % LANES].submit(safely)
        except RuntimeError:  # closed; a restart does it
            LOG.debug("a lane is closed")

    def _cannot(self, incoming: Incoming, why: str) -> None:
        """Slack does not let us write there. A person who asked by a command or a shortcut is told so."""
        LOG.warning("Slack did not let me write in %s: %s", incoming.channel, why)
        if why == "ratelimited":
            return
        self._journal.posted(incoming.key)
        if incoming.response_url:
            WebhookClient(incoming.response_url).send(text=NOT_HERE, response_type="ephemeral")


def _place(incoming: Incoming) -> dict[str, Any]:
    return {"channel": incoming.channel, "thread_ts": incoming.root, "unfurl_links": False, "unfurl_media": False}
