"""A note that comes as a file."""

from pathlib import Path

import pytest

from agent.attached import notes
from agent.errors import BadInput
from tests.knowledge.pdfs import pdf


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"\xff\xfe\x00", "is not UTF-8"), ("층간 ".encode() * 2500, "more than 4,000")])
def test_one_that_cannot_be_read_in(tmp_path: Path, content: bytes, words: str):
    (tmp_path / "n.txt").write_bytes(content)
    with pytest.raises(BadInput, match=words):
        notes.read(tmp_path / "n.txt", 4000, "add it")


def test_it_loses_what_would_upset_a_question_or_a_terminal(tmp_path: Path):
    (tmp_path / "n.txt").write_bytes("\ufeffHumping\x1b[31m here\r\nand ```there```\u202e".encode())
    assert notes.read(tmp_path / "n.txt", 4000, "add it") == "Humping [31m here\nand '''there'''"


def test_notes_stand_apart_from_what_is_opened(tmp_path: Path):
    for name, text in (("run.csv", "t,I\n"), ("a.txt", "Humping."), ("b.md", "Spatter.")):
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in ("a.txt", "run.csv", "b.md")]
    assert notes.apart(paths, 4000, "add it") == ("Humping.\n\nSpatter.", [paths[1]])


def test_a_note_without_a_word_is_analysed():
    assert notes.handed_over("", "Humping.") == "What does this shift note say?\n\n```\nHumping.\n```"


def test_a_short_pdf_is_read_in_as_a_note_is(tmp_path: Path):
    paper = pdf(tmp_path / "a.pdf", [["Humping on layer 3.", "```"], ["가스 유량이 낮았음."]])
    assert notes.apart([str(paper)], 4000, "add it") == ("Humping on layer 3.\n'''\n\n가스 유량이 낮았음.", [])


def test_a_pdf_that_is_longer_than_a_question_says_what_else_can_be_done(tmp_path: Path):
    paper = pdf(tmp_path / "a.pdf", [["word " * 200]] * 3 + [[]] * 50)
    with pytest.raises(BadInput, match=r"^a\.pdf has more than 1,000 characters, which is the most of a question; paste the part .*, or add it\.$"):
        notes.read(paper, 1000, "add it")
    with pytest.raises(BadInput, match="holds no text"):
        notes.read(pdf(tmp_path / "b.pdf", [[]]), 1000, "add it")
