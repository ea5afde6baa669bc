"""The `waam` command. Parses, calls, prints; every decision is made elsewhere, and every heavy import is late."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.commands.batch_cli import batch
from agent.commands.eval_cli import app as eval_app
from agent.commands.feedback_cli import app as feedback_app
from agent.commands.finetune_cli import app as finetune_app
from agent.commands.knowledge_cli import app as knowledge_app
from agent.commands.models_cli import app as models_app
from agent.commands.options import Json
from agent.commands.tool_cli import app as tool_app
from agent.commands.vllm_cli import app as vllm_app
from agent.errors import BadInput, WaamError
from agent.settings import settings, unknown_variables
from agent.shown.progress import passing, progress_line, status_line

app = typer.Typer(
    name="waam", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Assistant for wire-arc additive manufacturing: bead quality, defects, heat input, energy, literature.",
)  # fmt: skip
app.add_typer(vllm_app)
app.add_typer(models_app, name="models")
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(eval_app, name="eval")
app.add_typer(feedback_app, name="feedback")
app.add_typer(finetune_app, name="finetune")
app.add_typer(tool_app, name="tool")

HistoryFile = Annotated[Path | None, typer.Option("--history", help='JSON list of {"role", "content"} that came before.')]


@app.callback()
def _options(debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False) -> None:
    """Options of every verb; `main` reads --debug itself, since an error may come before options are parsed."""


def main() -> None:
    """Entry point: one sentence and exit code 2 for bad input, 1 for what failed, no traceback without --debug."""
    if "--debug" in sys.argv:
        logging.basicConfig()
        logging.getLogger("agent").setLevel(logging.DEBUG)
    for line in unknown_variables():
        progress_line(line)
    try:
        app()
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        expected = isinstance(error, WaamError) or type(error).__name__ in ("ToolInputError", "KnowledgeError", "DataError", "ModelMissing")
        words = str(error) if expected else f"Something broke: {type(error).__name__}: {error}. Run again with `waam --debug …` to see where."
        print(words, file=sys.stderr)
        bad_input = isinstance(error, BadInput) or type(error).__name__ in ("ToolInputError", "DataError")
        sys.exit(2 if bad_input else 1)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question; without it, standard input is read.")] = None,
    as_json: Json = False,
    history: HistoryFile = None,
    file: Annotated[list[Path] | None, typer.Option(help="A log, with a mapping of its columns, or a note that the question is about.")] = None,
) -> None:
    """Answer one question, with --file about a monitoring log or a note.

    Example: waam ask "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?"
    """
    from agent.attached import files
    from agent.attached.meant import meant
    from agent.guard import guard

    text = question if question is not None else "" if sys.stdin.isatty() else sys.stdin.read()
    try:
        given = [str(each.expanduser()) for each in file or []]
        asked = meant(text if text.strip() else "", given, settings().limits, "add it with `waam knowledge add`", most=1)
        guard(asked.question, settings().limits.question_chars)
        chosen = files.given(asked.opened, settings().limits.file_mb)
        if asked.table:
            name = Path(chosen[0]).name
            raise BadInput(f"{name} is a table of settings; drop it into `waam chat`, which asks row by row, or write a file for `waam batch`.")
    except BadInput as refused:
        _refuse(str(refused), as_json)
    lines = _history(history)
    with passing("starting …"):
        from agent.turn import run_turn

        graph = _graph(opens_files=True) if chosen else _graph()
    answer = run_turn(graph, asked.question, lines, on_event=_to_stderr if sys.stderr.isatty() and not as_json else None, files=chosen)
    if as_json:
        print(answer.model_dump_json(indent=2))
    else:
        from agent.shown.render import plain

        print(plain(answer))
    if answer.unusable:
        raise typer.Exit(2)
    if answer.status == "error":
        raise typer.Exit(1)


@app.command()
def chat(
    resume: Annotated[str | None, typer.Option(help="Go on with an earlier conversation, by its name or its number in the chat's /resume.")] = None,
    name: Annotated[str | None, typer.Option(help="Begin a conversation of this name, or go on with it where there is one.")] = None,
) -> None:
    """Talk in the terminal; Ctrl-C stops a turn, Ctrl-D leaves.

    Example: waam chat --name monday, and later: waam chat --resume monday
    """
    try:
        with passing("starting …"):
            from agent.chat import chat as run
            from agent.chat import opened

            session = opened(settings(), resume, name)
        ended, code = run(session), 0
    except KeyboardInterrupt:  # while it starts, or piped questions are answered
        ended, code = False, 130
    if not ended:  # a turn that was stopped still waits for its model; nobody waits for that turn
        sys.stdout.flush()
        os._exit(code)


app.command()(batch)


@app.command()
def mcp(
    files: Annotated[bool, typer.Option("--files", help="Also offer the tool that opens a log whose path the client names.")] = False,
) -> None:
    """The tools for other agents over the Model Context Protocol, on standard input and output.

    Example: waam mcp
    """
    import anyio

    try:
        from agent.mcp import over_stdio
    except ModuleNotFoundError as missing:
        raise WaamError(f"`waam mcp` needs the package {missing.name}; install this project with its http group.") from None
    anyio.run(over_stdio, files)


@app.command()
def slack(
    http: Annotated[bool, typer.Option("--http/--socket", help="Be called by Slack over HTTP, or call Slack (Socket Mode).")] = False,
    host: Annotated[str, typer.Option(help="Where to listen with --http; 0.0.0.0 for every address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port with --http.", min=1, max=65535)] = 3000,
) -> None:
    """Answer in Slack until stopped; docs/slack.md has the set-up.

    Example: waam slack --socket
    """
    import os

    from agent.slack.run import run

    if not run(settings(), (host, port) if http else None):
        print("Not everything that ran ended in time; the next start answers it.", file=sys.stderr, flush=True)
        os._exit(0)  # a thread that still works would hold the process


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; others than this machine's own need WAAM_HTTP__KEYS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0 takes a free one.", min=0, max=65535)] = 8430,
) -> None:
    """Answer over HTTP: the OpenAI interface at /v1, a web page at /. SIGTERM or Ctrl-C lets what runs end.

    Example: waam serve --port 8430
    """
    import os

    try:
        from agent.server.run import serve as run
    except ModuleNotFoundError as missing:
        raise WaamError(f"`waam serve` needs {missing.name}; install requirements/core.txt, or the group `http`.") from None
    if not run(_graph, settings(), host, port, progress_line):
        print("Not everything that ran ended in time; it was cut off.", file=sys.stderr, flush=True)
        os._exit(0)  # a thread that still works would hold the process


@app.command()
def doctor(deep: Annotated[bool, typer.Option("--deep", help="Hash the weights too.")] = False) -> None:
    """Say what is missing and the command that mends it; exit code 1 if anything is.

    Example: waam doctor
    """
    status_line("looks at this machine …")
    from agent.setup.doctor import examine

    well = True
    for finding in examine(settings(), deep, lambda at: status_line(f"looks at {at} …")):
        status_line("")
        label, mend = ("ok     ", "") if finding.well else ("missing", f"  →  {finding.mend}")
        print(f"{label}  {finding.what}: {finding.detail}{mend}", flush=True)
        well = well and finding.well
    raise typer.Exit(0 if well else 1)


@app.command()
def demo() -> None:
    """Build what is missing, start the server and ask three real questions.

    Example: waam demo
    """
    from agent.commands.demo import demo as run

    run(settings())


def _graph(opens_files: bool = False) -> Any:
    from agent.graph import build
    from agent.llm import chat_model

    return build(chat_model(settings()), settings(), opens_files=opens_files)


def _history(path: Path | None) -> list[Any]:
    if path is None:
        return []
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))
        return [{"role": str(line["role"]), "content": str(line["content"])} for line in lines]
    except OSError:
        raise BadInput(f"There is no file {path}; check the path.") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise BadInput(f'{path.name} must be a JSON list of {{"role": "user" or "assistant", "content": …}}.') from None


def _refuse(words: str, as_json: bool) -> None:
    """Bad input found before anything was started."""
    if as_json:
        from agent.state import Answer

        print(Answer(status="refused", answer=words).model_dump_json(indent=2))
    else:
        print(words, file=sys.stderr)
    raise typer.Exit(2)


def _to_stderr(kind: str, text: str) -> None:
    if kind == "progress":
        status_line(text)
