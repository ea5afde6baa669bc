"""One run: what is read, what of it is answered already, and every answer written as it comes."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from agent.batch.flow import Engines, Stopped, flow
from agent.batch.index import Index
from agent.batch.items import NAME_OF_STDIN, STDIN, Buffered, Item, items_of, read_items, read_stdin, spooled_stdin
from agent.batch.journal import Journal
from agent.batch.lines import Form, Line, made, written
from agent.batch.summary import Summary
from agent.errors import BadInput

__all__ = ["Options", "Stopped", "run_file", "run_stream"]
CONCURRENCY = 16  # as many as the local vLLM server answers side by side (WAAM_SERVER__MAX_NUM_SEQS)


@dataclass(frozen=True)
class Options:
    """How a run goes. `on_done` hears of each answer, `on_line` gets its line, `on_stop` how many are being finished after Ctrl-C."""

    concurrency: int = CONCURRENCY
    form: Form = "waam"
    timeout_s: float | None = None
    on_done: Callable[[Summary], None] = lambda summary: None
    on_line: Callable[[Line], None] = lambda line: None
    on_stop: Callable[[int], None] = lambda running: None


def run_file(source: Path, target: Path, engines: Engines, options: Options, summary: Summary | None = None) -> Summary:
    """Answer every question of `source` that `target` does not hold yet; appends to `target`. The input is read through first, so that a bad
    line is found before anything is asked. Raises Stopped after Ctrl-C, once what was in flight is written."""
    summary = summary or Summary()
    with ExitStack() as stack:
        index = Index()
        stack.callback(index.close)
        spool = spooled_stdin() if source == STDIN else None
        stack.callback(spool.close if spool else lambda: None)
        for item in _items(source, spool):
            index.ask(item.key)
        if source != STDIN and os.path.exists(target) and target.samefile(source):
            raise BadInput(f"{target.name} is the input; give another output file.")
        journal = stack.enter_context(Journal(target, options.form))
        _take_up(journal, index, summary)
        journal.open()
        summary.begin(index.open)
        fresh = _fresh(_items(source, spool), index, summary)
        _answer(fresh, engines, options, summary, journal.add)
    return summary


def run_stream(source: Path, out: BinaryIO, engines: Engines, options: Options, summary: Summary | None = None) -> Summary:
    """Answer every question of `source` into a stream, in the order of the input. Without a file there is no journal: every line is answered.
    Standard input is answered as it comes; a file is read through first. Raises Stopped as `run_file` does."""
    summary = summary or Summary()
    summary.begin(None if source == STDIN else sum(1 for _ in read_items(source)))
    items = read_stdin() if source == STDIN else read_items(source)

    def write(line: bytes) -> None:
        out.write(line)
        out.flush()

    _answer(items, engines, options, summary, write, ordered=True)
    return summary


def _answer(
    items: Iterator[Item], engines: Engines, options: Options, summary: Summary, write: Callable[[bytes], None], ordered: bool = False
) -> None:
    """Each answer is written before anybody hears of it."""
    with closing(flow(items, engines, options.concurrency, options.timeout_s, ordered, options.on_stop)) as answers:
        for item, answer in answers:
            line = made(item, answer, options.form)
            write(written(line))
            summary.add(line)
            options.on_line(line)
            options.on_done(summary)


def _items(source: Path, spool: Buffered | None) -> Iterator[Item]:
    if spool is None:
        return read_items(source)
    spool.seek(0)
    return items_of(spool, NAME_OF_STDIN)


def _fresh(items: Iterator[Item], index: Index, summary: Summary) -> Iterator[Item]:
    """Those that are not answered yet, each once."""
    for item in items:
        if index.answer(item.key):
            yield item
        else:
            summary.skipped += 1


def _take_up(journal: Journal, index: Index, summary: Summary) -> None:
    """Note what an earlier run answered. What it may answer better is dropped, if it is asked now: another input's lines stay."""

    def again(line: Line) -> bool:
        return line.again and index.asked(line.key)

    dropped = 0
    for line in journal.lines():
        if again(line):
            dropped += 1
        elif index.asked(line.key):
            index.answer(line.key)
            summary.refused_before += line.status == "refused"
    if dropped or journal.torn:
        journal.keep(lambda line: not again(line))
