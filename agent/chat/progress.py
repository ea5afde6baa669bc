"""What is seen while a turn runs: each step with its time, and the draft as it is written. All of it is gone when the checked answer comes."""

import time
from collections.abc import Callable

from rich.console import Console, ConsoleOptions, RenderResult
from rich.spinner import Spinner
from rich.text import Text

from agent.shown.render import harmless

_RUNNING = "running "
_ROUND_IT = 6  # lines of the terminal that a draft leaves free
_ECHO = 3  # columns for the ^C that a terminal writes behind the last line; one that began a new line would not be drawn over


class Progress:
    """The steps of one turn so far, drawn anew several times a second. `hear` takes the events of `run_turn`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: list[tuple[str, float]] = []
        self._draft = ""
        self._spinner = Spinner("dots")
        self._step("thinking")

    def hear(self, kind: str, words: str) -> None:
        if kind == "token":
            self._draft += words
        elif kind == "progress":
            self._draft = ""  # a draft that is written anew
            self._step(words)

    @property
    def line(self) -> str:
        """The steps that are done with their times, and what runs now."""
        now = self._clock()
        ends = [begun for _, begun in self._steps[1:]] + [now]
        return " · ".join(f"{words} {end - begun:.1f} s" for (words, begun), end in zip(self._steps, ends, strict=True))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if draft := harmless(self._draft).strip():
            yield Text("Draft, not checked yet:", "dim")
            yield Text("\n").join(Text(draft, "dim italic").wrap(console, options.max_width)[-max(1, options.size.height - _ROUND_IT) :])
        frame = self._spinner.render(console.get_time())
        line = Text.assemble(frame if isinstance(frame, Text) else "", " ", (harmless(f"{self.line} (Ctrl-C stops)"), "dim"))
        yield Text("\n").join(line.wrap(console, max(options.max_width - _ECHO, 20)))

    def _step(self, words: str) -> None:
        last = self._steps[-1][0] if self._steps else ""
        if words.startswith(_RUNNING) and last.startswith(_RUNNING):  # side by side
            self._steps[-1] = (f"{last}, {words.removeprefix(_RUNNING)}", self._steps[-1][1])
        elif last == "thinking":
            self._steps = [(words, self._steps[0][1])]
        else:
            self._steps.append((words, self._clock()))
