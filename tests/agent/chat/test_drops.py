"""What a terminal pastes for a file."""

from pathlib import Path

import pytest

from agent.chat.drops import dropped, kind, note, quoted
from agent.errors import BadInput

TABLE = "time current voltage\n" + "\n".join(f"{t} {188 + t} 21.4" for t in range(20))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run 7.csv"
    path.write_text("t,I,U\n")
    return path


@pytest.mark.parametrize("form", ["{0}", "'{0}'", '"{0}"', "{1}", "file://{2}", " {1} "])
def test_every_form_of_a_path(run: Path, form: str):
    text = str(run)
    assert dropped(form.format(text, text.replace(" ", r"\ "), text.replace(" ", "%20"))) == [run]


def test_several_at_once(run: Path, tmp_path: Path):
    (tmp_path / "map.yaml").write_text("{}")
    assert dropped(f"'{run}' {tmp_path}/map.yaml") == [run, tmp_path / "map.yaml"]


@pytest.mark.parametrize("text", ["Is it normal?", "what's wrong?", "look at {}", "docs", "/nowhere/run.csv", "x" * 5000, "a\0b"])
def test_anything_else_is_no_drop(run: Path, text: str):
    assert dropped(text.format(f"'{run}'")) == []


def test_a_path_in_a_question_gets_quotation_marks(run: Path):
    escaped = str(run).replace(" ", r"\ ")
    assert quoted(f"What is wrong in {escaped} ?") == f'What is wrong in "{run}" ?'
    assert quoted(r"a\ b is no file") == r"a\ b is no file"


@pytest.mark.parametrize(("name", "text", "is_a"), [
    ("shift.txt", "Humping on layer 3, gas flow 12 L/min.\nStopped at 14:30.", "note"), ("a.md", "# Shift", "note"),
    ("log.txt", TABLE, "log"), ("run.csv", "t,I\n", "log"), ("map.json", "{}", "log"),
])  # fmt: skip
def test_logs_and_notes(tmp_path: Path, name: str, text: str, is_a: str):
    (tmp_path / name).write_text(text)
    assert kind(tmp_path / name) == is_a


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"\xff\xfe\x00", "is not UTF-8"), (b"word " * 900, "more than 4,000")])
def test_a_note_that_cannot_be_read_in(tmp_path: Path, content: bytes, words: str):
    (tmp_path / "n.txt").write_bytes(content)
    with pytest.raises(BadInput, match=words):
        note(tmp_path / "n.txt", 4000)


def test_a_note_loses_what_would_upset_a_question(tmp_path: Path):
    (tmp_path / "n.txt").write_bytes("\ufeffHumping\x1b[31m here\r\nand ```there```".encode())
    assert note(tmp_path / "n.txt", 4000) == "Humping [31m here\nand '''there'''"
