"""A question, or each row of a table of settings, asked of the graph, and its answer as a reply. Nothing here waits for a turn or for Slack."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from langgraph.graph.state import CompiledStateGraph

from agent.attached.meant import Meant, meant
from agent.attached.rows import Table
from agent.errors import Busy
from agent.many.turns import Asked, Turns
from agent.settings import Settings
from agent.slack import reply as replies
from agent.slack.board import Board
from agent.slack.incoming import Incoming, covers
from agent.slack.mrkdwn import escape
from agent.slack.reply import Reply
from agent.state import Answer
from agent.turn import NAME, run_turn

LOG = logging.getLogger(__name__)
UNCHECKED = "_Being written, not checked yet:_"
STOPPING = "_I am being restarted; your question keeps its place and is answered after that._"
TOO_LONG = "have whoever runs this assistant add it with `waam knowledge add` on its machine, so that answers can cite it"
Finish = Callable[[Incoming, str, Reply, str | None], None]


@dataclass(frozen=True)
class _Kept(Asked):
    """A question whose turn is kept in its conversation, under its key."""

    key: str = ""


class Questions:
    """`graph` keeps conversations and may open files: those that were fetched from Slack are all that it is handed. `alone` does neither.
    `finish` is called once for a question that was answered, with the message that stands for the answer, the reply, and the checkpoint of the
    turn; it must not raise. What was not asked because this process ends is not finished."""

    def __init__(self, graph: CompiledStateGraph, alone: CompiledStateGraph, config: Settings, board: Board, finish: Finish) -> None:
        self._graph, self._alone, self._config, self._board, self._finish = graph, alone, config, board, finish
        self._turns = Turns(self._turn, config.turns.at_once, config.turns.waiting)
        self.closing = False

    def ask(self, incoming: Incoming, shown: str, fetched: list[str]) -> None:
        """Hand it over. Raises WaamError, one sentence, for files that are not read and where the line is full."""
        asked = meant(incoming.question, fetched, self._config.limits, TOO_LONG, most=self._config.slack.rows)
        if asked.table is None:
            self._ask(incoming, shown, asked)
        else:
            self._ask_rows(incoming, shown, asked, asked.table)

    def given(self, incoming: Incoming) -> tuple[Reply, str] | None:
        """The reply and the checkpoint of a turn that had its answer when the last process was killed: asked once more, it would stand in its own
        history."""
        if saved := self._saved(incoming):
            answer, checkpoint = saved
            return self._reply(incoming, answer, checkpoint), checkpoint
        return None

    def close(self, timeout_s: float) -> bool:
        """Let what runs end; whether it did in time."""
        self.closing = True
        until = time.monotonic() + timeout_s
        ended = self._turns.close(timeout_s)
        while self._turns.running and time.monotonic() < until:  # an answer is handed on after its turn has ended
            time.sleep(0.01)
        return ended

    def _ask(self, incoming: Incoming, shown: str, asked: Meant) -> None:
        kept = _Kept(asked.question, incoming.user, incoming.conversation, files=tuple(asked.opened), key=incoming.key)

        def done(future: "Future[Answer]") -> None:
            answer = self._outcome(future)
            if answer is None:
                self._board.say((incoming.channel, shown), STOPPING)
                return
            saved = self._saved(incoming)
            checkpoint = saved[1] if saved and saved[0].answer == answer.answer else None  # a turn that broke has none with its answer
            self._finish(incoming, shown, self._reply(incoming, answer, checkpoint), checkpoint)

        future = self._turns.submit(kept, self._watch(incoming, shown))
        future.add_done_callback(lambda future: self._settle(incoming, shown, lambda: done(future)))

    def _ask_rows(self, incoming: Incoming, shown: str, asked: Meant, table: Table) -> None:
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
            named = [(name, answer) for name, answer in found if answer]
            self._finish(incoming, shown, replies.of_rows(named, table.more, self._config.home, self._cited_only(incoming)), None)

        def settled(at: int, future: "Future[Answer]") -> None:
            self._settle(incoming, shown, lambda: one(at, self._outcome(future)))

        for at, row in enumerate(chosen):
            try:
                future = self._turns.submit(Asked(asked.of(row), incoming.user))
            except Busy as busy:
                one(at, None if self.closing else Answer(status="error", answer=str(busy)))
            else:
                future.add_done_callback(partial(settled, at))

    def _settle(self, incoming: Incoming, shown: str, work: Callable[[], None]) -> None:
        """What is done when a turn has ended, in the turn's own thread: a kill after it finds the answer in the journal."""
        try:
            work()
        except Exception as defect:
            LOG.warning("An answer in %s could not be shown: %s: %s", incoming.channel, type(defect).__name__, defect)
            LOG.debug("it broke here", exc_info=True)
            self._finish(incoming, shown, replies.said(f"The answer could not be shown ({type(defect).__name__}); ask again."), None)

    def _turn(self, asked: Asked, on_event: Callable[[str, str], None]) -> Answer:
        graph = self._graph if asked.thread else self._alone
        key = asked.key if isinstance(asked, _Kept) else None
        return run_turn(graph, asked.question, list(asked.history), asked.thread, on_event, asked.files, outside=True, name=key)

    def _watch(self, incoming: Incoming, shown: str) -> Callable[[str, str], None]:
        """What a turn tells, as the message says it. The draft is shown as what it is, and not where only what is cited may be."""
        draft: list[str] = []
        quiet = self._cited_only(incoming)

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
            return None if self.closing else Answer(status="error", answer=str(refused) or "The question was dropped; ask it again.")
        except Exception as defect:
            LOG.debug("a turn broke", exc_info=True)
            return Answer(status="error", answer=f"Something broke here ({type(defect).__name__}); ask again, or tell whoever runs this assistant.")

    def _saved(self, incoming: Incoming) -> tuple[Answer, str] | None:
        """What the conversation holds as the answer to this very question, with its checkpoint."""
        where: Any = {"configurable": {"thread_id": incoming.conversation}}
        for saved in self._graph.get_state_history(where, filter={NAME: incoming.key}, limit=1):
            answer, at = saved.values.get("answer"), dict(saved.config.get("configurable", {}))
            return (answer, str(at["checkpoint_id"])) if isinstance(answer, Answer) else None
        return None

    def _reply(self, incoming: Incoming, answer: Answer, checkpoint: str | None) -> Reply:
        return replies.of_answer(answer, incoming.key, self._config.home, self._cited_only(incoming), buttons=checkpoint is not None)

    def _cited_only(self, incoming: Incoming) -> bool:
        return covers(self._config.slack.cited_only, incoming.channel)
