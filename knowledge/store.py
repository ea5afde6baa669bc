"""The corpus and the user's documents in an embedded Chroma store on disk: built whole or not at all, asked by vector and by words.

Chroma runs inside this process; its HTTP server is never started. Knows nothing of relevance.

A build goes into a collection of its own; one small file, `current.json`, names the collection that counts and is
replaced in one step when the build is complete. A build that is killed leaves that file as it was, and the next
build clears what it left. Processes that build at once take turns; one that reads meanwhile follows the file. What the collection before held
already, from the same embedder, is not embedded again, so that a document more costs no more than its own passages.
"""

import json
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import chromadb
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError
from filelock import FileLock, Timeout

from knowledge.chroma import ChromaEmbedder
from knowledge.embedder import TextEmbedder, load_embedder
from knowledge.errors import KnowledgeError
from knowledge.home import home
from knowledge.passages import CORPUS, Passage, corpus_hash, read_corpus

POINTER = "current.json"
PREFIX = "corpus-"  # other collections in this folder are not this module's
BATCH = 256
_OPENING = Lock()
_SEGMENT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # a folder of Chroma's own

Answer = TypeVar("Answer")


class Found(NamedTuple):
    """A passage and its cosine similarity to what was asked."""

    passage: Passage
    similarity: float


