"""`/save`: a conversation as a file, for people as Markdown, for programs as JSON with everything that is known about each answer."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import BadInput
from agent.shown.render import plain
from agent.state import Answer

Turns = Sequence[tuple[str, Answer]]
SUFFIXES = (".md", ".json")


def save(written: str, name: str, turns: Turns) -> Path:
    """Write the conversation to a new file. Raises BadInput, one sentence; no file is written over."""
    if not written:
        raise BadInput("Write a file's name behind it, such as /save monday.md or /save monday.json.")
    path = Path(written).expanduser()
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            f"{path.name} ends in neither {' nor '.join(SUFFIXES)}; write /save {path.stem or 'monday'}.md or /save {path.stem or 'monday'}.json."
        )
    if not turns:
        raise BadInput("There is no answer in this conversation yet; ask something first.")
    text = markdown(name, turns) if path.suffix.lower() == ".md" else as_json(name, turns)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(f"{path} is there already; give another name.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}); give another path.") from None
    return path


def markdown(name: str, turns: Turns) -> str:
    """A section for each question; what the tools found and what was cited stands below the answer as it does in `waam ask`."""
    parts = [f"# Conversation {name}", f"Saved {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."]
    for question, answer in turns:
        first, *rest = question.split("\n")
        parts += [f"## {first}", *([_fenced("\n".join(rest).strip())] if any(rest) else [])]
        parts += [answer.answer]
        if details := plain(answer.model_copy(update={"answer": ""})).strip("\n"):
            parts += [_fenced(details)]
        parts += [f"> [{each.id}] {' '.join(each.quote.split())}" for each in answer.citations]
    return "\n\n".join(parts) + "\n"


def _fenced(text: str) -> str:
    """As preformatted text, a note within it too, which stands between three strokes itself."""
    return f"````text\n{text}\n````"


def as_json(name: str, turns: Turns) -> str:
    """`turns` has the objects that `waam ask --json` prints, each behind its question."""
    rows = [{"question": question, "answer": answer.model_dump(mode="json")} for question, answer in turns]
    return (
        json.dumps({"conversation": name, "saved": datetime.now(UTC).isoformat(timespec="seconds"), "turns": rows}, ensure_ascii=False, indent=1)
        + "\n"
    )
