"""`waam knowledge`: the user's documents come, are listed, found and go; what is refused is one sentence and leaves the rest be."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.commands.knowledge_cli import app
from agent.errors import BadInput
from knowledge import store as store_module
from tests.knowledge.fakes import WordEmbedder
from tests.knowledge.pdfs import pdf


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path / "home"))
    embedder = WordEmbedder()
    monkeypatch.setattr(store_module, "load_embedder", lambda: embedder)


def run(*words: object, code: int = 0) -> tuple[str, str]:
    ended = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
    if isinstance(ended.exception, BadInput):
        return "", str(ended.exception)
    assert ended.exit_code == code, ended.output
    return ended.stdout, ended.stderr


def test_a_document_comes_is_found_and_goes(tmp_path: Path):
    paper = pdf(tmp_path / "walls.pdf", [["Humping of titanium began at 14 mm/s travel speed."]])
    assert run("add", paper, "--source", "Kim 2024", "--title", "Walls")[0] == "walls.pdf is in the knowledge base: 1 passage.\n"
    assert run("add", paper, "--source", "Kim 2024", "--title", "Walls")[0] == "walls.pdf is unchanged in the knowledge base: 1 passage.\n"
    document, corpus = run("list")[0].splitlines()
    assert re.fullmatch(r"walls\.pdf +1 passage   \d\d \w{3} \d{4} \d\d:\d\d", document) and re.match(
        r"\(the corpus\) +\d{3} passages  ships", corpus
    )
    assert (
        "Walls, page 1\n      Humping of titanium began at 14 mm/s travel speed.\n      Kim 2024 (page 1)"
        in run("search", "titanium humping speed")[0]
    )
    assert run("remove", "walls.pdf")[0].startswith("Removed walls.pdf: 1 passage; the file") and paper.exists()
    assert "walls" not in run("search", "titanium humping speed")[0]
    assert "`waam knowledge add paper.pdf` adds one." in run("list")[0]


def test_of_several_those_that_are_refused_are_told_and_the_others_taken(tmp_path: Path):
    (tmp_path / "rules.md").write_text("# Shop rules\n\nKeep the heat input low.")
    said, refused = run("add", tmp_path / "none.pdf", tmp_path / "rules.md", pdf(tmp_path / "scan.pdf", [[]]), tmp_path, code=2)
    assert said == "rules.md is in the knowledge base: 1 passage.\n"
    assert [line.split(" ")[0] for line in refused.splitlines()] == ["There", "scan.pdf", tmp_path.name]


@pytest.mark.parametrize(("words", "said"), [
    (("add", "a.pdf", "b.pdf", "--title", "T"), "--title is for one file; add the files one by one."),
    (("remove", "none.pdf"), "There is no document none.pdf in the knowledge base; `waam knowledge list` names those that there are."),
])  # fmt: skip
def test_bad_input(words: tuple[str, ...], said: str):
    assert run(*words)[1] == said
