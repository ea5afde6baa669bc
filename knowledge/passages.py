"""The passages that ship with the product: read from knowledge/corpus/*.jsonl and checked. Knows nothing of search.

Each line is one passage in this project's own words. `grade` is the trust in the source (A good, C unreviewed);
`basis` says how it was had: read in the source, recalled, or inferred. A passage that is not read, or of grade C,
says so in its own text.
"""

import hashlib
import json
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


def read_corpus(folder: Path = CORPUS) -> tuple[Passage, ...]:
    """Every passage of `folder`, in the order of the files. Raises KnowledgeError, naming file and line."""
    return _read(folder, _files(folder))


def corpus_hash(folder: Path = CORPUS) -> str:
    """A fingerprint of every byte of the corpus."""
    digest = hashlib.sha256()
    for name, content in _files(folder):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(folder: Path) -> tuple[tuple[str, bytes], ...]:
    files = tuple((path.stem, path.read_bytes()) for path in sorted(folder.glob("*.jsonl")))
    if not files:
        raise KnowledgeError(f"There is no corpus in {folder}; install the package again.")
    return files


@lru_cache(maxsize=4)
def _read(folder: Path, files: tuple[tuple[str, bytes], ...]) -> tuple[Passage, ...]:
    passages: dict[str, Passage] = {}
    for document, content in files:
        for number, line in enumerate(content.decode().split("\n"), start=1):
            if not line.strip():
                continue
            passage = _passage(line, document, number)
            if passage.id in passages:
                raise KnowledgeError(f"{document}.jsonl line {number}: the id {passage.id} is used twice; give it another.")
            passages[passage.id] = passage
    return tuple(passages.values())


def _passage(line: str, document: str, number: int) -> Passage:
    try:
        return Passage.model_validate({"document": document} | json.loads(line))
    except (ValueError, TypeError) as error:
        raise KnowledgeError(f"{document}.jsonl line {number} is not a passage; correct it: {error}") from error
