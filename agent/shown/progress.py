"""What a long command is at, on stderr: one line for each stage, and on a terminal also the step and the time so far.

Stages are handed over as lines; steps are what `finetune` logs below "finetune.steps", so that no function has to pass them on.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STEPS = "finetune.steps"


@contextmanager
def shown(first: str) -> Iterator[Callable[[str], None]]:
    """Show `first` at once and give the function that shows the next stages. Nothing goes to standard output."""
    if not sys.stderr.isatty():
        progress_line(first)
        yield progress_line
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(escape(first), total=None)

        def stage(line: str) -> None:
            bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

        with _steps(lambda step: bar.update(task, description=escape(step))):
            yield stage


@contextmanager
def _steps(show: Callable[[str], None]) -> Iterator[None]:
    logger, handler = logging.getLogger(STEPS), _Handler(show)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class _Handler(logging.Handler):
    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self.show = show

    def emit(self, record: logging.LogRecord) -> None:
        self.show(record.getMessage())


def progress_line(text: str) -> None:
    """One line on stderr, at once."""
    print(text, file=sys.stderr, flush=True)


def status_line(text: str) -> None:
    """One line that overwrites itself in a terminal, nothing elsewhere nor where nothing can be overwritten."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


@contextmanager
def passing(text: str) -> Iterator[None]:
    """A line that stands in a terminal while something is done, and is gone after it."""
    status_line(text)
    try:
        yield
    finally:
        status_line("")
