"""`waam knowledge`: the passages that answers cite, the user's own documents among them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.errors import BadInput
from agent.shown.progress import status_line

app = typer.Typer(no_args_is_help=True, help="The knowledge base: add, list, remove, search, rebuild.")


@app.command("add")
def knowledge_add(
    files: Annotated[list[Path], typer.Argument(help="PDF, Markdown or plain text.", metavar="FILE…")],
    title: Annotated[str | None, typer.Option(help="The document's title; by default the one it states, or the file's name.")] = None,
    source: Annotated[str | None, typer.Option(help="What is cited, such as authors and year; by default the file's name.")] = None,
) -> None:
    """Add documents of your own, so that answers can cite them; one that is there already is replaced.

    Example: waam knowledge add wall-study.pdf --source "Kim and Lee 2024, Wall study"
    """
    from agent.attached.documents import add

    if title is not None and len(files) > 1:
        raise BadInput("--title is for one file; add the files one by one.")
    if not add(files, print, lambda refused: print(refused, file=sys.stderr), title, source):
        raise typer.Exit(2)


@app.command("list")
def knowledge_list() -> None:
    """Your own documents with their passages and the date they were added, and the corpus.

    Example: waam knowledge list
    """
    from wcwidth import wcswidth

    from agent.shown.render import harmless
    from knowledge.documents import listed
    from knowledge.passages import read_corpus

    rows = [(harmless(document.name), document.passages, f"{document.added:%d %b %Y %H:%M}") for document in listed()]
    rows.append(("(the corpus)", len(read_corpus()), "ships with this version"))
    widest = max(wcswidth(name) for name, _, _ in rows)
    for name, passages, since in rows:
        print(f"{name}{' ' * (widest - wcswidth(name))}  {passages:>6,} passage{'s' if passages != 1 else ' '}  {since}")
    if len(rows) == 1:
        print("There is no document of your own yet; `waam knowledge add paper.pdf` adds one.")


@app.command("remove")
def knowledge_remove(name: Annotated[str, typer.Argument(help="As `waam knowledge list` has it.")]) -> None:
    """Take a document of your own out again; the file that it was made from stays.

    Example: waam knowledge remove wall-study.pdf
    """
    from knowledge.documents import remove
    from knowledge.errors import DocumentError
    from knowledge.store import ensure

    try:
        count = remove(name)
    except DocumentError as refused:
        raise BadInput(str(refused)) from None
    print(f"Removed {name}: {count:,} passage{'s' * (count != 1)}; the file that it was made from stays where it is.")
    ensure()


@app.command("search")
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


@app.command("rebuild")
def knowledge_rebuild() -> None:
    """Build the knowledge store anew from the corpus and your documents.

    Example: waam knowledge rebuild
    """
    from knowledge.store import rebuild

    print(f"{rebuild(lambda line: status_line(str(line)))} passages")
