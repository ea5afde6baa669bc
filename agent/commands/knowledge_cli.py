"""`waam knowledge`: the passages that answers cite."""

from typing import Annotated

import typer

from agent.errors import BadInput
from agent.progress import status_line

app = typer.Typer(no_args_is_help=True, help="The knowledge base: search, rebuild.")


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
    """Build the knowledge store anew from the corpus.

    Example: waam knowledge rebuild
    """
    from knowledge.store import rebuild

    print(f"{rebuild(lambda line: status_line(str(line)))} passages")
