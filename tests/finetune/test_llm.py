"""The adapter of the language model learns what it is shown, and a killed run goes on as if nothing had happened."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file
from transformers import AutoTokenizer

from finetune import llm
from finetune.chats import FEEDBACK, group
from finetune.llm import train_llm
from finetune.llm_adapter import WEIGHTS, adapted
from finetune.llm_card import digest
from finetune.llm_config import LlmConfig
from finetune.llm_resume import partial
from finetune.llm_steps import judge
from finetune.records import DataError
from tests.finetune.tiny_llm import CHATS, chat


def test_what_was_learnt_is_written_to_the_letter(config: LlmConfig, tmp_path: Path) -> None:
    before = judge(adapted(config), group(CHATS, AutoTokenizer.from_pretrained(config.base), 1024), config)
    result = train_llm(CHATS, config, tmp_path / "adapter", lambda line: None)
    assert result["losses"][-1] < 0.5 * result["losses"][0]
    assert before["all"].exact == 0 and result["held_out"]["all"]["exact"] > 0
    assert set(result["held_out"]) <= {"all", "slow", "fast"} and result["conversations"] == 20


class Killed(BaseException):
    """What ends a run in these tests."""


def kill(at: str) -> Callable[[str], None]:
    def progress(line: str) -> None:
        if line.startswith(at):
            raise Killed

    return progress


@pytest.mark.parametrize(("shared_every", "save_every", "begins"), [(1, 2, 6), (4, 2, 4), (4, 5, 0)])
def test_a_killed_run_goes_on_to_the_same_adapter(config: LlmConfig, tmp_path: Path, shared_every: int, save_every: int, begins: int) -> None:
    config = config.model_copy(update={"shared_every": shared_every, "save_every": save_every})
    whole = train_llm(CHATS, config, tmp_path / "whole", lambda line: None)
    with pytest.raises(Killed):
        train_llm(CHATS, config, tmp_path / "again", kill("step 7 of"))
    lines: list[str] = []
    again = train_llm(CHATS, config, tmp_path / "again", lines.append)
    assert lines[0].startswith(f"goes on after step {begins} of" if begins else "step 1 of")
    assert again["losses"] == pytest.approx(whole["losses"], rel=1e-4)
    one, other = load_file(tmp_path / "whole" / WEIGHTS), load_file(tmp_path / "again" / WEIGHTS)
    assert all(abs(one[name] - other[name]).max() < 1e-3 for name in one)
    assert not partial(tmp_path / "again").exists()


def test_a_training_on_feedback_alone_learns_all_of_it(config: LlmConfig, tmp_path: Path) -> None:
    report = train_llm([chat("is it sound", "yes", FEEDBACK)], config, tmp_path / "adapter", lambda line: None)
    assert report["held_out"] == {} and report["conversations"] == 1 and len(report["losses"]) == config.epochs


def test_the_adapter_that_it_went_on_from_is_told_by_its_hash_even_if_it_is_written_over(config: LlmConfig, tmp_path: Path) -> None:
    assert train_llm(CHATS, config, tmp_path / "one", lambda line: None)["start"] is None
    before = digest(tmp_path / "one")
    report = train_llm(CHATS, config.model_copy(update={"start": tmp_path / "one"}), tmp_path / "one", lambda line: None)
    assert report["start"] == before != digest(tmp_path / "one")


def test_the_memory_is_told_every_ten_steps(config: LlmConfig, tmp_path: Path) -> None:
    lines: list[str] = []
    report = train_llm(CHATS, config, tmp_path / "adapter", lines.append)
    assert [line.split()[1] for line in lines if re.search(r", \d+\.\d GB$", line)] == [str(n) for n in range(10, report["steps"] + 1, 10)] != []
    assert report["peak_gb"] > 0.1 and report["device"] == ("cuda" if torch.cuda.is_available() else "cpu")


def test_without_memory_nothing_is_begun(config: LlmConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "ensure_free", lambda name, count: (_ for _ in ()).throw(DataError(f"no room for {name}")))
    with pytest.raises(DataError, match="no room for"):
        train_llm(CHATS, config, tmp_path / "adapter", lambda line: None)
    assert not list(tmp_path.iterdir())


def test_conversations_that_are_too_long_leave_nothing_to_go_on_with(config: LlmConfig, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="are read at once"):
        train_llm(CHATS, config.model_copy(update={"longest": 16}), tmp_path / "adapter", lambda line: None)
    assert not list(tmp_path.iterdir())
