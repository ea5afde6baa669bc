"""What a terminal pastes for a file."""

from pathlib import Path

import pytest

from agent.chat.drops import dropped, leading, missing, quoted


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


@pytest.mark.parametrize(("text", "gone"), [
    ("/nowhere/run.pdf", "/nowhere/run.pdf"), ("run9.csv", "run9.csv"), ("'/nowhere/run 9.csv'", "/nowhere/run 9.csv"), ("~/none", "~/none"),
    ("file:///nowhere/a.csv", "file:///nowhere/a.csv"), ("'{}' ./none.csv", "./none.csv"),
    ("/why", None), ("/why.", None), ("188 A", None), ("what's in /nowhere/run.pdf", None), ("look at run9.csv", None), ("'{}'", None), ("", None),
])  # fmt: skip
def test_a_path_where_nothing_is(run: Path, text: str, gone: str | None):
    assert missing(text.format(run)) == gone


@pytest.mark.parametrize(("text", "question"), [
    ("'{0}' what's in it?", "what's in it?"), ("{0}  what is in it?", "what is in it?"), ("{1} '{0}'", ""), ("{1} {1} “why”", "“why”"),
])  # fmt: skip
def test_files_before_a_question(run: Path, text: str, question: str):
    assert leading(text.format(run, str(run).replace(" ", r"\ "))) == ([run] * (2 if text.startswith("{1}") else 1), question)


def test_no_file_before_a_question(run: Path):
    assert leading(f"what is in {run}") == ([], f"what is in {run}") and leading("") == ([], "")


def test_a_path_in_a_question_gets_quotation_marks(run: Path):
    escaped = str(run).replace(" ", r"\ ")
    assert quoted(f"What is wrong in {escaped} ?") == f'What is wrong in "{run}" ?'
    assert quoted(f"What is wrong in {escaped}?") == f'What is wrong in "{run}"?'
    assert quoted(r"a\ b is no file") == r"a\ b is no file"
