"""What is done with an entry: ask, show. The conversation lives in SQLite; what is kept here is only what waits for the next question."""

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.live import Live

from agent.attached import files, notes
from agent.attached.meant import Meant, meant
from agent.attached.rows import Table
from agent.chat import drops, pictures
from agent.chat.commands import called, none_such
from agent.chat.progress import Progress
from agent.chat.screen import Screen
from agent.chat.show import answer_page
from agent.chat.stoppable import Stoppable
from agent.chat.units import Units
from agent.conversations import checkpointer, scratch, turns
from agent.errors import BadInput, WaamError
from agent.graph import build
from agent.llm import chat_model
from agent.settings import Settings
from agent.shown.render import plain
from agent.state import Answer

PICTURE_COLUMNS = 72
TOO_LONG = "put it into the knowledge base with /add and its path"


class Session:
    """One user at one terminal. `attached` and `note` go with the next question; `last` is what /why and /sources speak of."""

    def __init__(self, settings: Settings, screen: Screen, name: str | None = None) -> None:
        self.settings, self.screen = settings, screen
        self.saver = checkpointer(settings)
        self.graph = build(chat_model(settings), settings, self.saver, opens_files=True)
        self.units = Units(settings.state / "chat_units.json")
        self.attached: list[str] = []
        self.note = ""
        self.last: Answer | None = None
        self.stopped: list[Stoppable] = []
        self.talk_on(name or _new_name())

    @property
    def values(self) -> Mapping[str, Any]:
        """The graph's state after the last turn of the conversation."""
        return self.graph.get_state({"configurable": {"thread_id": self.thread}}).values

    @property
    def label(self) -> str:
        """What stands before the line that is typed: what goes with it."""
        names = [Path(file).name for file in self.attached] + (["note"] if self.note else [])
        return f"[{', '.join(names)}] > " if names else "> "

    def talk_on(self, name: str) -> None:
        """Go on with a conversation, or begin it."""
        self.thread, self.attached, self.note = name, [], ""
        self.last = self.values.get("answer")

    def begin_anew(self) -> None:
        self.talk_on(_new_name())

    def turns(self) -> list[tuple[str, Answer]]:
        return turns(self.saver, self.thread)

    def take(self, text: str) -> None:
        """One entry: a command, files, or a question."""
        word, _, rest = text.partition(" ")
        try:
            if dropped := drops.dropped(text) if text else []:
                self.attach(dropped)
            elif (command := called(word, rest)) is not None:
                command.run(self, rest.strip())
            elif (gone := drops.missing(text)) is not None:
                raise BadInput(f"There is no file {gone}; check the path.")
            elif word.startswith("/") and "/" not in word[1:] and not files.names(word):  # /data/run.csv begins a question
                raise BadInput(none_such(word))
            elif text or self.note or self.attached:
                self.ask(text)
        except WaamError as refused:
            self.screen.say(str(refused), "yellow")

    def attach(self, paths: list[Path]) -> None:
        """Files for the next question: logs and mappings to be opened, a note to be read in. A document is for the knowledge base."""
        documents = [path for path in paths if files.kind(path) == "document"]
        others = [str(path) for path in paths if path not in documents]
        note, opened = notes.apart(others, self.settings.limits.question_chars, TOO_LONG)
        self.attached, self.note = files.given(opened, self.settings.limits.file_mb) or self.attached, note or self.note
        if opened:
            self.screen.say(f"The next question is about {', '.join(self.attached)}. Enter alone asks “{files.about(self.attached)}”", "dim")
        if note:
            words = len(self.note.split())
            self.screen.say(f"Read in as a note ({words} words). Enter alone has it analysed; a question that you type is asked about it.", "dim")
        if documents:
            named, it = " ".join(shlex.quote(str(path)) for path in documents), "it" if len(documents) == 1 else "them"
            self.screen.say(f"/add {named} puts {it} into the knowledge base, so that answers can cite {it}; a question may stand behind.", "dim")

    def ask(self, question: str) -> None:
        """One turn, which Ctrl-C stops. What waited for a question is kept if it cannot be asked, and comes back if it is stopped."""
        written, limits = drops.quoted(question), self.settings.limits
        asked = meant(written, [*self.attached, *files.named(written, limits.file_mb)], limits, TOO_LONG, self.note)
        waited = self.attached, self.note
        self.attached, self.note = [], ""
        if asked.table is not None:
            if not self._ask_rows(asked, asked.table):
                self.attached, self.note = waited
            return
        turn = Stoppable(self.graph, self.saver, asked.question, self.thread, asked.opened)
        if not self._ended(turn):
            self.attached, self.note = waited
            self.screen.say("Stopped; the conversation is as it was before this question.", "dim")
            return
        self.last = turn.answer
        if self.last is not None:
            self._show(self.last)

    def _ask_rows(self, asked: Meant, table: Table) -> bool:
        """False where Ctrl-C stopped them."""
        self.screen.say(f"Each of the {len(table.rows)} rows is asked by itself, and none is part of the conversation.", "dim")
        with scratch() as saver:
            for number, row in enumerate(table.rows):
                self.screen.say(row.name, "bold")
                turn = Stoppable(self.graph, saver, asked.of(row), str(number))
                if not self._ended(turn):
                    self.screen.say(f"Stopped at {row.name}; the rows after it were not asked.", "dim")
                    return False
                if turn.answer is not None:
                    self._show(turn.answer)
        return True

    def _ended(self, turn: Stoppable) -> bool:
        """Follow a turn to its end; False where Ctrl-C stopped it. Raises KeyboardInterrupt where questions are piped."""
        try:
            self._watch(turn)
        except KeyboardInterrupt:
            turn.stop()
            self.stopped = [*(each for each in self.stopped if each.running), turn]
            if not self.screen.console.is_terminal:
                raise
            return False
        return True

    def _watch(self, turn: Stoppable) -> None:
        progress = Progress()
        if not self.screen.lively:
            for kind, words in turn.events():
                if kind == "progress" and self.screen.console.is_terminal:
                    self.screen.say(words, "dim")
            return
        with Live(progress, console=self.screen.console, transient=True, refresh_per_second=8):
            for kind, words in turn.events():
                progress.hear(kind, words)

    def _show(self, answer: Answer) -> None:
        if not self.screen.console.is_terminal:
            self.screen.say(plain(answer))
            return
        self.screen.show(answer_page(answer, self.units, self.screen.width))
        if by := pictures.protocol():
            drawn = [Path(plot) for call in answer.tool_calls if call.result for plot in call.result.pictures]
            for plot in drawn:
                self.screen.console.file.write(pictures.escape(plot, by, min(PICTURE_COLUMNS, self.screen.width)))
            self.screen.console.file.flush()
        self.screen.say("")


def _new_name() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
