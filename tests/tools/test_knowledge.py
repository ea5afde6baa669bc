"""search_knowledge: passages with their provenance, handed on as they were found."""

from dataclasses import dataclass

import pytest

from knowledge import search as searching
from knowledge.errors import KnowledgeError
from tools.knowledge import search_knowledge
from tools.result import ToolInputError


@dataclass
class Hit:
    """What tools.knowledge reads of a found passage."""

    id: str = "P1"
    document: str = "facts"
    title: str = "Cause of humping"
    source: str = "A book"
    ref: str = "page 1"
    text: str = "Humping appears at high travel speed."
    score: float = 0.61237


def test_passages_keep_their_source(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "search", lambda query: [Hit()])
    result = search_knowledge("humping")
    [passage] = result.passages
    assert (passage.source, passage.ref, passage.text, passage.score) == ("A book", "page 1", Hit.text, 0.6124)
    assert (result.summary, result.inputs) == ("1 passages found.", {"query": "humping"})


def test_nothing_found_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "search", lambda query: [])
    assert search_knowledge("zebra").summary == "Nothing in the knowledge base is about this."


def test_a_refusal_of_the_knowledge_base_is_the_tools_own_error(monkeypatch: pytest.MonkeyPatch):
    def refuse(query: str) -> None:
        raise KnowledgeError("Ask for something.")

    monkeypatch.setattr(searching, "search", refuse)
    with pytest.raises(ToolInputError, match="Ask for something."):
        search_knowledge("")
