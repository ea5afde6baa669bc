"""The adapter of the language model is learnt from packed conversations as it would be from each alone, and a killed run goes on."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file
from transformers import AutoTokenizer

from finetune import llm
from finetune.chats import FEEDBACK, group
from finetune.llm import SharedReading, _divided, _loss, judge, steps, train_llm
from finetune.llm_adapter import WEIGHTS, adapted
from finetune.llm_config import LlmConfig
from finetune.records import DataError
from tests.finetune.tiny_llm import CHATS, WORDS, chat, tiny_config, tiny_llm


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llm(tmp_path_factory.mktemp("llm"), WORDS)


@pytest.fixture
def config(base: Path) -> LlmConfig:
    return tiny_config(base)


def test_packed_chats_have_the_loss_that_each_has_alone(config: LlmConfig) -> None:
    tokenizer, model = AutoTokenizer.from_pretrained(config.base), adapted(config).eval()
    (same,) = group(CHATS[:5], tokenizer, config.longest)
    with torch.no_grad():
        _, rows = _loss(model, same.chats, SharedReading(model, [same], 1)(0))
        for one, (packed, _) in zip(same.chats, rows, strict=True):
            ids = torch.tensor([[*same.prefix, *one.ids]])
            labels = torch.full_like(ids, -100)
            labels[:, -one.written :] = ids[:, -one.written :]
            assert packed == pytest.approx(float(model(input_ids=ids, labels=labels).loss), abs=1e-4)


def test_what_was_learnt_is_written_to_the_letter(config: LlmConfig, tmp_path: Path) -> None:
    before = judge(adapted(config), group(CHATS, AutoTokenizer.from_pretrained(config.base), 1024), config)
    result = train_llm(CHATS, config, tmp_path / "adapter", lambda line: None)
    assert result["losses"][-1] < 0.5 * result["losses"][0]
    assert before["all"].exact == 0 and result["held_out"]["all"]["exact"] > 0
    assert set(result["held_out"]) <= {"all", "slow", "fast"} and result["conversations"] == 20


def test_a_killed_run_goes_on_to_the_same_adapter(config: LlmConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train_llm(CHATS, config, tmp_path / "whole", lambda line: None)
    write, written = llm.write_checkpoint, list[Any]()

    def killed(state: dict[str, Any], file: Path) -> None:
        write(state, file)
        written.append(file)
        if len(written) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(llm, "write_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        train_llm(CHATS, config, tmp_path / "again", lambda line: None)
    with pytest.raises(DataError, match="unfinished training with other settings or conversations"):
        train_llm(CHATS, config.model_copy(update={"seed": 8}), tmp_path / "again", lambda line: None)
    said: list[str] = []
    again = train_llm(CHATS, config, tmp_path / "again", said.append)
    assert said[0].startswith("goes on after step 2 of")
    assert again["losses"] == pytest.approx(whole["losses"], abs=1e-5)
    one, other = load_file(tmp_path / "whole" / WEIGHTS), load_file(tmp_path / "again" / WEIGHTS)
    assert all(abs(one[name] - other[name]).max() < 1e-3 for name in one)
    assert not (tmp_path / "again.partial").exists()


@pytest.mark.parametrize("seed", range(5))
def test_feedback_is_learnt_and_not_held_out(config: LlmConfig, seed: int) -> None:
    approved = [chat("thanks", "small_talk", FEEDBACK), chat("so", "yes", FEEDBACK)]
    learnt, held = _divided([*approved, chat("thanks", "off_topic"), chat("why", "no")], config.model_copy(update={"seed": seed, "held_out": 0.49}))
    assert [c.kind for c in learnt[:2]] == [FEEDBACK] * 2 and [c.messages[-2]["content"] for c in held] == ["why"]
    assert all(map(len, _divided(approved, config))), "alone it has to judge by something"


def test_the_shared_beginning_is_read_again_after_some_steps(config: LlmConfig) -> None:
    model = adapted(config)
    groups = group(CHATS[:5], AutoTokenizer.from_pretrained(config.base), config.longest)
    read = SharedReading(model, groups, every=2)
    first, second, third = read(0), read(0), read(0)
    assert first is second and third is not first


def test_steps_are_equal_for_equal_seeds_and_hold_every_chat_once_an_epoch(config: LlmConfig) -> None:
    groups = group(CHATS, AutoTokenizer.from_pretrained(config.base), config.longest)
    one, other = list(steps(groups, config)), list(steps(groups, config))
    assert one == other and one != list(steps(groups, config.model_copy(update={"seed": 8})))
    assert sorted(c.ids for _, part in one for c in part) == sorted(c.ids for c in groups[0].chats * config.epochs)
    assert all(sum(len(c.ids) for c in part) <= config.step_tokens for _, part in one)
