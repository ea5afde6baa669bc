"""Documents of the user's into the knowledge base, for the ways in that sit at this machine: the verb `waam knowledge add` and the chat's /add."""

from collections.abc import Callable, Sequence
from pathlib import Path

from agent.errors import WaamError
from agent.shown.progress import passing, status_line


def add(
    paths: Sequence[Path], say: Callable[[str], None], refuse: Callable[[str], None], title: str | None = None, source: str | None = None
) -> bool:
    """Add each document, and say what came of it in one sentence; whether all were taken. One that is refused leaves the others be. Raises
    WaamError where nothing can be added for want of the embedding model."""
    from knowledge.documents import Added
    from knowledge.documents import add as take
    from knowledge.errors import DocumentError, KnowledgeError
    from knowledge.store import open_store

    taken: list[Added] = []
    try:
        store = open_store()
        for path in paths:
            try:
                with passing(f"reads {path.name} …"):
                    taken.append(take(path.expanduser(), store.embedder.tokens, title, source, store.documents))
            except DocumentError as refused:
                refuse(str(refused))
        store.ensure(lambda line: status_line(str(line)))
    except KnowledgeError as broken:
        raise WaamError(str(broken)) from None
    finally:
        status_line("")
    for added in taken:
        say(added.said)
    return len(taken) == len(paths)
