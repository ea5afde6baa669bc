"""Features of an answer against a reference: their range, their symmetry and what moves them."""

import math
import time

import pytest

from tools.lexical import LEXICAL, UNSEEN, contradicted, fit_idf, lexical_features, terms

REFERENCE = "Travel speed decreases the heat input, so the bead becomes narrow. The interpass temperature is kept below 150 degrees."
IDF = fit_idf([REFERENCE, "The bead is wide.", "전류가 높으면 비드가 넓어진다."])


@pytest.mark.parametrize("text", ["", " ", "?", "ㅋㅋ", "a", "12", "\n", "x" * 9000, "전류가 높으면 비드가 넓어진다."])
def test_any_pair_gives_finite_numbers_of_one_length(text: str):
    for pair in ((REFERENCE, text), (text, REFERENCE), (text, text)):
        row = lexical_features(*pair, IDF)
        assert len(row) == LEXICAL
        assert all(math.isfinite(value) and abs(value) < 20 for value in row)


def overlap(answer: str) -> float:
    """The share of the reference's term weight that the answer has."""
    return lexical_features(REFERENCE, answer, IDF)[1]


def test_a_fuller_answer_overlaps_more():
    assert overlap(REFERENCE) == 1
    assert 1 > overlap("Travel speed decreases the heat input.") > overlap("It is the speed.") > overlap("wire") == 0


def test_padding_and_order_do_not_raise_the_overlap():
    assert overlap("narrow bead") == overlap("bead narrow") == overlap("narrow bead " * 20) == overlap("narrow bead and lots of other words")


def test_both_ways_round_hold_the_same_values():
    short = "Travel speed decreases heat input."
    there, back = lexical_features(REFERENCE, short, IDF), lexical_features(short, REFERENCE, IDF)
    assert sorted(there) == pytest.approx(sorted(back), abs=0.02) and there != back


@pytest.mark.parametrize(
    ("one", "other", "disagree"),
    [
        ("the current increases", "the current decreases", True),
        ("raise the travel speed", "lower the travel speed", True),
        ("lower the travel speed", "reduce the travel speed", False),
        ("the arc is stable", "the arc is not stable", True),
        ("전류가 높다", "전류가 낮다", True),
        ("비드가 좋다", "비드가 좋지 않다", True),
        ("the current increases", "the current is increased", False),
        ("the arc is not stable", "no stable arc", False),
    ],
)
def test_contradictions(one: str, other: str, disagree: bool):
    assert contradicted(one, other) == disagree


def test_a_contradiction_lowers_the_agreement():
    reference = "The heat input increases with the current."
    same, opposite = (lexical_features(reference, f"Heat input {word} with current.", IDF) for word in ("increases", "decreases"))
    assert min(b - a for a, b in zip(same, opposite, strict=True)) < -0.8, "some feature falls by much more than one word's overlap"


def test_terms_are_beginnings():
    assert terms("Decreasing 비드가 2.54 PCA는") == ["decre", "비드", "2.54", "pca", "는"]


def test_rare_terms_weigh_more_and_copies_count_once():
    idf = fit_idf(["the arc", "the arc", "the wire"])
    assert idf[UNSEEN] > idf["arc"] == idf["wire"] > idf["the"] > 0


def test_a_pair_is_quick():
    long = REFERENCE * 5
    start = time.perf_counter()
    for _ in range(20):
        lexical_features(long, REFERENCE * 3, IDF)
    assert (time.perf_counter() - start) / 20 < 0.05, "milliseconds, with room for a busy machine"
