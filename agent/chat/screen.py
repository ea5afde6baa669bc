"""Where the chat prints. All that comes from answers, files or people passes through `harmless` first."""

import sys
from io import TextIOWrapper

from rich.console import Console, RenderableType
from rich.text import Text

from agent.render import harmless

WIDEST = 100  # columns: longer lines of prose are hard to read


class Screen:
    """A terminal, or a pipe or file that gets the same words without colour and without line breaks of ours."""

    def __init__(self, console: Console | None = None) -> None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a terminal of another encoding shows ? for °, and goes on
        self.console = console or Console(highlight=False, markup=False, emoji=False)

    @property
    def lively(self) -> bool:
        """Whether lines can be drawn over."""
        return self.console.is_terminal and not self.console.is_dumb_terminal

    @property
    def width(self) -> int:
        return min(self.console.width, WIDEST)

    def say(self, words: str, style: str = "", whole: bool = False) -> None:
        """One or more lines; `whole` where a path must not be broken."""
        text = Text(harmless(words), style)
        if whole or not self.console.is_terminal:
            self.console.print(text, soft_wrap=True)
        else:
            self.console.print(text, width=self.width)

    def show(self, what: RenderableType) -> None:
        """Something built of harmless texts, such as a table."""
        self.console.print(what, width=self.width)
