"""What a killed training of an adapter left: what it learns, how, and how far it had come.

The conversations are kept as they were, because made anew they would be others: one more word of feedback is approved, a wording is edited.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from finetune.chats import Chat, read_chats, write_chats
from finetune.llm_config import LlmConfig
from finetune.records import DataError

CHATS, SETTINGS, CHECKPOINT = "chats.jsonl", "settings.json", "llm.pt"


def partial(out: Path) -> Path:
    """The folder of what is not finished, beside the one of the adapter."""
    return out.with_name(out.name + ".partial")


def unfinished(out: Path) -> list[Chat] | None:
    """The conversations of the training into `out` that was killed; None where there is none."""
    folder = partial(out)
    return read_chats(folder / CHATS) if (folder / SETTINGS).exists() else None


def begin(folder: Path, chats: Sequence[Chat], config: LlmConfig) -> None:
    """Write down what is learnt and how. Raises DataError where `folder` holds another training."""
    remedy = f"or remove {folder} to begin anew"
    settings, digest = config.model_dump(mode="json", exclude={"name"}), _digest(chats)
    if not (folder / SETTINGS).exists():
        if (folder / CHECKPOINT).exists():
            raise DataError(f"{folder} holds an unfinished training of an earlier version; go on with that version, {remedy}.")
        folder.mkdir(parents=True, exist_ok=True)
        write_chats(chats, folder / CHATS)
        made = folder / "settings.new"
        made.write_text(json.dumps({"settings": settings, "chats": digest}, indent=1) + "\n", encoding="utf-8")
        made.rename(folder / SETTINGS)  # whole, and only after the conversations
        return
    before = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    if unlike := [f"{name} {before['settings'].get(name)}" for name, value in settings.items() if before["settings"].get(name) != value]:
        raise DataError(f"{folder} holds an unfinished training with other settings ({', '.join(unlike)}); go on with those, {remedy}.")
    if before["chats"] != digest:
        raise DataError(f"{folder} holds an unfinished training with other conversations than {CHATS} there; put that back as it was, {remedy}.")


def _digest(chats: Sequence[Chat]) -> str:
    return hashlib.sha256(json.dumps([asdict(chat) for chat in chats], ensure_ascii=False).encode()).hexdigest()
