"""The line that is typed: Enter sends it, Alt-Enter or a backslash before Enter goes on below, Ctrl-R searches what was typed before."""

import re
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import completion_is_selected, has_focus
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import TabsProcessor

# A key, a token, a password: by its name and a value behind it, or by its own beginning.
_SECRET = re.compile(
    r"(?i:(?:api[_ -]?key|access[_ -]?key|token|secret|passw(?:or)?d|passphrase|authorization)[\"']?\s*(?:[:=]|\bis\b)\s*\S)"
    r"|-----BEGIN |\bBearer\s+\S{8}|\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16}|\bxox[a-z]-\S{8}|\bgh[a-z]_\w{16}|\bhf_\w{16}"
    r"|\bAKIA[A-Z0-9]{12}|\beyJ[\w-]{16,}\.\w"
)


class DiscreetHistory(FileHistory):
    """What was typed, for the sessions to come; lines that hold a key or a password, or begin with a space, stay out of the file."""

    def store_string(self, string: str) -> None:
        if not (string.startswith(" ") or _SECRET.search(string)):
            super().store_string(string)


def history(file: Path) -> History:
    """The history in `file`, which no other user can read; one of this session only where the file cannot be had."""
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)
        return DiscreetHistory(str(file))
    except OSError:
        return InMemoryHistory()


def keys() -> KeyBindings:
    """Enter, Alt-Enter and the backslash; all else is as everywhere."""
    bindings = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)

    @bindings.add("enter", filter=typing & completion_is_selected)
    def choose(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    @bindings.add("enter", filter=typing & ~completion_is_selected)
    def send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.char_before_cursor == "\\" and not buffer.document.text_after_cursor.strip():
            buffer.delete_before_cursor()
            buffer.newline(copy_margin=False)
        else:
            buffer.validate_and_handle()

    @bindings.add("escape", "enter", filter=typing)
    def below(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    return bindings


def entry(file: Path, completer: Completer, label: Callable[[], str]) -> "PromptSession[str]":
    """The prompt; `label` says what stands before it. A paste of several lines stays one entry."""
    return PromptSession(
        label,
        multiline=True,
        prompt_continuation=lambda width, number, soft: " " * width if soft else "… ".rjust(width),
        history=history(file),
        key_bindings=keys(),
        completer=completer,
        complete_while_typing=False,
        input_processors=[TabsProcessor(tabstop=8, char1=" ", char2=" ")],
        enable_suspend=True,
        reserve_space_for_menu=6,
    )
