"""The user's own documents: one file of passages each, below the store, readable and deletable by hand.

A file is replaced in one step, so a kill leaves the old one or the new one. What the store holds follows these files: it builds when they change.
"""

import difflib
import hashlib
import json
import os
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from knowledge.cutting import cut
from knowledge.errors import DocumentError
from knowledge.home import home
from knowledge.reading import one_line, read

LONGEST_NAME = 160  # bytes, so that file systems take it with an ending


class Listed(NamedTuple):
    """A document of the knowledge base, and since when it is as it is there."""

    name: str
    passages: int
    added: datetime


class Added(NamedTuple):
    """What came of adding a document: its passages, those that were there before under its name, and how many of these stayed."""

    name: str
    passages: int
    before: int
    kept: int
    same: bool
    note: str

    @property
    def said(self) -> str:
        count = _passages(self.passages)
        if self.same:
            words = f"{self.name} is unchanged in the knowledge base: {count}."
        elif not self.before:
            words = f"{self.name} is in the knowledge base: {count}."
        elif self.kept == self.passages == self.before:
            words = f"{self.name} has its {count} as before, cited otherwise."
        elif self.kept:
            words = f"{self.name} has changed: {count} in place of {self.before}, {self.kept} of them as before."
        else:
            words = f"{self.name} has changed: {count} in place of {self.before}, none as before; if it is another document, rename one of the two."
        return f"{words} {self.note}".rstrip()


def folder() -> Path:
    """Where this machine keeps the documents."""
    return home() / "knowledge" / "documents"


def add(path: Path, tokens: Callable[[str], int], title: str | None = None, source: str | None = None, into: Path | None = None) -> Added:
    """Read a document, cut it and write its passages, in place of those of the same name. `tokens` counts as the embedder does; `source` is what
    is cited, by default the file's name. Raises DocumentError, one sentence; what was there before is then as it was."""
    into = into or folder()
    found = read(path)
    if title and one_line(title):
        found = found._replace(title=one_line(title))
    name = _name(path)
    passages = cut(found, name, one_line(source or "") or name, tokens)
    lines = [json.dumps(passage.model_dump(exclude={"document"}), ensure_ascii=False) for passage in passages]
    before = _lines(into / f"{name}.jsonl")
    draft = into / f".{name}.{os.getpid()}.partial"
    try:
        into.mkdir(parents=True, exist_ok=True)
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(draft, into / f"{name}.jsonl")
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise DocumentError(f"{name} cannot be kept in {into} ({error.strerror}); make room there, or let yourself write there.") from None
    texts = {text for line in before if (text := _text(line))}
    kept = sum(passage.text in texts for passage in passages)
    return Added(name, len(passages), len(before), kept, lines == before, found.note)


def listed(within: Path | None = None) -> list[Listed]:
    """The documents, by name; also those whose file was spoilt by hand."""
    files = sorted((within or folder()).glob("*.jsonl"))
    return [Listed(file.stem, len(_lines(file)), datetime.fromtimestamp(file.stat().st_mtime).astimezone()) for file in files]


def remove(name: str, within: Path | None = None) -> int:
    """Take a document out again; returns how many passages it had. Raises DocumentError, naming the nearest, if there is none of this name."""
    within = within or folder()
    names = [document.name for document in listed(within)]
    wanted = unicodedata.normalize("NFC", name)
    if wanted not in names:
        near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
        how = f"did you mean {near[0]}?" if near else "`waam knowledge list` names those that there are."
        raise DocumentError(f"There is no document {one_line(name)[:80]} in the knowledge base; {how}")
    count = len(_lines(within / f"{wanted}.jsonl"))
    (within / f"{wanted}.jsonl").unlink(missing_ok=True)
    return count


def _name(path: Path) -> str:
    """The file's name; of a very long one the beginning, and a part of its hash."""
    name = one_line(path.name)
    if len(name.encode()) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name.encode()[: LONGEST_NAME - 20].decode(errors='ignore')}-{mark}{path.suffix.lower()}"


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]
    except FileNotFoundError:
        return []


def _text(line: str) -> str:
    try:
        return str(json.loads(line)["text"])
    except (ValueError, TypeError, KeyError):
        return ""


def _passages(count: int) -> str:
    return f"{count:,} passage{'s' * (count != 1)}"
