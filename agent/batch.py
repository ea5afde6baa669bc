"""Questions by the file: one line in, one line out, in input order within what is in flight, resumable.

The output file is its own journal: a line is written whole and flushed, a torn last line is dropped at the
next start, and what is answered there is not asked again; errors and degraded answers are.
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

from filelock import FileLock, Timeout

from agent.errors import BadInput
from agent.state import Answer, Message

Ask = Callable[[str, list[Message]], Answer]
FAILED = {"error", "refused"}
TRY_AGAIN = {"error", "degraded"}  # another run may do better; a refusal stays one
START = b'{"id": '  # how each line of the output begins


@dataclass(frozen=True)
class Item:
    """One question of the input."""

    id: str
    question: str
    history: tuple[Message, ...] = ()


@dataclass
class Summary:
    """What a run did: `skipped` were already in the output; `degraded` were answered without the language model."""

    done: int = 0
    failed: int = 0
    degraded: int = 0
    skipped: int = 0


def read_items(path: Path) -> Iterator[Item]:
    """The questions of a JSONL or CSV file, one at a time. Raises BadInput for a line that is no question."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}; check the path.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() == ".csv":
                reader = csv.DictReader(file)
                if "question" not in (reader.fieldnames or []):
                    raise BadInput(f"{path.name} has no column named question; its columns are {', '.join(reader.fieldnames or ['none'])}.")
                for number, row in enumerate(reader, start=1):
                    yield Item(row.get("id") or str(number), row["question"] or "")
            else:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield _item(line, number, path.name)
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not UTF-8 text; save it as UTF-8 and run again.") from None


def _item(line: str, number: int, name: str) -> Item:
    try:
        row = json.loads(line)
        if "body" in row:
            *before, last = _messages(row["body"]["messages"])
            if last["role"] == "user":
                return Item(str(row.get("custom_id", number)), last["content"], tuple(before))
        elif isinstance(row["question"], str):
            return Item(str(row.get("id", number)), row["question"], tuple(_messages(row.get("history") or [])))
    except json.JSONDecodeError as broken:
        raise BadInput(f"{name}, line {number} is not valid JSON ({broken.msg} at column {broken.colno}); mend it and run again.") from None
    except (KeyError, ValueError, TypeError, AttributeError):
        pass
    raise BadInput(f'{name}, line {number}: expected {{"id": …, "question": …}} or an OpenAI batch line; mend it and run again.')


def _messages(lines: list[dict[str, Any]]) -> list[Message]:
    """The lines of people and assistants; a content that comes in parts is the text of its parts."""
    found: list[Message] = []
    for line in lines:
        if line["role"] in ("user", "assistant"):
            content = line["content"]
            text = content if isinstance(content, str) else " ".join(part["text"] for part in content if part["type"] == "text")
            found.append(Message(role=line["role"], content=text))
    return found


def run_batch(source: Path, target: Path, ask: Ask, concurrency: int = 8, on_done: Callable[[Summary], None] | None = None) -> Summary:
    """Answer every question of `source` that `target` does not hold yet; appends to `target`. The input is read
    through first, so that a bad line is found before anything is asked."""
    asked = {_key(item) for item in read_items(source)}
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    try:
        with lock.acquire(timeout=0):
            return _run(source, target, _finished(target, asked), ask, concurrency, on_done)
    except Timeout:
        raise BadInput(f"Another `waam batch` is writing {target.name}; wait for it, or give another output file.") from None


def _run(source: Path, target: Path, answered: set[str], ask: Ask, concurrency: int, on_done: Callable[[Summary], None] | None) -> Summary:
    summary = Summary()
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
                summary.degraded += line["status"] == "degraded"
                if on_done:
                    on_done(summary)

        try:
            for item in read_items(source):
                if (key := _key(item)) in answered:
                    summary.skipped += 1
                    continue
                answered.add(key)
                if len(waiting) >= 2 * concurrency:
                    collect(wait(waiting, return_when=FIRST_COMPLETED).done)
                waiting[pool.submit(_answer, item, ask)] = None
            while waiting:
                collect(wait(waiting, return_when=FIRST_COMPLETED).done)
        except BaseException:  # Ctrl-C waits for the questions in flight, not for those in the queue
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        out.flush()
        os.fsync(out.fileno())
    return summary


def _answer(item: Item, ask: Ask) -> dict[str, Any]:
    try:
        answer = ask(item.question, list(item.history))
    except Exception as defect:  # one line's failure stays in its line
        answer = Answer(status="error", answer=f"This line failed: {type(defect).__name__}: {defect}")
    before = {"history": list(item.history)} if item.history else {}
    return {"id": item.id, "question": item.question, **before, **answer.model_dump(mode="json")}


def _finished(target: Path, asked: set[str]) -> set[str]:
    """Keys of the answers in `target`. A torn last line (a kill while writing), and errors and degraded answers to what is
    `asked` now, are dropped from it first, in one atomic step. Raises BadInput for a file that holds anything else, so
    that a mistyped name costs nobody a file."""
    if not target.exists():
        return set()
    target = target.resolve()  # a link stays a link
    found = set()
    kept = target.with_name(f".{target.name}.kept")
    with target.open("rb") as file, kept.open("wb") as copy:
        for raw in file:
            if not raw.endswith(b"\n") and raw.startswith(START[: len(raw)]):
                break  # only the last line can lack its end
            try:
                row = json.loads(raw)
                key = _key(Item(row["id"], row["question"], tuple(row.get("history", ()))))
                status, _ = row["status"], row["tool_calls"]  # an answer has them, a question has not
            except (ValueError, KeyError, TypeError):
                kept.unlink()
                raise BadInput(f"{target.name} holds something else than answers of `waam batch`; give another output file.") from None
            if status in TRY_AGAIN and key in asked:
                continue
            found.add(key)
            copy.write(raw)
        copy.flush()
        os.fsync(copy.fileno())
    if kept.stat().st_size < target.stat().st_size:
        kept.replace(target)
    else:
        kept.unlink()
    return found


def _key(item: Item) -> str:
    """Identity of an input line: the same id with another question, or after other messages, is another line."""
    return hashlib.sha256(json.dumps([item.id, item.question, item.history]).encode()).hexdigest()
