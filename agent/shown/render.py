"""An answer as text for a terminal or a file: the answer, its notes, the tools' numbers, the sources."""

import io
import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.state import Answer, ToolCall
from tools.saying import said, title

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
# Controls but tab and line feed, halves of surrogate pairs, and what turns the direction of writing around.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """The text with a space for each character that would steer a terminal, or cannot be written to one."""
    return _STEERING.sub(" ", text.replace("\r\n", "\n"))


def page(width: int | None = None) -> tuple["Console", Callable[[], str]]:
    """A console that writes plain text in lines of at most `width` columns (the terminal's, and no more than 80), and what gives that text."""
    from rich.console import Console

    text = io.StringIO()
    columns = width or min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH)
    console = Console(file=text, width=columns, markup=False, emoji=False, highlight=False, color_system=None)
    return console, lambda: "\n".join(line.rstrip() for line in text.getvalue().rstrip("\n").split("\n"))


def plain(answer: Answer, details: bool = True) -> str:
    """The answer with (if `details`) the results of the tools and the citations below it; nothing in it steers a terminal."""
    parts = [answer.answer]
    if details and (calls := [call for call in answer.tool_calls if call.result and call.result.estimates]):
        parts.append("\n".join(map(_line, calls)))
    if details and answer.citations:
        parts.append("\n".join(f"  [{c.id}] {c.title}. {c.source} ({c.ref})" for c in answer.citations))
    return harmless("\n\n".join(parts))


def _line(call: ToolCall) -> str:
    assert call.result is not None
    shown = []
    for e in call.result.estimates:
        value = {True: "yes", False: "no"}[e.value] if isinstance(e.value, bool) else e.value
        text = f"{title(e.name)} {value}" + (f" {e.unit}" if e.unit else "")
        if e.probability is not None:
            text += f" p={e.probability:.2f}" if not isinstance(e.value, bool) else f" (p {e.probability:.2f})"
        if e.interval:
            text += f" ({e.level:.0%}: {e.interval[0]:g} to {e.interval[1]:g})"
        shown.append(text)
    given = ", ".join(said(*each) for each in call.args.items())
    return f"  [{call.id}] {call.name}({given}) → {'; '.join(shown)}; {call.ms:.0f} ms"
