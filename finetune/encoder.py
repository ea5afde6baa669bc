"""A BERT-style encoder fused with features: process quantities, named numbers or lexical overlap. Knows nothing of tasks or training."""

import hashlib
import inspect
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import IA3Config, LoraConfig, PeftConfig, PeftModel, PeftType, PrefixTuningConfig, PromptTuningConfig, TaskType, get_peft_model
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoConfig, AutoModel
from transformers.utils import logging

from finetune.config import VIRTUAL_TOKENS
from finetune.records import DataError

MAX_TOKENS = 256
NEVER_POOLED = frozenset({"distilbert", "electra"})  # encoders that never had a pooling layer to leave out
Tokens = dict[str, torch.Tensor]


class FusedEncoder(nn.Module):
    """Mean-pooled encoder and standardised features, joined by a small network.

    Input: tokens of `tokenize` [batch, tokens], features [batch, features]. Output: logits or standardised amounts
    [batch, outputs]. A linear path from the features to the output lets a regression in the logarithms extrapolate as
    the physics does. With `separate` texts, what is pooled is |u - v| and u·v of the two (Reimers and Gurevych 2019).
    """

    def __init__(self, body: nn.Module, outputs: int, features: int, two_texts: str | None = None, width: int = 96) -> None:
        super().__init__()
        hidden = int(body.config.hidden_size)
        self.body = body
        self.separate = two_texts == "separate"
        self.hidden = 2 * hidden if self.separate else hidden
        self.features = features
        self.typed = getattr(body.config, "type_vocab_size", 0) > 1  # BERT marks which text of a pair a token is of; MPNet does not
        self.register_buffer("feature_mean", torch.zeros(features))
        self.register_buffer("feature_std", torch.ones(features))
        self.text_in = nn.Sequential(nn.Linear(self.hidden, width // 2), nn.GELU())
        self.joint = nn.Sequential(
            nn.Linear(width // 2 + features, width), nn.GELU(), nn.Dropout(0.05), nn.Linear(width, width), nn.GELU(), nn.Linear(width, outputs)
        )
        self.straight = nn.Linear(features, outputs) if features else None

    def fit_features(self, features: torch.Tensor) -> None:
        """Standardise with the mean and spread of the training features [examples, features]."""
        if self.features:
            self.feature_mean.copy_(features.mean(dim=0))
            self.feature_std.copy_(features.std(dim=0, correction=0).clamp(min=0.05))

    def pool(self, tokens: Tokens) -> torch.Tensor:
        """The texts of a batch as vectors, [batch, hidden]."""
        if not self.separate:
            return self.encode(tokens)
        return compared(self.encode(tokens), mean_pool(self.body, tokens["input_ids_b"], tokens["attention_mask_b"]))

    def encode(self, tokens: Tokens) -> torch.Tensor:
        """The first texts of a batch, or its pairs read as one, as vectors of the body's own width."""
        return mean_pool(self.body, tokens["input_ids"], tokens["attention_mask"], tokens.get("token_type_ids") if self.typed else None)

    def head(self, pooled: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        scaled = (features - self.feature_mean) / self.feature_std
        joined: torch.Tensor = self.joint(torch.cat([self.text_in(pooled), scaled], dim=-1))
        return joined if self.straight is None else joined + self.straight(scaled)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        return (weight for name, weight in self.named_parameters() if not name.startswith("body."))

    def forward(self, features: torch.Tensor, **tokens: torch.Tensor) -> torch.Tensor:
        return self.head(self.pool(tokens), features)


def mean_pool(body: nn.Module, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None) -> torch.Tensor:
    """Mean of the body's last hidden states over the real tokens, [batch, hidden]; a learnt prompt before them is not counted."""
    given = {"input_ids": input_ids, "attention_mask": attention_mask}
    if token_type_ids is not None:
        given["token_type_ids"] = token_type_ids
        if isinstance(body, PeftModel) and body.active_peft_config.is_prompt_learning:
            body, given = body.get_base_model(), _prompted(body, given)
    hidden: torch.Tensor = body(**given).last_hidden_state[:, -input_ids.shape[1] :]
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(dim=1) / mask.sum(dim=1)


def _prompted(body: PeftModel, given: Tokens) -> dict[str, Any]:
    """What the encoder inside reads with the learnt prefix or prompt and the types of a pair, which PEFT's own forward drops."""
    ids, types = given["input_ids"], given["token_type_ids"]
    learnt, before = body.get_prompt(ids.shape[0]), ids.new_zeros(ids.shape[0], VIRTUAL_TOKENS)  # len() would fix the batch in an export
    mask = torch.cat([before + 1, given["attention_mask"]], dim=1)
    if body.active_peft_config.peft_type == PeftType.PREFIX_TUNING:
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types, "past_key_values": learnt}
    embedded = torch.cat([learnt, body.get_base_model().get_input_embeddings()(ids)], dim=1)
    return {"inputs_embeds": embedded, "attention_mask": mask, "token_type_ids": torch.cat([before, types], dim=1)}


def compared(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Two text vectors [batch, hidden] as one, [batch, 2·hidden], whichever way round they come."""
    return torch.cat([(u - v).abs(), u * v], dim=-1)


def load_body(folder: Path, layers: int | None = None) -> nn.Module:
    """The pretrained encoder in `folder` (safetensors only), or the first `layers` of it. Raises DataError where it has fewer."""
    logging.set_verbosity_error()  # it would list the pooling layer, which is left out on purpose
    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(folder)
    if layers is not None:
        if layers > config.num_hidden_layers:
            raise DataError(f"The encoder {folder.name} has {config.num_hidden_layers} layers; set layers to at most that, not {layers}.")
        config.num_hidden_layers = layers
    without = {"add_pooling_layer": False} if config.model_type not in NEVER_POOLED else {}
    body: nn.Module = AutoModel.from_pretrained(folder, config=config, use_safetensors=True, **without)
    return body


def adapted(body: nn.Module, how: str) -> nn.Module:
    """The body with the weights that `how` trains: all of them ("full"), none ("frozen"), or a PEFT adapter's
    ("lora", "ia3", "prefix", "prompt"; Hu 2022, Liu 2022, Li and Liang 2021, Lester 2021). Raises DataError where it cannot."""
    if how in ("full", "frozen"):
        return body.requires_grad_(how == "full")
    if how == "prefix" and "past_key_values" not in inspect.signature(body.forward).parameters:
        raise DataError(f"The encoder type {body.config.model_type} takes no learnt prefix; use --adapt lora or prompt, or another encoder.")
    kind = TaskType.FEATURE_EXTRACTION
    inner = [name for name, module in body.named_modules() if isinstance(module, nn.Linear)]
    attention = [n for n in inner if n.endswith((".query", ".value", ".q", ".v", ".q_lin", ".v_lin"))]
    keys = [n for n in inner if n.endswith((".key", ".value", ".k", ".v", ".k_lin", ".v_lin"))]
    forward = [n for n in inner if n.endswith(("output.dense", ".lin2")) and ".attention." not in n]
    read = body.get_input_embeddings()  # ELECTRA's are narrower than its layers
    shape = {"num_layers": body.config.num_hidden_layers, "num_attention_heads": body.config.num_attention_heads}
    configs: dict[str, PeftConfig] = {
        "lora": LoraConfig(task_type=kind, r=8, lora_alpha=16, lora_dropout=0.05, target_modules=attention),
        "ia3": IA3Config(task_type=kind, target_modules=keys + forward, feedforward_modules=forward),
        "prefix": PrefixTuningConfig(task_type=kind, num_virtual_tokens=VIRTUAL_TOKENS, token_dim=body.config.hidden_size, **shape),
        "prompt": PromptTuningConfig(task_type=kind, num_virtual_tokens=VIRTUAL_TOKENS, token_dim=read.embedding_dim, **shape),
    }
    return get_peft_model(body, configs[how])  # type: ignore[arg-type]


def merged(body: nn.Module) -> nn.Module:
    """The body with LoRA or IA3 folded into its weights; a prefix or a prompt stays beside them."""
    if isinstance(body, PeftModel) and hasattr(body.base_model, "merge_and_unload"):
        plain: nn.Module = body.merge_and_unload()
        return plain
    return body


def save_body(model: FusedEncoder, base: Path, folder: Path) -> None:
    """Write the model's body as a base folder for further training, with the tokenizer of `base`."""
    model.body.save_pretrained(folder)
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")


def body_hash(body: nn.Module) -> str:
    """Identity of a body's weights: equal bodies are exported and loaded once."""
    digest = hashlib.sha256()
    for name, weight in sorted(body.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def load_tokenizer(folder: Path, max_tokens: int = MAX_TOKENS) -> Tokenizer:
    """The folder's tokenizer, truncating at `max_tokens` and padding to the longest of a batch."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=json.loads((folder / "config.json").read_text()).get("pad_token_id") or 0)
    return tokenizer


def tokenize(tokenizer: Tokenizer, texts: Sequence[str], texts_b: Sequence[str] = (), two_texts: str | None = None) -> Tokens:
    """Token ids and mask [texts, longest]. Two texts: `separate` gives both apart, `pair` joins them as the tokenizer joins
    pairs, with their types, `concat` as one text."""
    if two_texts == "pair":
        encoded = tokenizer.encode_batch(list(zip(texts, texts_b, strict=True)))
    else:
        encoded = tokenizer.encode_batch([f"{a} {b}" for a, b in zip(texts, texts_b, strict=True)] if two_texts == "concat" else list(texts))
    tokens = {"input_ids": torch.tensor([e.ids for e in encoded]), "attention_mask": torch.tensor([e.attention_mask for e in encoded])}
    if two_texts == "pair":
        tokens["token_type_ids"] = torch.tensor([e.type_ids for e in encoded])
    if two_texts == "separate":
        tokens |= {f"{name}_b": value for name, value in tokenize(tokenizer, texts_b).items()}
    return tokens
