"""Texts that a message hands over, as they were written."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.grading_question import stated as graded
from tools.handed_over import Names, parts, remainder, shortened, without
from tools.note_question import stated as noted

NAMES = Names(re.compile(r"(?P<note>\bnote\b|메모)|(?P<key>\bkey\b)", re.IGNORECASE))
MARKS = ['"', "“", "”", "'", "’", "「", "」", "```", ":", "\n", "note", "answer", "reference", "against", "정답", "답변", " ", ".", "?", "a b c"]
PIECES = st.lists(st.sampled_from(MARKS), max_size=30)


def said(message: str) -> list[tuple[str, str]]:
    return [(part.name, part.text) for part in parts(message, NAMES)]


def test_every_usual_quotation_mark_is_read():
    for opening, closing in (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("『", "』"), ("‘", "’"), ("'", "'"), ("```", "```")):
        assert said(f"note {opening}spatter, the tip's worn{closing}?") == [("note", "spatter, the tip's worn")], opening


def test_an_apostrophe_and_an_inch_quote_nothing():
    assert said("Here's the operators' plate of 12\" size") == []


def test_a_colon_takes_all_up_to_the_next_name():
    assert said("note: spatter: heavy, key: none at 14:20") == [("note", "spatter: heavy"), ("key", "none at 14:20")]
    assert said('note: he said "spatter" twice. key "A 4"') == [("note", 'he said "spatter" twice'), ("key", "A 4")]


def test_a_request_at_the_end_of_an_unquoted_text_is_none_of_it():
    assert said("note: spatter everywhere - what does it say?") == [("note", "spatter everywhere")]
    assert said("메모: 스패터가 심함. 분석해줘") == [("note", "스패터가 심함.")]
    assert said("note: why?") == [("note", "why?")], "a question may be all there is"


def test_an_opening_mark_that_nothing_closes_is_left_out():
    assert said('note: "spatter everywhere') == [("note", "spatter everywhere")]


def test_where_a_part_stands_is_where_its_text_is():
    message = 'The note: "a b" and key: c d'
    assert [message[part.start : part.end] for part in parts(message, NAMES)] == ["a b", "c d"]
    assert without(message, [(11, 14)]) == 'The note: "   " and key: c d'


def test_what_is_left_of_a_message_without_its_request():
    rest = remainder("Please read my note. Spatter on layer 3, nozzle full. How bad is it?", NAMES.words)
    assert rest is not None and rest.text == "Spatter on layer 3, nozzle full."
    assert remainder("Please read my note.", NAMES.words) is None and remainder("", NAMES.words) is None


def test_a_long_quotation_is_shortened_and_nothing_else():
    assert shortened(f'note "{"a " * 20}" now') == f'note "{"a " * 11}a …" now'
    assert shortened('note "a b" now') == 'note "a b" now'


@settings(deadline=None)
@given(st.text(max_size=120) | PIECES.map("".join) | PIECES.map(" ".join))
@example("' " * 2000)
@example("note " * 800)
@example("answer:" * 500)
def test_any_message_is_read_and_every_text_is_a_run_of_it(message: str):
    for part in parts(message, NAMES):
        assert part.text and message[part.start : part.end].strip() == part.text
    for stated in (noted, graded):
        found = stated(message)
        assert len(without(message, found.spans)) == len(message)
        assert all(text.strip() and all(line in message for line in text.split("\n")) for text in found.arguments.values())
    shortened(message)
