"""The chat in the terminal: a loop of prompt, progress, answer. The conversation lives in SQLite."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory
from rich.console import Console
from rich.markdown import Markdown

from agent import files
from agent.conversations import checkpointer
from agent.errors import BadInput, WaamError
from agent.graph import build
from agent.learning.feedback import of_turn, parse
from agent.learning.feedback_store import FeedbackStore
from agent.llm import chat_model
from agent.model.vllm_server import VllmServer
from agent.render import plain
from agent.settings import Settings
from agent.state import Answer
from agent.turn import run_turn

HELP = (
    "/file PATH attaches a monitoring log to the next question, /sources shows what the last answer cites, /why how it was checked, "
    "/feedback says whether it was good, /reset starts over, /help this; Ctrl-C stops a turn, Ctrl-D leaves."
)


def chat(settings: Settings, resume: str | None = None) -> None:
    """Read questions until Ctrl-D. Piped input is answered line by line."""
    console = Console(highlight=False)
    thread = resume or datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    graph = build(chat_model(settings), settings, checkpointer(settings), local=True)
    if not settings.llm.base_url and VllmServer(settings).status().state != "running":
        console.print("No language model is running (`waam up` starts it); answers will be plain lists of results.", style="yellow")
    console.print(f"Conversation {thread}. {HELP}", style="dim")
    session: PromptSession[str] | None = PromptSession(history=FileHistory(str(settings.state / "chat_history"))) if sys.stdin.isatty() else None
    last: Answer | None = None
    attached: list[str] = []
    while True:
        try:
            text = (session.prompt("> ") if session else _piped()).strip()
        except EOFError:
            return
        except KeyboardInterrupt:
            continue
        if text == "/reset":
            thread, attached = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f"), []
            console.print(f"New conversation {thread}.", style="dim")
        elif text.split()[:1] == ["/file"]:
            attached = attach(text, settings.limits.file_mb, console)
        elif text.split()[:1] == ["/feedback"]:
            console.print(feedback(text, graph.get_state({"configurable": {"thread_id": thread}}).values, thread, settings), markup=False)
        elif text.startswith("/") and not files.names(text.split()[0]):  # /data/run.csv begins a question
            console.print(command(text, last))
        elif text:
            try:
                chosen, attached = [*attached, *files.named(text, settings.limits.file_mb)], []
            except BadInput as refused:
                console.print(str(refused), soft_wrap=True)
                continue
            try:
                with console.status("thinking") as line:
                    last = run_turn(
                        graph, text, thread=thread, files=chosen, on_event=lambda kind, words: line.update(words) if kind == "progress" else None
                    )
                console.print(Markdown(last.answer) if console.is_terminal else last.answer)
            except KeyboardInterrupt:
                console.print("stopped", style="dim")


def attach(text: str, most_mb: int, console: Console) -> list[str]:
    """`/file PATH`, with a mapping too where it has one: what is opened with the next question. A path alone may have spaces."""
    written = text.removeprefix("/file").strip()
    try:
        found = files.given([written] if Path(written).expanduser().is_file() else files.names(written) or [written], most_mb)
    except BadInput as refused:
        console.print(str(refused) if written else "Write the log's path behind it, such as /file run.csv.", soft_wrap=True)
        return []
    console.print(f"The next question is about {', '.join(found)}.", soft_wrap=True)
    return found


def feedback(text: str, values: Mapping[str, Any], thread: str, settings: Settings) -> str:
    """`/feedback …` on the last turn, of which `values` are the graph's state: kept, and what is said to that."""
    try:
        kept = FeedbackStore(settings.state).add(of_turn(values, parse(text.removeprefix("/feedback")), thread, settings.limits))
    except WaamError as refused:
        return str(refused)
    tools, answer = ", ".join(kept.tools), kept.answer
    said = [kept.verdict, kept.comment, f"right tools: {tools}" if tools else "", f"right answer: {answer}" if answer else ""]
    words = "; ".join(part for part in said if part)
    return f"Kept as feedback {kept.id} ({words}). Once it is approved with `waam feedback approve {kept.id}`, the language model can learn from it."


def command(text: str, last: Answer | None) -> str:
    """What a slash command prints."""
    if text == "/help":
        return HELP
    if text not in ("/sources", "/why"):
        return f"There is no command {text.split()[0]}. {HELP}"
    if last is None:
        return "Ask something first."
    if text == "/sources":
        return plain(last.model_copy(update={"answer": "The last answer rests on:"}))
    return last.model_dump_json(include={"status", "checks", "model", "usage", "timings_ms"}, indent=1)


def _piped() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
