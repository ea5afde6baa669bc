"""What the literature and the user's own documents say."""

from typing import TYPE_CHECKING

from tools.result import Passage, ToolInputError, ToolResult
from tools.sentences import latin

if TYPE_CHECKING:
    from knowledge.search import Hit


def search_knowledge(query: str) -> ToolResult:
    """Look up literature and documents: causes, remedies, definitions, typical values, materials, standards."""
    from knowledge.errors import KnowledgeError
    from knowledge.search import search

    try:
        hits = search(query)
    except KnowledgeError as refused:
        raise ToolInputError(str(refused)) from None
    passages = [
        Passage(id=h.id, document=h.document, title=h.title, source=h.source, ref=h.ref, text=h.text, score=round(h.score, 4), caveat=_caveat(h))
        for h in hits
    ]
    summary = f"{len(passages)} passage{'s' * (len(passages) != 1)} found." if passages else "Nothing in the knowledge base is about this."
    return ToolResult(tool="search_knowledge", summary=summary, passages=passages, warnings=_warnings(query), inputs={"query": query})


def _warnings(query: str) -> list[str]:
    return ["The search knows English best; ask in English to find more."] if not latin(query) else []


def _caveat(hit: "Hit") -> str:
    if hit.basis != "read":
        return f"{hit.basis}, not re-checked in the source"
    return "from an unreviewed source" if hit.grade == "C" else ""
