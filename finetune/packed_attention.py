"""Attention over conversations packed end to end behind one shared beginning: each sees that beginning and itself, and not the others.

A mask over the whole pack would say the same, but what it hides is computed all the same: half of the attention in a pack of fourteen.
"""

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

NAME = "chat_by_chat"


def chat_by_chat(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask: torch.Tensor | None, **how: Any
) -> tuple[torch.Tensor, None]:
    """Attention as `transformers` asks for it: query [1, heads, tokens, size], key and value [1, key heads, before + tokens, size].

    `lengths`, handed to the model's forward, are the tokens of each conversation; without them all is one text.
    """
    lengths = how.pop("lengths", None)
    if lengths is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **how)
    before, start, found = key.shape[2] - query.shape[2], 0, []
    for length in lengths:
        own = slice(before + start, before + start + length)
        keys, values = (torch.cat((each[:, :, :before], each[:, :, own]), dim=2) for each in (key, value))
        causal = torch.ones(length, before + length, dtype=torch.bool).tril(before)
        found.append(sdpa_attention_forward(module, query[:, :, start : start + length], keys, values, causal, **how)[0])
        start += length
    return torch.cat(found, dim=1), None


AttentionInterface.register(NAME, chat_by_chat)
