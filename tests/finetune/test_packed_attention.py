"""Packed conversations are read as each alone would be; models with another attention are refused."""

from copy import deepcopy
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    Cohere2Config,
    DynamicCache,
    Gemma2Config,
    Gemma3Config,
    Gemma3TextConfig,
    GptOssConfig,
    LlamaConfig,
    MistralConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen3Config,
    Qwen3NextConfig,
)

from finetune.packed_attention import NAME, chat_by_chat, check_packable
from finetune.records import DataError

SHAPE: dict[str, Any] = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
    "head_dim": 8, "initializer_range": 0.3, "pad_token_id": None, "bos_token_id": None, "eos_token_id": 1,
}  # fmt: skip
PLAIN = [Qwen2Config(**SHAPE), Qwen3Config(**SHAPE), LlamaConfig(**SHAPE), MistralConfig(**SHAPE, sliding_window=None)]


@pytest.mark.parametrize("config", PLAIN, ids=lambda config: config.model_type)
def test_packed_is_as_alone(config: PretrainedConfig) -> None:
    check_packable(config)
    torch.manual_seed(0)
    packed = AutoModelForCausalLM.from_config(config, attn_implementation=NAME).eval()
    alone = AutoModelForCausalLM.from_config(deepcopy(config), attn_implementation="eager").eval()
    alone.load_state_dict(packed.state_dict())
    before, *chats = (torch.randint(64, (1, length)) for length in (7, 5, 1, 9))
    cache = DynamicCache()
    with torch.no_grad():
        packed(input_ids=before, past_key_values=cache, use_cache=True)
        positions = torch.cat([torch.arange(chat.shape[1]) + before.shape[1] for chat in chats])[None]
        lengths = [chat.shape[1] for chat in chats]
        together = packed(input_ids=torch.cat(chats, 1), position_ids=positions, lengths=lengths, past_key_values=cache, use_cache=True).logits
        for chat, found in zip(chats, together.split(lengths, dim=1), strict=True):
            expected = alone(input_ids=torch.cat((before, chat), 1)).logits[:, before.shape[1] :]
            assert expected.std() > 0.1 and torch.allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (MistralConfig(), "a sliding window"),
        (Qwen2Config(use_sliding_window=True, max_window_layers=1), "a sliding window"),
        (Gemma3TextConfig(), "a sliding window"),
        (Cohere2Config(), "a sliding window"),
        (Qwen3NextConfig(), "a sliding window"),
        (GptOssConfig(), "a sliding window"),
        (Gemma2Config(layer_types=["full_attention"] * 26), "capped"),
        (Gemma3Config(), "not one for text alone"),
        (BloomConfig(), "attention of its own"),
    ],
    ids=lambda each: each.model_type if isinstance(each, PretrainedConfig) else "",
)
def test_another_attention_is_refused_with_its_reason(config: PretrainedConfig, why: str) -> None:
    with pytest.raises(
        DataError, match=rf"^A model of the kind {config.model_type} cannot be trained here, as it .*{why}; choose one such as Qwen 2.5"
    ):
        check_packable(config)


@pytest.mark.parametrize("asked", ["sliding_window", "softcap", "s_aux"])
def test_what_is_not_computed_is_not_left_out_without_a_word(asked: str) -> None:
    one = torch.ones(1, 1, 2, 4)
    with pytest.raises(DataError, match=f"has {asked}, which is not computed here"):
        chat_by_chat(torch.nn.Module(), one, one, one, None, **{asked: torch.ones(1)})
