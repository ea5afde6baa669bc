"""What begins with a stroke: /why, /sources and the others, in one table that /help and the completion read too."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from agent.attached import documents, files
from agent.chat import drops
from agent.chat.saving import save
from agent.chat.show import source, sources
from agent.chat.trace import trace
from agent.chat.units import LISTED, spellings
from agent.conversations import chosen, conversations
from agent.errors import BadInput
from agent.learning.feedback import of_turn, parse
from agent.learning.feedback_store import FeedbackStore
from agent.model.adapter import served_name, version
from agent.setup.doctor import language_model
from agent.shown.render import harmless
from agent.state import Answer
from tools.quantities import QUANTITIES
from tools.registry import TOOLS

if TYPE_CHECKING:
    from agent.chat.session import Session


@dataclass(frozen=True)
class Command:
    """`takes` is what may stand behind its name, `says` what it is for, `run` what it does with that."""

    takes: str
    says: str
    run: "Callable[[Session, str], None]"


def why(session: "Session", argument: str) -> None:
    session.screen.show(trace(_answered(session), session.values, session.units))


def show_sources(session: "Session", argument: str) -> None:
    answer = _answered(session)
    if not argument:
        session.screen.show(sources(answer, session.units))
        return
    found = source(answer, argument, session.screen.width)
    if found is None:
        marks = [call.id for call in answer.tool_calls] + [cited.id for cited in answer.citations]
        raise BadInput(f"The last answer has no {argument[:20]!r}; it has {', '.join(marks) or 'no sources'}.")
    session.screen.show(found)


def attach(session: "Session", argument: str) -> None:
    """A path alone may have spaces; a log may have its mapping behind it."""
    if not argument:
        raise BadInput("Write the log's path behind it, such as /file run.csv.")
    if paths := drops.dropped(argument):
        session.attach(paths)
        return
    files.given(files.names(argument) or [argument], session.settings.limits.file_mb)  # says which of them is not there
    session.attach([Path(name).expanduser() for name in files.names(argument)])


def add(session: "Session", argument: str) -> None:
    """Documents into the knowledge base; then a question that stands behind them is asked."""
    if not argument:
        raise BadInput("Write the document's path behind it, such as /add paper.pdf.")
    paths, question = drops.leading(argument)
    if not paths:
        raise BadInput(f"There is no file {argument.split()[0]}; check the path.")
    taken = documents.add(paths, session.screen.say, lambda refused: session.screen.say(refused, "yellow"))
    if question and taken:
        session.ask(question)


def feedback(session: "Session", argument: str) -> None:
    """On the last turn: kept, and what is said to that."""
    said = parse(argument)
    kept = FeedbackStore(session.settings.state).add(of_turn(session.values, said, session.thread, session.settings.limits))
    tools, answer = ", ".join(kept.tools), kept.answer
    parts = [kept.verdict, kept.comment, f"right tools: {tools}" if tools else "", f"right answer: {answer}" if answer else ""]
    words = "; ".join(part for part in parts if part)
    session.screen.say(
        f"Kept as feedback {kept.id} ({words}). Once it is approved with `waam feedback approve {kept.id}`, the language model can learn from it."
    )


def tools(session: "Session", argument: str) -> None:
    if argument in TOOLS:
        session.screen.say(TOOLS[argument].description)
        return
    if argument:
        near = get_close_matches(argument, TOOLS, n=1)
        raise BadInput(f"There is no tool {argument[:40]!r}; {f'did you mean {near[0]}?' if near else '/tools alone lists them.'}")
    session.screen.show(_pairs((tool.name, _FIRST.split(tool.description, maxsplit=1)[0].rstrip(".:;")) for tool in TOOLS.values()))
    session.screen.say("/tools analyze_log says all about one.", "dim")


def model(session: "Session", argument: str) -> None:
    settings = session.settings
    found = language_model(settings)
    state = found.detail if found.well else f"{found.detail}; answers are plain lists of results until that is mended: {found.mend}"
    served = (("asked for as", served_name(settings)), ("server", settings.llm_url))
    rows = (("model", settings.llm.model), ("adapter", version(settings) or "none"), *served)
    session.screen.show(_pairs([*rows, ("state", state)]))


def unit(session: "Session", argument: str) -> None:
    if argument:
        session.screen.say(session.units.prefer(argument))
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=max(map(len, LISTED)))
    table.add_column()
    table.add_column(overflow="fold")
    table.add_row(*(Text(head, "dim") for head in ("quantity", "shown in", "understood in")))
    for field in map(QUANTITIES.__getitem__, LISTED):
        table.add_row(Text(field.name, "bold"), Text(session.units.of(field)), Text(", ".join(spellings(field))))
    session.screen.show(table)
    session.screen.say("/unit travel_speed cm/min has the tables show a quantity in another unit, /unit travel_speed in its own again.", "dim")


def save_as(session: "Session", argument: str) -> None:
    saved = session.turns()
    path = save(argument.strip("\"'"), session.thread, saved)
    session.screen.say(f"Saved {len(saved)} {'question' if len(saved) == 1 else 'questions'} with their answers to {path}.")


def resume(session: "Session", argument: str) -> None:
    """Without a name, the conversations of this machine; else one of them, by its name or its number in that list."""
    if argument:
        session.talk_on(chosen(session.saver, argument))
        last = session.last.answer.split("\n\n")[0] if session.last else "its last question was not answered"
        session.screen.say(f"Conversation {session.thread} goes on. The last answer was: {last}", "dim")
        return
    if not (found := conversations(session.saver)):
        raise BadInput("There is no conversation yet; ask something first.")
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=_NAME)  # its number does for a longer one
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for number, each in enumerate(found, start=1):
        here = "●" if each.name == session.thread else ""
        first = harmless(each.first.split("\n")[0])
        table.add_row(f"{number}{here}", f"{each.last.astimezone():%d %b %H:%M}", Text(harmless(each.name)), Text(first))
    session.screen.show(table)
    if other := next((number for number, each in enumerate(found, start=1) if each.name != session.thread), None):
        session.screen.say(f"/resume {other} goes on with number {other}.", "dim")


def reset(session: "Session", argument: str) -> None:
    session.begin_anew()
    session.screen.say(f"New conversation {session.thread}.", "dim")


def help_me(session: "Session", argument: str) -> None:
    session.screen.show(_pairs((f"{name} {command.takes}".rstrip(), command.says) for name, command in COMMANDS.items()))
    session.screen.say(KEYS, "dim")


def leave(session: "Session", argument: str) -> None:
    """What Ctrl-D does, for those who look for a word."""
    raise EOFError


def called(word: str, rest: str) -> Command | None:
    """The command of this name; a bare `quit` or `help` is one too."""
    return COMMANDS.get(word) or (COMMANDS.get(_PLAIN.get(word.lower(), "")) if not rest else None)


def none_such(word: str) -> str:
    """One sentence to a command that there is not: the nearest, or all of them."""
    near = get_close_matches(word.lower(), COMMANDS, n=1)
    return f"There is no command {word}; did you mean {near[0]}?" if near else f"There is no command {word}; they are {', '.join(COMMANDS)}."


COMMANDS: dict[str, Command] = {
    "/why": Command("", "how the last answer came about: tools, times, check", why),
    "/sources": Command("[2]", "what the last answer rests on; with a mark, that result or passage in full", show_sources),
    "/file": Command("PATH", "a monitoring log, or a note, for the next question; dropping the file does the same", attach),
    "/add": Command("PATH […]", "a document into the knowledge base, so that answers can cite it; then the question behind it", add),
    "/tools": Command("[NAME]", "what the assistant can do", tools),
    "/model": Command("", "which language model answers, and whether it does", model),
    "/unit": Command("[NAME UNIT]", "the units that are understood; in which one the tables show a quantity", unit),
    "/feedback": Command("good|bad …", "whether the last answer was good, and what would have been right", feedback),
    "/save": Command("FILE", "this conversation as .md or .json", save_as),
    "/resume": Command("[NAME]", "earlier conversations; with a name or number, go on with one", resume),
    "/reset": Command("", "begin a new conversation", reset),
    "/help": Command("", "this", help_me),
    "/quit": Command("", "leave, as Ctrl-D does", leave),
}
_PLAIN = {"/exit": "/quit", "exit": "/quit", "quit": "/quit", "help": "/help", "?": "/help"}
_FIRST = re.compile(r"(?<=[.:;?]) ")  # where the first part of a tool's description ends
_NAME = 30  # columns
KEYS = "Alt-Enter, or a backslash at the end, goes on in the next line; Ctrl-R searches what was typed; Ctrl-C stops a turn; Ctrl-D leaves."


def _answered(session: "Session") -> Answer:
    if session.last is None:
        raise BadInput("Ask something first.")
    return session.last


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(overflow="fold")
    for name, words in rows:
        table.add_row(Text(harmless(name), "bold"), Text(harmless(words)))
    return table
