"""Where the chat prints. All that comes from answers, files or people passes through `harmless` first."""

import sys
from io import TextIOWrapper

from rich.console import Console, RenderableType
from rich.text import Text
from wcwidth import wrap

from agent.shown.render import harmless

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

    def say(self, words: str, style: str = "") -> None:
        """One or more lines, broken between words alone: a path that is longer than a line stays whole."""
        text = harmless(words)
        if self.console.is_terminal:
            broken = [wrap(line, self.width, break_long_words=False, break_on_hyphens=False) or [""] for line in text.split("\n")]
            text = "\n".join("\n".join(lines) for lines in broken)
        self.console.print(Text(text, style), soft_wrap=True)

    def show(self, what: RenderableType) -> None:
        """Something built of harmless texts, such as a table."""
        self.console.print(what, width=self.width)
