"""A chat whose model is scripted, over piped lines or at a terminal of its own."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from agent.chat import loop
from agent.chat import session as chatting
from agent.chat.screen import Screen
from agent.chat.session import Session
from agent.llm import ScriptedModel
from agent.settings import Settings


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, bench, shortlist):
    """`script(config, lines, *replies)` runs a chat over piped lines with a scripted model."""

    def run(config: Settings, lines: list[str], *replies, resume: str | None = None) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        monkeypatch.setattr(chatting, "chat_model", lambda settings: ScriptedModel(replies=list(replies)))
        assert loop.chat(loop.opened(config, name=resume))

    return run


class Terminal:
    """What a person sees, without colours. `lines` since the last time it was asked."""

    def __init__(self, width: int = 80, **console) -> None:
        self.written = io.StringIO()
        options = {"force_terminal": True, "color_system": None, "markup": False, "highlight": False} | console
        self.screen = Screen(Console(file=self.written, width=width, height=24, **options))

    def lines(self) -> list[str]:
        text = self.written.getvalue()
        self.written.seek(0)
        self.written.truncate()
        return [line.rstrip() for line in text.split("\n")]


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch, bench, shortlist, config: Settings) -> Callable[..., tuple[Session, Terminal]]:
    """`talk(*replies)`: a session at a terminal of 80 columns that draws nothing over, and that terminal."""
    for name in ("TERM_PROGRAM", "KITTY_WINDOW_ID", "LC_TERMINAL"):
        monkeypatch.delenv(name, raising=False)

    def begin(*replies, resume: str | None = "monday") -> tuple[Session, Terminal]:
        monkeypatch.setattr(chatting, "chat_model", lambda settings: ScriptedModel(replies=list(replies)))
        monkeypatch.setenv("TERM", "dumb")
        shown = Terminal()
        return Session(config, shown.screen, resume), shown

    return begin
