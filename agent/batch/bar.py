"""How far a batch is, on stderr: a bar with rate and time left on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.batch.summary import Summary
from agent.shown.progress import progress_line

FIRST_S, MOST_S = 5.0, 60.0  # plain lines: the first one, and the longest pause between two


@contextmanager
def shown() -> Iterator[tuple[Callable[[Summary], None], Callable[[str], None]]]:
    """What shows a summary, and what says a sentence. Nothing goes to standard output."""
    if not sys.stderr.isatty():
        yield _Plain(), progress_line
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        BarColumn(None), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[spoilt]}", style="red"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(compact=True),
    )  # fmt: skip
    with Progress(
        *columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False, expand=True, speed_estimate_period=120
    ) as bar:
        task = bar.add_task("", total=None, rate="", spoilt="")

        def show(summary: Summary) -> None:
            bar.update(task, completed=summary.done, total=summary.total, rate=f"{summary.a_minute:,.0f} a minute", spoilt=_spoilt(summary))

        yield show, lambda text: bar.console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Plain:
    """A line after 5 s, then after twice as long each time, and at least every minute."""

    def __init__(self) -> None:
        self._pause = FIRST_S
        self._next = time.monotonic() + self._pause

    def __call__(self, summary: Summary) -> None:
        if (now := time.monotonic()) < self._next:
            return
        self._pause = min(2 * self._pause, MOST_S)
        self._next = now + self._pause
        progress_line(progress(summary))


def progress(summary: Summary) -> str:
    """`1,200 of 5,000 lines, 3 failed, 41 a minute, 93 min left`"""
    parts = [f"{summary.done:,}{f' of {summary.total:,}' if summary.total is not None else ''} lines", _spoilt(summary)]
    parts.append(f"{summary.a_minute:,.0f} a minute")
    if summary.total is not None and summary.a_minute:
        left = (summary.total - summary.done) / summary.a_minute
        parts.append(f"{left:,.0f} min left" if left >= 2 else f"{60 * left:.0f} s left")
    return ", ".join(part for part in parts if part)


def _spoilt(summary: Summary) -> str:
    both = {"failed": summary.failed, "without the language model": summary.without_model}
    return ", ".join(f"{count:,} {name}" for name, count in both.items() if count)
