"""The `waam` command. Parses, calls, prints; every decision is made elsewhere, and every heavy import is late."""

import json
import logging
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.commands.batch_cli import batch
from agent.commands.eval_cli import app as eval_app
from agent.commands.feedback_cli import app as feedback_app
from agent.commands.finetune_cli import app as finetune_app
from agent.commands.tool_cli import app as tool_app
from agent.errors import BadInput, WaamError
from agent.progress import status_line
from agent.settings import settings

app = typer.Typer(
    name="waam", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Assistant for wire-arc additive manufacturing: bead quality, defects, heat input, energy, literature.",
)  # fmt: skip
models_app = typer.Typer(no_args_is_help=True, help="Model weights: list, fetch, verify, build.")
knowledge_app = typer.Typer(no_args_is_help=True, help="The knowledge base: search, rebuild.")
app.add_typer(models_app, name="models")
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(eval_app, name="eval")
app.add_typer(feedback_app, name="feedback")
app.add_typer(finetune_app, name="finetune")
app.add_typer(tool_app, name="tool")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
HistoryFile = Annotated[Path | None, typer.Option("--history", help='JSON list of {"role", "content"} that came before.')]


@app.callback()
def _options(debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False) -> None:
    """Options of every verb; `main` reads --debug itself, since an error may come before options are parsed."""


def main() -> None:
    """Entry point: one sentence and exit code 2 for bad input, 1 for what failed, no traceback without --debug."""
    if "--debug" in sys.argv:
        logging.basicConfig()
        logging.getLogger("agent").setLevel(logging.DEBUG)
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
    file: Annotated[list[Path] | None, typer.Option(help="A monitoring log that the question is about; a mapping of its columns too.")] = None,
) -> None:
    """Answer one question, with --file about a monitoring log.

    Example: waam ask "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?"
    """
    from agent import files
    from agent.guard import guard

    text = question if question is not None else "" if sys.stdin.isatty() else sys.stdin.read()
    try:
        guard(text, settings().limits.question_chars)
        chosen = files.given(file or [], settings().limits.file_mb)
    except BadInput as refused:
        _refuse(str(refused), as_json)
    lines = _history(history)
    from agent.turn import run_turn

    graph = _graph(local=True) if chosen else _graph()
    answer = run_turn(graph, text, lines, on_event=_to_stderr if sys.stderr.isatty() and not as_json else None, files=chosen)
    if as_json:
        print(answer.model_dump_json(indent=2))
    else:
        from agent.render import plain

        print(plain(answer))
    if answer.status == "refused":
        raise typer.Exit(2)
    if answer.status == "error":
        raise typer.Exit(1)


@app.command()
def chat(resume: Annotated[str | None, typer.Option(help="Name of a conversation to go on with.")] = None) -> None:
    """Talk in the terminal; Ctrl-C stops a turn, Ctrl-D leaves.

    Example: waam chat --resume monday
    """
    from agent.chat import chat as run

    run(settings(), resume)


app.command()(batch)


@app.command()
def up() -> None:
    """Start the local vLLM server, or find it running.

    Example: waam up
    """
    from agent.model.vllm_server import VllmServer

    status = VllmServer(settings()).up(lambda line: print(line, file=sys.stderr))
    print(f"{status.served_name} {status.state} at {status.url} (pid {status.pid}, {status.memory_gib} GiB)")


@app.command()
def down() -> None:
    """Stop the local vLLM server and everything it started.

    Example: waam down
    """
    from agent.model.vllm_server import VllmServer

    print("stopped" if VllmServer(settings()).down() else "no server was running")


@app.command()
def status(as_json: Json = False) -> None:
    """Say whether the local vLLM server runs; exit code 1 if it does not.

    Example: waam status --json
    """
    from agent.model.vllm_server import VllmServer

    found = VllmServer(settings()).status()
    memory = f", {found.memory_gib} GiB" if found.memory_gib else ""
    what = f"{found.model} with {f'the adapter {found.adapter}' if found.adapter else 'no adapter'}"
    print(found.model_dump_json() if as_json else f"{found.state}: {what} at {found.url}{memory}; log: {found.log or 'none yet'}")
    raise typer.Exit(0 if found.state == "running" else 1)


