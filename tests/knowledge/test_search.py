"""The search: relevant passages or none, exact codes found, bad queries refused in a sentence."""

import pytest

from knowledge.errors import KnowledgeError
from knowledge.search import LONGEST, codes, search
from knowledge.store import Store

ON_TOPIC = [
    ("what causes humping in the bead", {"F103", "F104", "F105"}),
    ("how do I get rid of balling?", {"F110"}),
    ("at what travel speed does 316L start humping?", {"N001"}),
    ("max interpass temperature for austenitic stainless", {"F099"}),
    ("how is heat input calculated according to EN 1011-1", {"F012"}),
    ("5011", {"F123"}),
    ("ER4043 recommended wire feed speed and gas flow", {"F069"}),
    ("trailing shield argon purity for titanium", {"F060"}),
    ("is 93% accuracy of AdditiveLLM for WAAM?", {"F126"}),
    ("Which certification guideline covers WAAM products from Bureau Veritas", {"F137"}),
]
OFF_TOPIC = [
    "best pizza in Naples",
    "how do I reset my email password",
    "Boeing 747-400 seating plan",
    "price of bitcoin today",
    "tell me a joke",
]


def test_the_nearest_passage_comes_first(store: Store):
    hits = search("porosity and shielding gas", store=store)
    best = hits[0]
    assert (best.id, best.document, best.title) == ("P2", "small", "Porosity and gas")
    assert (best.source, best.ref, best.grade) == ("A book", "page 1", "A")
    assert 0 <= hits[-1].score <= hits[0].score <= 1


def test_at_most_k_passages(store: Store):
    assert len(search("interpass temperature, humping, heat input, gas", k=2, store=store)) == 2


def test_nothing_is_better_than_something_unrelated(store: Store):
    assert search("best pizza in Naples", store=store) == []


def test_a_bare_code_finds_the_passage_that_holds_it(store: Store):
    assert [hit.id for hit in search("5011", store=store)] == ["P4"]


def test_a_code_moves_its_passage_up(store: Store):
    assert search("speed of humping, codes", store=store)[0].id == "P1"
    assert search("speed of humping, codes ER4043", store=store)[0].id == "P4"


@pytest.mark.parametrize("query", ["", "  \n", "x" * (LONGEST + 1)])
def test_a_bad_query_is_refused_in_one_sentence(store: Store, query: str):
    with pytest.raises(KnowledgeError, match=r"^The search [^\n]*[;][^\n]*\.$"):
        search(query, store=store)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("heat input by EN 1011-1", ["1011-1"]),
        ("what is er4043 or 316l", ["er4043", "ER4043", "316l", "316L"]),
        ("240 A, 26 V, 150 mm/min", []),
        ("ISO 6520-1 5011?", ["ISO", "6520-1", "5011"]),
        ("AWS D20.1 and AdditiveLLM", ["AWS", "D20.1", "AdditiveLLM", "ADDITIVELLM"]),
        ("does WAAM hump", []),
    ],
)
def test_codes_are_names_and_not_quantities(query: str, found: list[str]):
    assert codes(query) == found


@pytest.mark.parametrize(("query", "right"), ON_TOPIC)
def test_a_question_about_waam_finds_its_passage(real_store: Store, query: str, right: set[str]):
    assert right & {hit.id for hit in search(query, store=real_store)}


@pytest.mark.parametrize("query", OFF_TOPIC)
def test_a_question_about_something_else_finds_nothing(real_store: Store, query: str):
    assert search(query, store=real_store) == []
