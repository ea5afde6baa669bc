"""The card of a language model's adapter: what it was made from and how, what it can, what it was not tried on."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from finetune.chats import FEEDBACK, Chat
from finetune.llm_adapter import WEIGHTS
from finetune.llm_config import LlmConfig

LIBRARIES = ("torch", "transformers", "peft")
DEVICES = {"cpu": "a processor", "cuda": "a graphics card"}
ORIGINS = {
    FEEDBACK: "Those of the kind feedback are what users said was right, approved by a person; none of them is held out.",
    "own": "Those of the kind own were handed in with --data.",
}
GENERATED = "The other conversations are generated from wordings; numbers, units, slips of the pen and the mixture are drawn at random."
HELD_OUT = "No last message that was held out was learnt word for word, but mostly its wording was, with other numbers."


def write_card(folder: Path, config: LlmConfig, chats: Sequence[Chat], report: dict[str, Any], seconds: float) -> Path:
    """Write `training.json` and CARD.md beside the weights; returns the card."""
    kinds, held_out = Counter(chat.kind for chat in chats), report["held_out"]
    made = digest(folder)
    (folder / "training.json").write_text(json.dumps({"sha256": made, "kinds": kinds, **report}, indent=1) + "\n", encoding="utf-8")
    rows = [
        f"| {kind} | {count} | " + (f"{held['n']} | {held['exact']:.2f} | {held['loss']:.3f} |" if (held := held_out.get(kind)) else "0 | | |")
        for kind, count in [*sorted(kinds.items()), ("all", len(chats))]
    ]
    settings = config.model_dump(mode="json", exclude={"base", "name", "start"})
    lines = [
        f"# Adapter for {config.base_name}",
        "",
        f"LoRA of rank {config.rank} on the last {config.layers:.0%} of the layers, made on {datetime.now(UTC):%Y-%m-%d} in "
        f"{_lasted(seconds)} ({_went(report['losses'])}) on {DEVICES[report['device']]}, with {report['peak_gb']:.1f} GB "
        f"of its memory at most. SHA-256 of the weights: `{made}`.",
        *([f"It goes on from the adapter `{report['start']}`."] if report["start"] else []),
        "",
        "It teaches the model to choose this project's tools and to write answers from their results with marks.",
        *(said for kind, said in ORIGINS.items() if kind in kinds),
        *([GENERATED] if set(kinds) - set(ORIGINS) else []),
        "",
        "| kind | conversations | held out | written to the letter | loss of a token |",
        "|---|---|---|---|---|",
        *rows,
        "",
        HELD_OUT if held_out else "Nothing was held out: all of it is feedback, or asked in the same words as feedback.",
        "How good the model is on questions by other hands, only an evaluation on such questions can say (`waam eval run`).",
        "",
        f"Settings: `{json.dumps(settings)}`. Libraries: {', '.join(f'{name} {version(name)}' for name in LIBRARIES)}.",
    ]
    card = folder / "CARD.md"
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return card


def digest(folder: Path) -> str:
    """The SHA-256 of an adapter's weights."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def _lasted(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{max(2, round(seconds))} seconds"


def _went(losses: Sequence[float]) -> str:
    """How many steps, and the mean loss of the first and of the last of them; no step is in both."""
    part = min(10, len(losses) // 2)
    if not part:
        return f"one step, with a loss of {losses[0]:.3f}"
    first, last = (sum(some) / part for some in (losses[:part], losses[-part:]))
    return f"{len(losses)} steps; the loss went from {first:.3f} to {last:.3f}"
