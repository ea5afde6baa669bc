"""`waam batch`: its options, and what it says at the end."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from agent.errors import BadInput

if TYPE_CHECKING:
    from agent.batch.flow import Engines
    from agent.batch.lines import Form
    from agent.batch.report import Report
    from agent.batch.summary import Summary

INTERRUPTED = 130  # as shells have it
PATIENCE_S = 1.0
SENT = ("WAAM_LLM__", "WAAM_LIMITS__")  # variables that a worker on another machine gets

SOURCE = "JSONL with id and question (or OpenAI batch lines), or CSV with a question column; .gz too; - for standard input."
OUTPUT = "JSONL to append to, .gz too; answers already there are kept, errors are asked again; - for standard output."
RETRIES = "How often a line is asked again whose language model was not reached or whose turn broke."
TIMEOUT = "Seconds that one line may take with its retries; then it gets an error."
FORMAT = "The form of the lines: the answer object, or OpenAI's batch output."
ENDPOINT = "A server of the language model, such as http://gpu1:8000/v1; repeat it for several."
ENGINE = "Where lines are asked: in this process, or on a Ray cluster."
ADDRESS = "With --engine ray: a cluster that runs already; without it one is started here."
WORKERS = "With --engine ray: how many worker processes; one for each processor unless given."


def batch(
    source: Annotated[Path, typer.Argument(help=SOURCE)],
    output: Annotated[Path, typer.Option("-o", "--output", help=OUTPUT)],
    concurrency: Annotated[int, typer.Option(help="Questions in flight at once.", min=1, max=1024)] = 16,
    retries: Annotated[int, typer.Option(help=RETRIES, min=0, max=20)] = 3,
    timeout: Annotated[float, typer.Option(help=TIMEOUT, min=0.001)] = 600.0,
    form: Annotated[Literal["waam", "openai"], typer.Option("--format", help=FORMAT)] = "waam",
    summary_file: Annotated[Path | None, typer.Option("--summary", help="Write the summary as JSON.")] = None,
    report_file: Annotated[Path | None, typer.Option("--report", help="Write a page about all lines of the output (HTML).")] = None,
    endpoint: Annotated[list[str] | None, typer.Option(help=ENDPOINT)] = None,
    engine: Annotated[Literal["threads", "ray"], typer.Option(help=ENGINE)] = "threads",
    address: Annotated[str | None, typer.Option(help=ADDRESS)] = None,
    workers: Annotated[int | None, typer.Option(help=WORKERS, min=1)] = None,
) -> None:
    """Answer a file of questions; run again after a kill and it goes on where it stopped.

    Example: waam batch questions.jsonl -o answers.jsonl
    """
    from agent.batch import Stopped, Summary, bar, run
    from agent.batch.items import STDIN
    from agent.batch.report import Report

    _check(endpoint or [], engine, address, workers, [each for each in (summary_file, report_file) if each])
    streamed = output == STDIN
    summary, report = Summary(), Report()
    code, at_once = 1, False
    with bar.shown() as (show, say):
        on_stop: Callable[[int], None] = lambda running: say(f"Stopping: {running} in flight are finished; Ctrl-C again ends at once.")  # noqa: E731
        options = run.Options(concurrency, form, timeout, on_done=show, on_line=report.add if streamed else lambda line: None, on_stop=on_stop)
        engines = _engines(engine, endpoint or [], retries, timeout, concurrency, address, workers)
        try:
            if streamed:
                run.run_stream(source, sys.stdout.buffer, engines, options, summary)
            else:
                run.run_file(source, output, engines, options, summary)
            code = 0 if summary.good else 1
        except Stopped:
            summary.stopped, code = True, INTERRUPTED
        except KeyboardInterrupt:
            at_once, code = True, INTERRUPTED
        except BrokenPipeError:  # whoever read the answers has enough
            at_once = True
    if at_once:
        os._exit(code)
    print(summary.text(), file=sys.stderr)
    if summary_file:
        _write(summary_file, summary)
    if report_file:
        _report(report_file, output, form, report, summary, streamed)
    _leave(code)


def _check(endpoints: list[str], engine: str, address: str | None, workers: int | None, files: list[Path]) -> None:
    """What is wrong with the options, before anything is read."""
    for url in endpoints:
        if not url.startswith(("http://", "https://")):
            raise BadInput(f"{url!r} is no address of a server; write it as http://machine:8000/v1.")
    if engine != "ray" and (address or workers):
        raise BadInput(f"{'--address' if address else '--workers'} goes with --engine ray; add that, or leave it out.")
    for file in files:
        if not file.absolute().parent.is_dir():
            raise BadInput(f"There is no folder {file.parent}; make it, or write {file.name} elsewhere.")


def _engines(
    engine: str, endpoints: list[str], retries: int, timeout: float, concurrency: int, address: str | None, workers: int | None
) -> "Engines":
    """Made once the input is known to be good. Ray's workers get from this machine what says how to ask, and no more: each has its own
    WAAM_HOME, and no other key is any business of theirs."""
    from agent.batch.endpoints import Asking

    if engine == "ray":
        from agent.batch.ray_workers import RayWorkers

        ours = {name: value for name, value in os.environ.items() if name.startswith(SENT)}
        asking = Asking(tuple(endpoints), retries, timeout, ours)
        return lambda done: RayWorkers(asking, done, concurrency, address, workers)
    from agent.batch.threads import Threads

    return lambda done: Threads(Asking(tuple(endpoints), retries, timeout).make(), done, concurrency)


def _write(file: Path, summary: "Summary") -> None:
    try:
        file.write_text(json.dumps(summary.as_json(), indent=2) + "\n", encoding="utf-8")
    except OSError as wrong:
        raise BadInput(f"{file} cannot be written ({wrong.strerror}); give another --summary.") from None


def _report(file: Path, output: Path, form: "Form", report: "Report", summary: "Summary", streamed: bool) -> None:
    """The page is about the whole output, with what earlier runs answered; of a stream it is about what was written."""
    from agent.batch.journal import Journal

    if not streamed:
        with Journal(output, form) as journal:
            for line in journal.lines():
                report.add(line)
    report.write(file, "standard output" if streamed else output.name, summary)


def _leave(code: int) -> NoReturn:
    """A question that hangs, or a reader that still waits for standard input, does not keep the process: it ends without them."""
    from agent.batch.flow import READER
    from agent.batch.threads import LINE

    until = time.monotonic() + PATIENCE_S
    ours = [thread for thread in threading.enumerate() if thread.name in (LINE, READER)]
    for thread in ours:
        thread.join(max(0.0, until - time.monotonic()))
    if any(thread.is_alive() for thread in ours):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)
