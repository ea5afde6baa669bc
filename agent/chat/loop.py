"""The loop of the chat, from its first line to its last: which conversation it is, what is read, and how it is left."""

import shlex
import sys
from typing import Any

from agent.chat.commands import COMMANDS
from agent.chat.screen import Screen
from agent.chat.session import Session
from agent.conversations import chosen, conversations, exists
from agent.errors import BadInput
from agent.model.vllm_server import VllmServer
from agent.settings import Settings

LONGEST_NAME = 60


def opened(settings: Settings, resume: str | None = None, name: str | None = None) -> Session:
    """A session in the earlier conversation `resume`, in that of this `name`, which may begin, or in a new one. Raises BadInput, one sentence."""
    if resume is not None and name is not None:
        raise BadInput("Give --resume for an earlier conversation, or --name for one that may begin, not both.")
    if name is not None and not (name.isprintable() and not set(name) & set(" /") and 0 < len(name) <= LONGEST_NAME):
        raise BadInput(f"A conversation's name has 1 to {LONGEST_NAME} characters, without a blank or a stroke; write --name monday.")
    session = Session(settings, Screen(), name)
    if resume is not None:
        session.talk_on(chosen(session.saver, resume))
    return session


def chat(session: Session) -> bool:
    """Read entries until Ctrl-D; piped input is taken line by line. False if a stopped turn still hangs in a model or a tool then."""
    read = _prompt(session) if sys.stdin.isatty() else _piped
    _greet(session, known=session.last is not None)
    while True:
        try:
            text = read().strip()
        except EOFError:
            break
        except KeyboardInterrupt:  # drops what is typed
            if not sys.stdin.isatty():
                raise
            session.screen.say("Ctrl-D leaves.", "dim")
            continue
        try:
            session.take(text)
        except EOFError:  # /quit
            break
        except KeyboardInterrupt:  # while a command runs or an answer is printed
            if not (sys.stdin.isatty() and session.screen.console.is_terminal):
                raise
            session.screen.say("Stopped.", "dim")
    if session.screen.console.is_terminal and exists(session.saver, session.thread):
        session.screen.say(f"Resume with: waam chat --resume {shlex.quote(session.thread)}", "dim")
    return not any(turn.running for turn in session.stopped)


def _greet(session: Session, known: bool) -> None:
    settings = session.settings
    if not settings.llm.base_url and VllmServer(settings).status().state != "running":
        session.screen.say("No language model is running (`waam up` starts it); answers will be plain lists of results.", "yellow")
    if not session.screen.console.is_terminal:
        print(f"Conversation {session.thread}.", file=sys.stderr)
        return
    begun = "goes on" if known else "begins"
    session.screen.say(f"Conversation {session.thread} {begun}. /help lists the commands, Ctrl-C stops a turn, Ctrl-D leaves.", "dim")


def _prompt(session: Session) -> Any:
    from agent.chat.completion import ChatCompleter
    from agent.chat.entry import entry

    def marks() -> list[str]:
        last = session.last
        return [*(call.id for call in last.tool_calls), *(cited.id for cited in last.citations)] if last else []

    says = {name: command.says for name, command in COMMANDS.items()}
    completer = ChatCompleter(says, lambda: [each.name for each in conversations(session.saver)], marks)
    return entry(session.settings.state / "chat_history", completer, lambda: session.label).prompt


def _piped() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
