"""Conversations are packed as if each stood alone, what they share is read once for many steps, and feedback is never held out."""

from dataclasses import replace

import pytest
import torch
from transformers import AutoTokenizer

from finetune.chats import FEEDBACK, group
from finetune.llm_adapter import adapted
from finetune.llm_config import LlmConfig
from finetune.llm_steps import KEPT, SharedReading, _to_grow, divided, loss_of, steps
from tests.finetune.tiny_llm import CHATS, chat


def test_packed_chats_have_the_loss_that_each_has_alone(config: LlmConfig) -> None:
    tokenizer, model = AutoTokenizer.from_pretrained(config.base), adapted(config).eval()
    (same,) = group(CHATS[:5], tokenizer, config.longest)
    with torch.no_grad():
        _, rows = loss_of(model, same.chats, SharedReading(model, [same])(0))
        for one, (packed, _) in zip(same.chats, rows, strict=True):
            ids = torch.tensor([[*same.prefix, *one.ids]])
            labels = torch.full_like(ids, -100)
            labels[:, -one.written :] = ids[:, -one.written :]
            assert packed == pytest.approx(float(model(input_ids=ids, labels=labels).loss), abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_feedback_is_learnt_and_not_held_out(config: LlmConfig, seed: int) -> None:
    approved = [chat("thanks", "small_talk", FEEDBACK), chat("so", "yes", FEEDBACK)]
    learnt, held = divided([*approved, chat("thanks", "off_topic"), chat("why", "no")], config.model_copy(update={"seed": seed, "held_out": 0.49}))
    assert [c.kind for c in learnt[:2]] == [FEEDBACK] * 2 and [c.messages[-2]["content"] for c in held] == ["why"]
    assert divided(approved, config) == (approved, []), "alone it is learnt, and nothing is left to judge by"
    beside = [*approved, chat("thanks", "off_topic")]
    assert divided(beside, config) == (beside, []), "so is what is asked in its words"


def test_the_shared_beginning_is_read_again_at_steps_that_the_number_divides(config: LlmConfig) -> None:
    model = adapted(config)
    groups = group(CHATS[:5], AutoTokenizer.from_pretrained(config.base), config.longest)
    read = SharedReading(model, groups, every=4)
    first, third, fourth = read(0, 1), read(0, 3), read(0, 4)
    assert first is third and fourth is not third
    assert read(0, 6) is fourth and read(0, 9) is not fourth


def test_only_the_last_few_readings_are_kept(config: LlmConfig) -> None:
    chats = [replace(each, messages=({"role": "system", "content": f"Route {n}."}, *each.messages[1:])) for n, each in enumerate(CHATS[: KEPT + 2])]
    groups = group(chats, AutoTokenizer.from_pretrained(config.base), config.longest)
    read = SharedReading(adapted(config), groups)
    kept = [read(which) for which in range(KEPT)]
    assert read(0) is kept[0]
    read(KEPT)
    assert len(groups) == KEPT + 2 and len(read.read) == KEPT
    assert read(0) is kept[0] and read(1) is not kept[1], "the one that was used last is the last to go"


def test_a_reading_that_grows_shares_its_tensors_and_leaves_the_first_as_it_is(config: LlmConfig) -> None:
    model, tokenizer = adapted(config), AutoTokenizer.from_pretrained(config.base)
    (same,) = group(CHATS[:5], tokenizer, config.longest)
    first = SharedReading(model, [same])(0)
    again = _to_grow(first)
    assert again.layers[0].keys is first.layers[0].keys
    length, keys = first.get_seq_length(), first.layers[-1].keys.clone()
    loss_of(model, same.chats, first)
    again.update(*(torch.ones(1, 2, 3, 8) for _ in range(2)), 0)
    assert first.get_seq_length() == length and torch.equal(first.layers[-1].keys, keys) and again.get_seq_length() == length + 3


def test_steps_are_equal_for_equal_seeds_and_hold_every_chat_once_an_epoch(config: LlmConfig) -> None:
    groups = group(CHATS, AutoTokenizer.from_pretrained(config.base), config.longest)
    one, other = list(steps(groups, config)), list(steps(groups, config))
    assert one == other and one != list(steps(groups, config.model_copy(update={"seed": 8})))
    assert sorted(c.ids for _, part in one for c in part) == sorted(c.ids for c in groups[0].chats * config.epochs)
    assert all(sum(len(c.ids) for c in part) <= config.step_tokens for _, part in one)
