"""search_knowledge: passages with their provenance, handed on as they were found."""

import pytest

from knowledge import search as searching
from knowledge.errors import KnowledgeError
from knowledge.search import Hit
from tools.knowledge import search_knowledge
from tools.result import ToolInputError

HIT = {
    "id": "P1", "document": "facts", "title": "Cause of humping", "source": "A book", "ref": "page 1",
    "text": "Humping appears at high travel speed.", "grade": "A", "basis": "read", "score": 0.61237,
}  # fmt: skip


def test_passages_keep_their_source(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "search", lambda query: [Hit(**HIT)])  # type: ignore[arg-type]
    result = search_knowledge("humping")
    [passage] = result.passages
    kept = {"id", "document", "title", "source", "ref", "text"}
    assert passage.model_dump(include=kept) == {name: HIT[name] for name in kept}
    assert (passage.score, passage.caveat) == (0.6124, "")
    assert (result.summary, result.inputs) == ("1 passage found.", {"query": "humping"})


@pytest.mark.parametrize(
    ("grade", "basis", "caveat"),
    [("A", "recalled", "recalled, not re-checked in the source"), ("C", "read", "from an unreviewed source"), ("B", "read", "")],
)
def test_what_was_not_read_or_not_reviewed_says_so(grade: str, basis: str, caveat: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "search", lambda query: [Hit(**HIT | {"grade": grade, "basis": basis})])  # type: ignore[arg-type]
    assert search_knowledge("humping").passages[0].caveat == caveat


def test_nothing_found_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "search", lambda query: [])
    assert search_knowledge("zebra").summary == "Nothing in the knowledge base is about this."


def test_a_query_in_another_script_is_told_what_the_search_reads(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "search", lambda query: [])
    told = "The search knows English best; ask in English to find more."
    assert search_knowledge("험핑은 왜 생기나").warnings == [told]
    assert search_knowledge("why humping").warnings == search_knowledge("5011").warnings == []


def test_a_refusal_of_the_knowledge_base_is_the_tools_own_error(monkeypatch: pytest.MonkeyPatch):
    def refuse(query: str) -> None:
        raise KnowledgeError("Ask for something.")

    monkeypatch.setattr(searching, "search", refuse)
    with pytest.raises(ToolInputError, match=r"^Ask for something.$"):
        search_knowledge("")
