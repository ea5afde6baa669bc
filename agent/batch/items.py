"""The questions of a file or of standard input, one at a time: JSONL, OpenAI batch lines or CSV, packed with gzip or not."""

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import cast

from agent.errors import BadInput
from agent.openai_form import said
from agent.state import Message

STDIN = Path("-")
NAME_OF_STDIN = "standard input"
Buffered = io.BufferedReader | io.BufferedRandom


@dataclass(frozen=True)
class Item:
    """One question of the input. `refusal`: why nobody is to be asked it."""

    id: str
    question: str
    history: tuple[Message, ...] = ()
    refusal: str | None = None

    @property
    def key(self) -> bytes:
        """Identity of an input line in 16 bytes: the same id with another question, or after other messages, is another line."""
        return hashlib.blake2b(json.dumps([self.id, self.question, self.history]).encode(), digest_size=16).digest()


def read_items(path: Path) -> Iterator[Item]:
    """The questions of a JSONL or CSV file. Raises BadInput for a line that is no question."""
    if not os.path.isfile(path):  # unlike Path.is_file, no for a name that is too long as well
        raise BadInput(f"There is no file {path}; check the path.")
    try:
        with path.open("rb") as file:
            yield from items_of(file, path.name)
    except OSError as wrong:
        raise BadInput(f"{path} cannot be read ({wrong.strerror}); check who may read it, or give a copy.") from None


def read_stdin() -> Iterator[Item]:
    """The questions of standard input as they come; CSV where the first line is no JSON object."""
    with open(0, "rb", closefd=False) as file:  # not sys.stdin, whose lock a reader that still waits at the end would hold
        yield from items_of(file, NAME_OF_STDIN)


def spooled_stdin() -> Buffered:
    """All of standard input in a temporary file, which is gone when it is closed: for what has to be read twice."""
    spool = cast(io.BufferedRandom, tempfile.TemporaryFile())  # noqa: SIM115
    with open(0, "rb", closefd=False) as file:
        shutil.copyfileobj(file, spool)
    return spool


def items_of(file: Buffered, name: str) -> Iterator[Item]:
    """The questions of an open file called `name`."""
    try:
        plain = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == b"\x1f\x8b" else file
        text = io.TextIOWrapper(plain, encoding="utf-8-sig", newline="")
        try:
            yield from _items(text, name)
        finally:
            text.detach()  # closing the file is its owner's part
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text; save it as UTF-8 and run again.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise BadInput(f"{name} is damaged or not whole (gzip); copy it again.") from None
    except csv.Error as wrong:
        raise BadInput(f"{name} is not CSV that can be read ({wrong}); save it as CSV again, or as JSONL.") from None


def _items(text: io.TextIOWrapper, name: str) -> Iterator[Item]:
    first = text.readline()
    lines = chain([first], text)
    kinds = [suffix.lower() for suffix in Path(name).suffixes]
    if ".csv" in kinds[-2:] or (name == NAME_OF_STDIN and not first.lstrip().startswith("{") and first.strip()):
        reader = csv.DictReader(lines, delimiter=max(",;\t", key=first.count))  # of equal counts the comma
        if "question" not in (reader.fieldnames or []):
            raise BadInput(f"{name} has no column named question; its columns are {', '.join(reader.fieldnames or ['none'])}.")
        for number, row in enumerate(reader, start=1):
            yield Item(row.get("id") or str(number), row["question"] or "")
    else:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _item(line, number, name)


def _item(line: str, number: int, name: str) -> Item:
    here = f"{name}, line {number}"
    try:
        row = json.loads(line.rstrip())
        if "body" in row:
            asked = said(row["body"]["messages"])
            return Item(str(row.get("custom_id", number)), asked.question, asked.history, asked.refusal)
        if isinstance(row["question"], str):
            asked = said([*(row.get("history") or []), {"role": "user", "content": row["question"]}], "history")
            return Item(str(row.get("id", number)), asked.question, asked.history, asked.refusal)
    except json.JSONDecodeError as broken:
        raise BadInput(f"{here} is not valid JSON: {_why(broken)}; mend it and run again.") from None
    except BadInput as wrong:
        raise BadInput(f"{here}: {wrong} Mend it and run again.") from None
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        pass
    raise BadInput(f'{here}: expected {{"id": …, "question": …}} or an OpenAI batch line; mend it and run again.')


def _why(broken: json.JSONDecodeError) -> str:
    """What is missing, where the line ends too early, or what stands where something else should."""
    if broken.pos >= len(broken.doc):
        return "it ends before the object does, so a closing } is missing (or the object goes on in the next line, where each needs one of its own)"
    if broken.msg.startswith("Unterminated string"):
        return f'the text that begins in column {broken.colno} has no closing "'
    return f"in column {broken.colno} stands {broken.doc[broken.pos : broken.pos + 20]!r} ({broken.msg})"
