"""What a killed training left is gone on with as it was, and never mixed with another one."""

from pathlib import Path

import pytest

from finetune.chats import read_chats
from finetune.llm_config import LlmConfig
from finetune.llm_resume import CHATS, CHECKPOINT, SETTINGS, begin, partial, unfinished
from finetune.records import DataError
from tests.finetune.tiny_llm import CHATS as LEARNT
from tests.finetune.tiny_llm import chat

CONFIG = LlmConfig(base=Path("models/some-model"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    begin(partial(tmp_path / "mine"), LEARNT, CONFIG)
    return tmp_path / "mine"


def test_the_conversations_are_those_that_it_began_with(out: Path) -> None:
    assert unfinished(out) == LEARNT == read_chats(partial(out) / CHATS)
    begin(partial(out), LEARNT, CONFIG.model_copy(update={"name": "other"}))


def test_one_that_was_not_begun_has_none(tmp_path: Path) -> None:
    assert unfinished(tmp_path / "mine") is None
    partial(tmp_path / "mine").mkdir()
    (partial(tmp_path / "mine") / CHATS).write_text("half")
    assert unfinished(tmp_path / "mine") is None, "killed while they were written"


def test_other_settings_are_refused_with_what_it_has(out: Path) -> None:
    with pytest.raises(
        DataError, match=r"mine\.partial holds an unfinished training with other settings \(rank 16, seed 7\); go on with those, or remove"
    ):
        begin(partial(out), LEARNT, CONFIG.model_copy(update={"seed": 8, "rank": 4}))


def test_other_conversations_are_refused(out: Path) -> None:
    with pytest.raises(DataError, match=r"with other conversations than chats\.jsonl there"):
        begin(partial(out), [*LEARNT, chat("one", "more")], CONFIG)


def test_a_checkpoint_without_its_conversations_is_refused(out: Path) -> None:
    (partial(out) / SETTINGS).unlink()
    (partial(out) / CHECKPOINT).write_bytes(b"")
    with pytest.raises(DataError, match="of an earlier version"):
        begin(partial(out), LEARNT, CONFIG)
