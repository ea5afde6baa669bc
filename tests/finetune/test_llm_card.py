"""The card of an adapter says what it was made from, by kind, and what was held out."""

import hashlib
import json
from pathlib import Path

import pytest

from finetune.chats import FEEDBACK, Chat
from finetune.llm_adapter import WEIGHTS
from finetune.llm_card import write_card
from finetune.llm_config import LlmConfig

MESSAGES = ({"role": "user", "content": "a"}, {"role": "assistant", "content": "b"})


HELD = {"all": {"loss": 0.25, "exact": 0.5, "n": 2}, "single": {"loss": 0.125, "exact": 1.0, "n": 1}}
REPORT = {"steps": 2, "conversations": 4, "losses": [0.75, 0.25], "held_out": HELD, "start": None, "device": "cpu", "peak_gb": 11.9}
CONFIG = LlmConfig(base=Path("models/0123abc"), name="org/some-model")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    return tmp_path


def test_the_card_counts_kinds_and_names_the_weights(folder: Path) -> None:
    chats = [Chat(MESSAGES, (), "single")] * 3 + [Chat(MESSAGES, (), "several")]
    card = write_card(folder, CONFIG, chats, REPORT, 120).read_text()
    made = hashlib.sha256(b"weights").hexdigest()
    assert card.startswith("# Adapter for org/some-model\n") and made in card and "in 2 minutes (2 steps; the loss went from 0.750 to 0.250)" in card
    assert "on a processor, with 11.9 GB" in card and "It goes on from" not in card
    assert "| single | 3 | 1 | 1.00 | 0.125 |" in card and "| several | 1 | 0 | | |" in card and "| all | 4 | 2 | 0.50 | 0.250 |" in card
    assert "are generated from wordings" in card and "handed in" not in card and "what users said" not in card
    saved = json.loads((folder / "training.json").read_text())
    assert saved["sha256"] == made and saved["kinds"] == {"single": 3, "several": 1} and saved["held_out"] == HELD
    assert "0123abc" not in card


def test_the_card_of_feedback_alone_says_that_nothing_was_held_out(folder: Path) -> None:
    card = write_card(folder, CONFIG, [Chat(MESSAGES, (), FEEDBACK)], REPORT | {"held_out": {}}, 60).read_text()
    assert "Nothing was held out" in card and "what users said was right" in card and "| all | 1 | 0 | | |" in card
    assert "generated" not in card and "that was held out was learnt" not in card


def test_the_card_names_the_adapter_that_it_went_on_from_as_it_was(folder: Path) -> None:
    card = write_card(folder, CONFIG.model_copy(update={"start": folder}), [Chat(MESSAGES)], REPORT | {"start": "feed"}, 60).read_text()
    assert "It goes on from the adapter `feed`." in card and "handed in with --data" in card


@pytest.mark.parametrize(
    ("losses", "seconds", "words"),
    [
        ([0.48], 20.4, "in 20 seconds (one step, with a loss of 0.480)"),
        ([1.0, 0.5, 0.25], 91, "in 2 minutes (3 steps; the loss went from 1.000 to 0.250)"),
    ],
)
def test_a_short_training_is_told_as_what_it_was(folder: Path, losses: list[float], seconds: float, words: str) -> None:
    assert words in write_card(folder, CONFIG, [Chat(MESSAGES)], REPORT | {"steps": len(losses), "losses": losses}, seconds).read_text()
