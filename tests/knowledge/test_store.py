"""The store: built whole or not at all, built only when needed, asked by vector and by words."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chromadb
import pytest

from knowledge import store as store_module
from knowledge.errors import KnowledgeError
from knowledge.store import POINTER, PREFIX, Store
from tests.knowledge.conftest import LINES, write_corpus
from tests.knowledge.fakes import WordEmbedder


def quiet(line: str) -> None:
    pass


def names(store: Store) -> set[str]:
    return {collection.name for collection in store._client.list_collections()}


def test_a_rebuild_counts_and_reports(store: Store):
    lines: list[str] = []
    assert store.count() == 0
    assert store.rebuild(lines.append) == len(LINES) == store.count()
    assert lines[0] == "5 of 5 passages"
    assert lines[-1].startswith("Knowledge base ready: 5 passages in ")


def test_a_passage_comes_back_as_it_went_in(store: Store):
    store.rebuild(quiet)
    [found] = store.nearest("humping", 1)
    assert found.passage.model_dump() == {
        "id": "P1", "document": "small", "title": "Cause of humping", "text": "Humping appears at high travel speed.",
        "source": "A book", "ref": "page 1", "grade": "A", "basis": "read",
    }  # fmt: skip
    assert found.similarity == pytest.approx(2 / 5**0.5, abs=1e-4)  # humping twice, speed once


def test_ensure_builds_once(store: Store):
    assert store.ensure() is True
    assert store.ensure() is False
    again = Store(store.folder, WordEmbedder(), store.corpus)
    assert again.ensure() is False
    assert again.embedder.calls == 0


def test_ensure_builds_again_when_the_corpus_changed(store: Store, corpus: Path):
    store.ensure()
    write_corpus(corpus, [*LINES, ("P6", "Titanium", "Titanium gas")])
    assert store.ensure() is True
    assert store.count() == 6


def test_ensure_builds_again_when_the_embedder_changed(store: Store):
    store.ensure()
    assert Store(store.folder, WordEmbedder("words-2"), store.corpus).ensure() is True


def test_a_rebuild_leaves_one_collection_and_those_of_others(store: Store):
    store._client.create_collection("documents", embedding_function=None)
    store.rebuild(quiet)
    first = names(store)
    store.rebuild(quiet)
    assert len(names(store)) == 2 and names(store) & first == {"documents"}


def test_builds_leave_no_files_of_the_collections_before_and_those_of_others(store: Store):
    other = store._client.create_collection("documents", embedding_function=None)
    other.add(ids=["1"], documents=["x"], embeddings=[[1.0] * 3])
    kept = {path for path in store.folder.iterdir() if path.is_dir()}
    for _ in range(4):
        store.rebuild(quiet)
    folders = {path for path in store.folder.iterdir() if path.is_dir()}
    assert kept and kept < folders and len(folders - kept) == 1, "Chroma itself leaves those of a collection that is deleted"
    assert other.query([[1.0] * 3], n_results=1)["ids"] == [["1"]] and store.nearest("humping", 1)[0].passage.id == "P1"


class Stopped(BaseException):
    """Stands for a kill in the middle of a build."""


def test_a_build_that_dies_leaves_the_old_store(store: Store, corpus: Path, monkeypatch: pytest.MonkeyPatch):
    store.rebuild(quiet)
    write_corpus(corpus, [*LINES, ("P6", "Titanium", "Titanium gas")])
    monkeypatch.setattr("knowledge.store.BATCH", 4)

    def die(line: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        store.rebuild(die)
    assert store.count() == 5
    assert len(names(store)) == 2
    assert store.ensure() is True
    assert store.count() == 6
    assert len(names(store)) == 1


def test_a_first_build_that_dies_leaves_no_store(store: Store):
    def die(line: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        store.rebuild(die)
    assert store.count() == 0
    with pytest.raises(KnowledgeError, match="waam knowledge rebuild"):
        store.nearest("humping", 1)


def test_a_process_that_is_killed_leaves_no_store(tmp_path: Path, corpus: Path):
    code = (
        "import os, sys; from pathlib import Path; from knowledge.store import Store; from tests.knowledge.fakes import WordEmbedder\n"
        "Store(Path(sys.argv[1]), WordEmbedder(), Path(sys.argv[2])).rebuild(lambda line: os.kill(os.getpid(), 9))"
    )
    folder = tmp_path / "killed"
    ended = subprocess.run([sys.executable, "-c", code, str(folder), str(corpus)], cwd=Path(__file__).parents[2], timeout=60)
    assert ended.returncode == -9
    store = Store(folder, WordEmbedder(), corpus)
    assert store.count() == 0 and len(names(store)) == 1
    assert store.ensure() is True
    assert store.count() == 5 and len(names(store)) == 1


def test_a_reader_follows_a_rebuild_by_another_process(store: Store):
    store.rebuild(quiet)
    assert store.count() == 5
    code = (
        "import sys; from pathlib import Path; from knowledge.store import Store; from tests.knowledge.fakes import WordEmbedder\n"
        "Store(Path(sys.argv[1]), WordEmbedder(), Path(sys.argv[2])).rebuild()"
    )
    command = [sys.executable, "-c", code, str(store.folder), str(store.corpus)]
    subprocess.run(command, cwd=Path(__file__).parents[2], timeout=60, check=True, capture_output=True)
    assert store.count() == 5
    assert store.nearest("humping", 1)[0].passage.id == "P1"


def test_containing_keeps_only_passages_with_the_string(store: Store):
    store.rebuild(quiet)
    assert [found.passage.id for found in store.nearest("humping", 5, containing=["5011"])] == ["P4"]
    assert {found.passage.id for found in store.nearest("humping", 5, containing=["5011", "titanium"])} == {"P3", "P4"}


def test_the_pointer_names_the_collection(store: Store):
    store.rebuild(quiet)
    current = json.loads((store.folder / POINTER).read_text())
    assert current["collection"].startswith(PREFIX) and names(store) == {current["collection"]}


def test_a_collection_replaced_in_the_middle_of_a_question_is_asked_again(store: Store):
    store.rebuild(quiet)
    seen = []

    def question(collection: chromadb.Collection) -> int:
        if not seen:
            store.rebuild(quiet)
        seen.append(collection.name)
        return collection.count()

    assert store._ask(question) == 5
    assert len(set(seen)) == 2


def test_a_collection_that_goes_between_its_index_and_its_texts_is_asked_again(store: Store, monkeypatch: pytest.MonkeyPatch):
    store.rebuild(quiet)
    real, asked = chromadb.Collection.query, []

    def half_gone(collection: chromadb.Collection, *about: object, **more: object) -> object:
        found = real(collection, *about, **more)  # type: ignore[arg-type]
        asked.append(found)
        return found | {"documents": [[None] * len(found["ids"][0])]} if len(asked) == 1 else found

    monkeypatch.setattr(chromadb.Collection, "query", half_gone)
    assert store.nearest("humping", 1)[0].passage.id == "P1" and len(asked) == 2


def test_many_threads_that_ask_at_once_open_it_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    opened, together = [], threading.Barrier(8)

    def slow(folder: Path, embedder: object) -> object:
        opened.append(folder)
        time.sleep(0.05)  # long enough for all the others to come
        return object()

    def ask(_: int) -> object:
        together.wait(timeout=60)
        return store_module.open_store()

    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    monkeypatch.setattr(store_module, "Store", slow)
    monkeypatch.setattr(store_module, "load_embedder", lambda: "embedder")
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1 and len(opened) == 1
