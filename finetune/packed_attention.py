"""Attention over conversations packed end to end behind one shared beginning: each sees that beginning and itself, and not the others.

A mask over the whole pack would say the same, but what it hides is computed all the same: half of the attention in a pack of fourteen.

Every token sees all before it, each as much as the next: models whose attention is another one are refused, as they would be trained as
they are not served.
"""

from typing import Any

import torch
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from finetune.records import DataError

NAME = "chat_by_chat"
FULL = {"full_attention", "attention"}  # what transformers calls a layer of which every token sees all before it
OTHERWISE = ("sliding_window", "softcap", "s_aux")  # what a model asks of its attention that is not computed here; s_aux are sinks


def check_packable(config: Any) -> None:
    """Raises DataError for a model of which `chat_by_chat` is not the attention."""
    text = config.get_text_config()
    kind: Any = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    layers = getattr(text, "layer_types", None)
    if text is not config or kind is None:
        why = "is not one for text alone"
    elif set(layers or ()) - FULL or (layers is None and getattr(text, "sliding_window", None)):
        why = "has layers that see only a part of what stands before, such as a sliding window"
    elif getattr(text, "attn_logit_softcapping", None):
        why = "has attention that is capped"
    elif kind._is_stateful or not kind._supports_attention_backend:
        why = "has attention of its own"
    else:
        return
    raise DataError(f"A model of the kind {config.model_type} cannot be trained here, as it {why}; choose one such as Qwen 2.5, Qwen 3 or Llama 3.")


def chat_by_chat(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask: torch.Tensor | None, **how: Any
) -> tuple[torch.Tensor, None]:
    """Attention as `transformers` asks for it: query [1, heads, tokens, size], key and value [1, key heads, before + tokens, size].

    `lengths`, handed to the model's forward, are the tokens of each conversation; without them all is one text. Raises DataError where more
    is asked.
    """
    if asked := [name for name in OTHERWISE if how.get(name) is not None]:
        raise DataError(f"This model's attention has {asked[0]}, which is not computed here; choose one such as Qwen 2.5, Qwen 3 or Llama 3.")
    lengths = how.pop("lengths", None)
    if lengths is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **how)
    before, start, found = key.shape[2] - query.shape[2], 0, []
    for length in lengths:
        own = slice(before + start, before + start + length)
        keys, values = (torch.cat((each[:, :, :before], each[:, :, own]), dim=2) for each in (key, value))
        causal = torch.ones(length, before + length, dtype=torch.bool, device=query.device).tril(before)
        found.append(sdpa_attention_forward(module, query[:, :, start : start + length], keys, values, causal, **how)[0])
        start += length
    return torch.cat(found, dim=1), None


AttentionInterface.register(NAME, chat_by_chat)