class Store:
    """One store folder. `embedder` makes its vectors; `corpus` is the folder of passages; the user's documents lie in a folder of its own."""

    def __init__(self, folder: Path, embedder: TextEmbedder, corpus: Path = CORPUS) -> None:
        self.folder = folder
        self.embedder = embedder
        self.corpus = corpus
        self.documents = folder / "documents"
        folder.mkdir(parents=True, exist_ok=True)
        self._client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        self._function: Any = ChromaEmbedder(embedder)
        self._open: tuple[str, chromadb.Collection] | None = None

    def rebuild(self, progress: Callable[[str], object] = print) -> int:
        """Build from the files, whatever is there; returns the number of passages."""
        with self._lock():
            return self._build(progress, {})

    def ensure(self, progress: Callable[[str], object] = lambda line: None, wait: bool = True) -> bool:
        """Build only if there is no store or if the files or the embedder changed; returns whether it did. Without `wait`, what another process
        is building now is not waited for where the store before can be asked meanwhile."""
        if self._current().get("stamp") == self._stamp():
            return False
        try:
            with self._lock().acquire(timeout=-1 if wait or not self._of_this_embedder() else 0):
                if self._current().get("stamp") == self._stamp():  # another process was faster
                    return False
                self._build(progress, self._known())
        except Timeout:
            return False
        return True

    def count(self) -> int:
        """The passages that can be found; 0 before the first build."""
        return self._ask(lambda collection: collection.count()) if self._current() else 0

    def nearest(self, query: str, n: int, containing: list[str] | None = None) -> list[Found]:
        """The `n` passages nearest to `query`, best first; of those that contain one of the strings, if any are given."""
        vectors = [self.embedder.embed([query])[0]]
        wanted: list[Any] = [{"$contains": string} for string in containing or ()]
        where: Any = {"$or": wanted} if len(wanted) > 1 else wanted[0] if wanted else None
        include: Any = ["documents", "metadatas", "distances"]

        def nearest(collection: chromadb.Collection) -> Any:
            answer: Any = collection.query(vectors, n_results=n, where_document=where, include=include)
            if None in answer["documents"][0]:  # the collection went while it was asked
                raise NotFoundError("replaced meanwhile")
            return answer

        found: Any = self._ask(nearest)
        rows = zip(found["ids"][0], found["documents"][0], found["metadatas"][0], found["distances"][0], strict=True)
        return [Found(_passage(name, body, about), min(1.0, max(0.0, 1.0 - far))) for name, body, about, far in rows]

    def _build(self, progress: Callable[[str], object], known: dict[str, Any]) -> int:
        """`known`: vectors that need not be made, by what they are of."""
        start = time.perf_counter()
        stamp, passages = self._stamp(), read_corpus(self.corpus, self.documents)
        name = f"{PREFIX}{uuid4().hex}"
        collection = self._client.create_collection(name, embedding_function=self._function, configuration={"hnsw": {"space": "cosine"}})
        for first in range(0, len(passages), BATCH):
            part = passages[first : first + BATCH]
            bodies = [_body(passage) for passage in part]
            if new := [body for body in dict.fromkeys(bodies) if body not in known]:
                known.update(zip(new, self.embedder.embed(new), strict=True))
            collection.add(
                ids=[passage.id for passage in part],
                documents=bodies,
                embeddings=[known[body] for body in bodies],
                metadatas=[passage.model_dump(exclude={"id", "title", "text"}) for passage in part],
            )
            progress(f"{min(first + BATCH, len(passages))} of {len(passages)} passages")
        self._publish({"collection": name, "stamp": stamp})
        self._clear(keep=name)
        progress(f"Knowledge base ready: {len(passages)} passages in {time.perf_counter() - start:.1f} s")
        return len(passages)

    def _known(self) -> dict[str, Any]:
        """The vectors of the current collection, if this embedder made them."""
        if not self._of_this_embedder():
            return {}
        try:
            held: Any = self._ask(lambda collection: collection.get(include=["documents", "embeddings"]))
        except ChromaError:  # what cannot be read is made anew
            return {}
        return dict(zip(held["documents"], held["embeddings"], strict=True))

    def _of_this_embedder(self) -> bool:
        return self._current().get("stamp", "").endswith(f"/{self.embedder.fingerprint}")

    def _publish(self, current: dict[str, str]) -> None:
        draft = self.folder / f"{POINTER}.new"
        draft.write_text(json.dumps(current))
        os.replace(draft, self.folder / POINTER)

    def _clear(self, keep: str) -> None:
        for collection in self._client.list_collections():
            if collection.name.startswith(PREFIX) and collection.name != keep:
                self._client.delete_collection(collection.name)
        self._sweep()

    def _sweep(self) -> None:
        """Chroma leaves the index files of a deleted collection; those that no collection has any more go."""
        try:
            with closing(sqlite3.connect(f"{(self.folder / 'chroma.sqlite3').resolve().as_uri()}?mode=ro", uri=True)) as catalogue:
                used = {name for (name,) in catalogue.execute("SELECT id FROM segments")}
        except sqlite3.Error:  # another Chroma keeps its books elsewhere: then they stay
            return
        for folder in self.folder.iterdir():
            if folder.is_dir() and _SEGMENT.fullmatch(folder.name) and folder.name not in used:
                shutil.rmtree(folder, ignore_errors=True)

    def _current(self) -> dict[str, str]:
        try:
            current: dict[str, str] = json.loads((self.folder / POINTER).read_text())
            return current
        except FileNotFoundError:
            return {}

    def _stamp(self) -> str:
        return f"{corpus_hash(self.corpus, self.documents)}/{self.embedder.fingerprint}"

    def _ask(self, question: Callable[[chromadb.Collection], Answer]) -> Answer:
        """Put a question to the current collection; once more if another process replaced it meanwhile."""
        try:
            return question(self._collection())
        except ChromaError:
            self._open = None
            return question(self._collection())

    def _collection(self) -> chromadb.Collection:
        name = self._current().get("collection")
        if name is None:
            raise KnowledgeError("The knowledge base is not built yet; run `waam knowledge rebuild`.")
        opened = self._open
        if opened is None or opened[0] != name:
            opened = name, self._client.get_collection(name, embedding_function=self._function)
            self._open = opened
        return opened[1]

    def _lock(self) -> FileLock:
        return FileLock(self.folder / "build.lock")


def rebuild(progress: Callable[[str], object] = print) -> int:
    """Build this machine's store anew; returns the number of passages."""
    return open_store().rebuild(progress)


def ensure() -> bool:
    """Build this machine's store if it is missing or out of date; returns whether it did."""
    return open_store().ensure()


def count() -> int:
    """The passages in this machine's store."""
    return open_store().count()


def open_store() -> Store:
    """This machine's store, one for all callers. Raises KnowledgeError if the embedding model is missing."""
    with _OPENING:  # Chroma breaks where two threads open one folder for the first time
        return _open(home() / "knowledge", load_embedder())


@lru_cache(maxsize=4)
def _open(folder: Path, embedder: TextEmbedder) -> Store:
    return Store(folder, embedder)


def _body(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}"


def _passage(name: str, body: str, about: Any) -> Passage:
    title, text = body.split("\n", 1)
    return Passage(id=name, title=title, text=text, **about)
