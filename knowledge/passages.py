"""Passages, read from their files and checked: those that ship with the product (knowledge/corpus/*.jsonl), and those of the user's documents
beside them (`documents.py`). Knows nothing of search.

Each line is one passage, the shipped ones in this project's own words. `grade` is the trust in the source (A good, C unreviewed);
`basis` says how it was had: read in the source, recalled, or inferred. A shipped passage that is not read, or of grade C,
says so in its own text.
"""

import hashlib
import json
import shlex
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.errors import KnowledgeError

CORPUS = Path(__file__).parent / "corpus"


class Passage(BaseModel):
    """One passage and where it comes from. `document` is the file it is in, without the ending."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    document: str
    title: str = Field(min_length=1)
    text: str = Field(min_length=1)
    source: str = Field(min_length=1)
    ref: str = Field(min_length=1)
    grade: Literal["A", "B", "C"]
    basis: Literal["read", "recalled", "inferred"]


def read_corpus(folder: Path = CORPUS, documents: Path | None = None) -> tuple[Passage, ...]:
    """Every passage of `folder`, in the order of the files, then those of `documents`. Raises KnowledgeError, naming file and line."""
    passages: dict[str, Passage] = {}
    for file in _files(folder, documents):
        mend = "correct it" if file.parent == folder else f"correct it, or run `waam knowledge remove {shlex.quote(file.stem)}`"
        for number, line in enumerate(_bytes(file).decode(errors="replace").split("\n"), start=1):
            if not line.strip():
                continue
            passage = _passage(line, file.stem, number, mend)
            if passage.id in passages:
                raise KnowledgeError(f"{file.stem}.jsonl line {number}: the id {passage.id} is used twice; {mend}.")
            passages[passage.id] = passage
    return tuple(passages.values())


def corpus_hash(folder: Path = CORPUS, documents: Path | None = None) -> str:
    """A fingerprint of every byte of the files."""
    digest = hashlib.sha256()
    for file in _files(folder, documents):
        digest.update(f"{file.name}\0{_digest(file)}\0".encode())
    return digest.hexdigest()


def _files(folder: Path, documents: Path | None) -> list[Path]:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise KnowledgeError(f"There is no corpus in {folder}; install the package again.")
    return files + (sorted(documents.glob("*.jsonl")) if documents else [])


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # a document that was removed meanwhile
        return b""


def _digest(file: Path) -> str:
    """Asked before every search, so a file is read again only once it was written again."""
    try:
        at = file.stat()
    except FileNotFoundError:
        return ""
    return _digest_of(file, at.st_ino, at.st_size, at.st_mtime_ns)


@lru_cache(maxsize=4096)
def _digest_of(file: Path, *stamp: int) -> str:
    return hashlib.sha256(_bytes(file)).hexdigest()


def _passage(line: str, document: str, number: int, mend: str) -> Passage:
    try:
        return Passage.model_validate({"document": document} | json.loads(line))
    except (ValueError, TypeError) as error:
        raise KnowledgeError(f"{document}.jsonl line {number} is not a passage; {mend}: {error}") from error
