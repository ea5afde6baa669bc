"""The card of an adapter says what it was made from, by kind, and what was held out."""

import hashlib
import json
from pathlib import Path

from finetune.chats import Chat
from finetune.llm_adapter import WEIGHTS
from finetune.llm_card import write_card
from finetune.llm_config import LlmConfig

MESSAGES = ({"role": "user", "content": "a"}, {"role": "assistant", "content": "b"})


def test_the_card_counts_kinds_and_names_the_weights(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    chats = [Chat(MESSAGES, (), "single")] * 3 + [Chat(MESSAGES, (), "several")]
    held = {"all": {"loss": 0.25, "exact": 0.5, "n": 2}, "single": {"loss": 0.125, "exact": 1.0, "n": 1}}
    report = {"steps": 2, "conversations": 4, "losses": [0.75, 0.25], "held_out": held}
    card = write_card(tmp_path, LlmConfig(base=Path("models/some-model")), chats, report, 120).read_text()
    digest = hashlib.sha256(b"weights").hexdigest()
    assert card.startswith("# Adapter for some-model\n") and digest in card and "in 2 minutes (2 steps; the loss went from 0.500 to 0.500)" in card
    assert "| single | 3 | 1 | 1.00 | 0.125 |" in card and "| several | 1 | 0 | | |" in card and "| all | 4 | 2 | 0.50 | 0.250 |" in card
    saved = json.loads((tmp_path / "training.json").read_text())
    assert saved["sha256"] == digest and saved["kinds"] == {"single": 3, "several": 1} and saved["held_out"] == held
    assert "models/some-model" not in card
