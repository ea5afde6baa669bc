"""What the literature and the user's own documents say."""

from tools.result import Passage, ToolInputError, ToolResult


def search_knowledge(query: str) -> ToolResult:
    """Look up literature and documents: causes, remedies, definitions, typical values, materials, standards."""
    from knowledge.errors import KnowledgeError
    from knowledge.search import search

    try:
        hits = search(query)
    except KnowledgeError as refused:
        raise ToolInputError(str(refused)) from None
    passages = [
        Passage(id=h.id, document=h.document, title=h.title, source=h.source, ref=h.ref, text=h.text, score=round(h.score, 4)) for h in hits
    ]
    summary = f"{len(passages)} passages found." if passages else "Nothing in the knowledge base is about this."
    return ToolResult(tool="search_knowledge", summary=summary, passages=passages, inputs={"query": query})
