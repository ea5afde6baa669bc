"""A small corpus, a store over it with a fake embedder, and the real embedder where this machine has one."""

import json
from pathlib import Path

import pytest

from knowledge.embedder import Embedder
from knowledge.errors import KnowledgeError
from knowledge.store import Store
from tests.knowledge.fakes import WordEmbedder

LINES = [
    ("P1", "Cause of humping", "Humping appears at high travel speed."),
    ("P2", "Porosity and gas", "Porosity comes from too little shielding gas."),
    ("P3", "Interpass temperature", "Keep the interpass temperature of titanium low."),
    ("P4", "Defect codes", "Codes: 5011 is undercut, ER4043 is a wire."),
    ("P5", "Balling", "Balling comes from too little heat input."),
]


def write_corpus(folder: Path, lines: list[tuple[str, str, str]]) -> Path:
    folder.mkdir(exist_ok=True)
    rest = {"source": "A book", "ref": "page 1", "grade": "A", "basis": "read"}
    rows = [json.dumps({"id": name, "title": title, "text": text} | rest) for name, title, text in lines]
    (folder / "small.jsonl").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", LINES)


@pytest.fixture
def store(tmp_path: Path, corpus: Path) -> Store:
    return Store(tmp_path / "store", WordEmbedder(), corpus)


@pytest.fixture(scope="session")
def real_embedder() -> Embedder:
    try:
        return Embedder()
    except KnowledgeError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def real_store(real_embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Store:
    built = Store(tmp_path_factory.mktemp("knowledge"), real_embedder)
    built.rebuild(lambda line: None)
    return built
