"""A BERT-style encoder fused with the quantities that its text states. Knows nothing of tasks or training."""

import hashlib
import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoConfig, AutoModel
from transformers.utils import logging

from tools.conditions import FEATURES

MAX_TOKENS = 256


class FusedEncoder(nn.Module):
    """Mean-pooled encoder and standardised quantities, joined by a small network.

    Input: token ids and mask [batch, tokens], features [batch, FEATURES] of ProcessConditions.features().
    Output: logits [batch, outputs]. A linear path from the features to the output lets a regression
    in the logarithms extrapolate as the physics does.
    """

    def __init__(self, body: nn.Module, outputs: int, width: int = 96) -> None:
        super().__init__()
        hidden: int = body.config.hidden_size  # type: ignore[union-attr, assignment]
        self.body = body
        self.hidden = hidden
        self.register_buffer("feature_mean", torch.zeros(FEATURES))
        self.register_buffer("feature_std", torch.ones(FEATURES))
        self.text_in = nn.Sequential(nn.Linear(hidden, width // 2), nn.GELU())
        self.joint = nn.Sequential(
            nn.Linear(width // 2 + FEATURES, width), nn.GELU(), nn.Dropout(0.05), nn.Linear(width, width), nn.GELU(), nn.Linear(width, outputs)
        )
        self.straight = nn.Linear(FEATURES, outputs)

    def fit_features(self, features: torch.Tensor) -> None:
        """Standardise with the mean and spread of the training features [examples, FEATURES]."""
        self.feature_mean.copy_(features.mean(dim=0))
        self.feature_std.copy_(features.std(dim=0).clamp(min=0.05))

    def pool(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Mean of the last hidden states over the real tokens, [batch, hidden]."""
        return mean_pool(self.body, input_ids, attention_mask)

    def head(self, pooled: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        scaled = (features - self.feature_mean) / self.feature_std
        return self.joint(torch.cat([self.text_in(pooled), scaled], dim=-1)) + self.straight(scaled)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        return self.head(self.pool(input_ids, attention_mask), features)


def load_body(folder: Path) -> nn.Module:
    """The pretrained encoder in `folder` (safetensors only)."""
    logging.set_verbosity_error()  # it would list the pooling layer, which is left out on purpose
    logging.disable_progress_bar()
    return AutoModel.from_pretrained(folder, config=AutoConfig.from_pretrained(folder), use_safetensors=True, add_pooling_layer=False)


def save_body(model: FusedEncoder, base: Path, folder: Path) -> None:
    """Write the model's body as a base folder for further training, with the tokenizer of `base`."""
    model.body.save_pretrained(folder)
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")


def mean_pool(body: nn.Module, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """Mean of the body's last hidden states over the real tokens, [batch, hidden]."""
    hidden: torch.Tensor = body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(dim=1) / mask.sum(dim=1)


def body_hash(body: nn.Module) -> str:
    """Identity of a body's weights: equal bodies are exported and loaded once."""
    digest = hashlib.sha256()
    for name, weight in sorted(body.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def load_tokenizer(folder: Path) -> Tokenizer:
    """The folder's tokenizer, truncating at MAX_TOKENS and padding to the longest of a batch."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding(pad_id=json.loads((folder / "config.json").read_text()).get("pad_token_id") or 0)
    return tokenizer


def tokenize(tokenizer: Tokenizer, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask [texts, longest]."""
    encoded = tokenizer.encode_batch(texts)
    return torch.tensor([e.ids for e in encoded]), torch.tensor([e.attention_mask for e in encoded])
