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
START = b'{"id": '  # how each line of the output begins


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
    except (KeyError, ValueError, TypeError, AttributeError):  # a JSONDecodeError is a ValueError
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
    for _ in read_items(source):
        pass
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

        try:
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
    return {"id": item.id, "question": item.question, **answer.model_dump(mode="json")}


def _finished(target: Path) -> set[str]:
    """Keys of the whole lines in `target`; a torn last line (a kill while writing) is cut off. Raises BadInput for a
    file that holds anything else, so that a mistyped name costs nobody a file."""
    if not target.exists():
        return set()
    found, whole = set(), 0
    with target.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n") and raw.startswith(START[: len(raw)]):
                break  # only the last line can lack its end
            try:
                row = json.loads(raw)
                found.add(_key(row["id"], row["question"]))
                row["status"], row["tool_calls"]  # an answer has them, a question has not
            except (ValueError, KeyError, TypeError):
                raise BadInput(f"{target.name} holds something else than answers of `waam batch`; give another output file.") from None
            whole += len(raw)
    with target.open("rb+") as file:
        file.truncate(whole)
    return found


def _key(name: str, question: str) -> str:
    """Identity of an input line: the same id with another question is another line (what came before it is not looked at)."""
    return hashlib.sha256(f"{name}\0{question}".encode()).hexdigest()
