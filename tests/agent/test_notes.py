"""A note that comes as a file."""

from pathlib import Path

import pytest

from agent import notes
from agent.errors import BadInput


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"\xff\xfe\x00", "is not UTF-8"), (b"word " * 900, "more than 4,000")])
def test_one_that_cannot_be_read_in(tmp_path: Path, content: bytes, words: str):
    (tmp_path / "n.txt").write_bytes(content)
    with pytest.raises(BadInput, match=words):
        notes.read(tmp_path / "n.txt", 4000)


def test_it_loses_what_would_upset_a_question_or_a_terminal(tmp_path: Path):
    (tmp_path / "n.txt").write_bytes("\ufeffHumping\x1b[31m here\r\nand ```there```\u202e".encode())
    assert notes.read(tmp_path / "n.txt", 4000) == "Humping [31m here\nand '''there'''"


def test_notes_stand_apart_from_what_is_opened(tmp_path: Path):
    for name, text in (("run.csv", "t,I\n"), ("a.txt", "Humping."), ("b.md", "Spatter.")):
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in ("a.txt", "run.csv", "b.md")]
    assert notes.apart(paths, 4000) == ("Humping.\n\nSpatter.", [paths[1]])


def test_a_note_without_a_word_is_analysed():
    assert notes.handed_over("", "Humping.") == "What does this shift note say?\n\n```\nHumping.\n```"
