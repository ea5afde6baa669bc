"""Cleaning a text, and cutting it into sentences."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.result import ToolInputError
from tools.sentences import LIMIT, WORDS, clean, latin, sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Heavy spatter. Bead looks fine!", ["Heavy spatter", "Bead looks fine!"]),
        ("heavy spatter; wire slips\nno cracks", ["heavy spatter", "wire slips", "no cracks"]),
        ("Lots of spatter, but the bead is even.", ["Lots of spatter", "but the bead is even"]),
        ("Bead is even although the arc was noisy", ["Bead is even", "although the arc was noisy"]),
        ("Spatter - Plate warped", ["Spatter", "Plate warped"]),
        ("Gas flow 15.5 L/min, approx. 3 mm of warp", ["Gas flow 15.5 L/min, approx. 3 mm of warp"]),
        ("스패터가 많지만 비드는 좋다", ["스패터가 많지만", "비드는 좋다"]),
        ("one-word", ["one-word"]),
        ("... - .", []),
    ],
)
def test_a_note_is_cut_where_its_statements_end(text: str, parts: list[str]):
    assert sentences(text) == parts


def test_a_sentence_without_an_end_is_cut_at_a_comma_or_where_it_must():
    words = [f"w{i}" for i in range(70)]
    cut = sentences(" ".join(words))
    assert [len(part.split()) for part in cut] == [WORDS, WORDS, 70 - 2 * WORDS] and " ".join(cut).split() == words
    words[19] += ","
    assert len(sentences(" ".join(words))[0].split()) == 20


def test_what_cannot_be_printed_is_a_space_and_lines_stay_lines():
    assert clean("a\x00b\t c\r\n  d\u2028e", "note") == "a b c\n\nd\ne"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The note is empty; give at least one word."),
        (" \n\x07 ?! ", "The note is empty; give at least one word."),
        (7, "The note must be a text, not int."),
        ("x" * (LIMIT + 1), f"The note has {LIMIT + 1} characters; give at most {LIMIT}, such as one part at a time."),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(text: object, sentence: str):
    with pytest.raises(ToolInputError) as refused:
        clean(text, "note")
    assert str(refused.value) == sentence


@given(st.text(max_size=400))
@example("a " * 8000)
@example("x" * 10_000)
def test_no_word_is_lost_and_no_sentence_is_long(text: str):
    try:
        cleaned = clean(text, "note")
    except ToolInputError:
        return
    parts = sentences(cleaned)
    assert all(len(part.split()) <= WORDS and any(c.isalnum() for c in part) for part in parts)
    kept, given_ = "".join(parts), cleaned
    assert [c for c in kept if c.isalnum()] == [c for c in given_ if c.isalnum()]


def test_a_text_is_in_latin_script_by_most_of_its_letters():
    assert latin("abc 12") and latin("12") and latin("한글 ab") and not latin("한글이 ab")