@app.command()
def doctor(deep: Annotated[bool, typer.Option("--deep", help="Hash the weights too.")] = False) -> None:
    """Say what is missing and the command that mends it; exit code 1 if anything is.

    Example: waam doctor
    """
    from agent.commands.doctor import examine

    findings = examine(settings(), deep)
    for finding in findings:
        print(f"{'ok     ' if finding.well else 'missing'}  {finding.what}: {finding.detail}" + ("" if finding.well else f"  →  {finding.mend}"))
    raise typer.Exit(0 if all(f.well for f in findings) else 1)


@models_app.command("list")
def models_list() -> None:
    """The weights this product knows, the encoders that set-up makes, which are here, and what nothing uses any more.

    Example: waam models list
    """
    from agent.commands.build import MADE, state
    from agent.model.adapter import superseded
    from agent.model.weights import catalog

    for name, entry in catalog().items():
        here = "here" if (settings().models / name / entry.file).exists() else "not fetched"
        print(f"{name:32} {entry.role:8} {entry.bytes / 1e6:6.0f} MB  {entry.licence}  {here}{'  (default)' if entry.default else ''}")
    for name in MADE:
        print(f"{name:32} {'encoder':8} {state(settings(), name)}")
    for folder in superseded(settings().models):
        print(f"{folder.name} is of an earlier adapter and not used any more; remove it: rm -r {shlex.quote(str(folder))}")


@models_app.command("fetch")
def models_fetch(name: Annotated[str | None, typer.Argument(help="A name from the list; without it, what the settings need.")] = None) -> None:
    """Download weights and verify them against their publisher's hash.

    Example: waam models fetch qwen2.5-coder-0.5b-instruct
    """
    from agent.commands.build import wanted_weights
    from agent.model.weights import fetch

    for each in [name] if name else wanted_weights(settings()):
        fetch(each, settings().models)


@models_app.command("verify")
def models_verify() -> None:
    """Hash the fetched weights; exit code 1 if a file is not the pinned one.

    Example: waam models verify
    """
    from agent.model.weights import catalog, verify

    states = {name: verify(name, settings().models) for name in catalog() if (settings().models / name).exists()}
    for name, files in states.items():
        for file, state in files.items():
            print(f"{state:10}  {name}/{file}")
    if not states:
        print("No weights are here yet; run `waam models fetch`.")
    raise typer.Exit(0 if states and all(s == "ok" for files in states.values() for s in files.values()) else 1)


@models_app.command("build")
def models_build() -> None:
    """Make everything an answer needs: weights, the served model, encoders, the knowledge store.

    Example: waam models build
    """
    from agent.commands.build import build

    for name, seconds in build(settings()).items():
        print(f"{name}: {seconds} s")


@knowledge_app.command("search")
def knowledge_search(query: str, k: Annotated[int, typer.Option(help="How many passages.", min=1, max=20)] = 4) -> None:
    """The passages nearest to a query, with their sources.

    Example: waam knowledge search "why does humping happen"
    """
    from knowledge.search import search

    if not query.strip():
        raise BadInput('The query is empty; try "why does humping happen".')
    hits = search(query, k)
    for hit in hits:
        print(f"{hit.score:.2f}  {hit.title}\n      {hit.text}\n      {hit.source} ({hit.ref})")
    if not hits:
        print("Nothing in the knowledge base is about this.")


@knowledge_app.command("rebuild")
def knowledge_rebuild() -> None:
    """Build the knowledge store anew from the corpus.

    Example: waam knowledge rebuild
    """
    from knowledge.store import rebuild

    print(f"{rebuild(lambda line: status_line(str(line)))} passages")


@app.command()
def demo() -> None:
    """Build what is missing, start the server and ask three real questions.

    Example: waam demo
    """
    from agent.commands.demo import demo as run

    run(settings())


def _graph(local: bool = False) -> Any:
    from agent.graph import build
    from agent.llm import chat_model

    return build(chat_model(settings()), settings(), local=local)


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
