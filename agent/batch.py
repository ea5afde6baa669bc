"""Questions by the file: one line in, one line out, in input order within what is in flight, resumable.

The output file is its own journal: a line is written whole and flushed, a torn last line is dropped at the
next start, and ids that are already there are not asked again.
"""

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import BadInput
from agent.state import Answer, Message

Ask = Callable[[str, list[Message]], Answer]
FAILED = {"error", "refused"}


@dataclass(frozen=True)
class Item:
    """One question of the input."""

    id: str
    question: str
    history: tuple[Message, ...] = ()


@dataclass
class Summary:
    """What a run did: `skipped` were already in the output."""

    done: int = 0
    failed: int = 0
    skipped: int = 0


def read_items(path: Path) -> Iterator[Item]:
    """The questions of a JSONL or CSV file, one at a time. Raises BadInput for a line that is no question."""
    if not path.exists():
        raise BadInput(f"There is no file {path}; check the path.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            reader = csv.DictReader(file)
            if "question" not in (reader.fieldnames or []):
                raise BadInput(f"{path.name} has no column named question; its columns are {', '.join(reader.fieldnames or ['none'])}.")
            for number, row in enumerate(reader, start=1):
                yield Item(row.get("id") or str(number), row["question"] or "")
        else:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _item(line, number, path.name)


def _item(line: str, number: int, name: str) -> Item:
    try:
        row = json.loads(line)
        if "body" in row:
            lines = [m for m in row["body"]["messages"] if m["role"] in ("user", "assistant")]
            return Item(str(row.get("custom_id", number)), str(lines[-1]["content"]), tuple(lines[:-1]))
        return Item(str(row.get("id", number)), str(row["question"]), tuple(row.get("history", ())))
    except (json.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise BadInput(f'{name}, line {number}: expected {{"id": …, "question": …}} or an OpenAI batch line; mend it and run again.') from None


def run_batch(source: Path, target: Path, ask: Ask, concurrency: int = 8, on_done: Callable[[Summary], None] | None = None) -> Summary:
    """Answer every question of `source` that `target` does not hold yet; appends to `target`."""
    summary = Summary()
    answered = _finished(target)
    with target.open("a", encoding="utf-8") as out, ThreadPoolExecutor(max_workers=concurrency) as pool:
        waiting: dict[Future[dict[str, Any]], None] = {}

        def collect(futures: set[Future[dict[str, Any]]]) -> None:
            for future in futures:
                waiting.pop(future)
                line = future.result()
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                out.flush()
                summary.done += 1
                summary.failed += line["status"] in FAILED
                if on_done:
                    on_done(summary)

        for item in read_items(source):
            if _key(item.id, item.question) in answered:
                summary.skipped += 1
                continue
            answered.add(_key(item.id, item.question))
            if len(waiting) >= 2 * concurrency:
                collect(wait(waiting, return_when=FIRST_COMPLETED).done)
            waiting[pool.submit(_answer, item, ask)] = None
        while waiting:
            collect(wait(waiting, return_when=FIRST_COMPLETED).done)
        out.flush()
        os.fsync(out.fileno())
    return summary


def _answer(item: Item, ask: Ask) -> dict[str, Any]:
    try:
        answer = ask(item.question, list(item.history))
    except Exception as defect:  # one line's failure stays in its line
        answer = Answer(status="error", answer=f"This line failed: {type(defect).__name__}: {defect}")
    return {"id": item.id, "question": item.question, **answer.model_dump(mode="json")}


def _finished(target: Path) -> set[str]:
    """Keys of the whole lines in `target`; a torn last line (a kill while writing) is cut off."""
    if not target.exists():
        return set()
    found, whole = set(), 0
    with target.open("rb") as file:
        for raw in file:
            try:
                row = json.loads(raw) if raw.endswith(b"\n") else None
            except json.JSONDecodeError:
                row = None
            if row is None:
                break
            found.add(_key(row["id"], row["question"]))
            whole += len(raw)
    with target.open("rb+") as file:
        file.truncate(whole)
    return found


def _key(name: str, question: str) -> str:
    """Identity of an input line: the same id with another question is another line."""
    return hashlib.sha256(f"{name}\0{question}".encode()).hexdigest()
