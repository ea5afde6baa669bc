"""Pruning a trained encoder: single weights by magnitude, which saves nothing without sparse kernels, or whole layers, which saves time."""

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn
from torch.nn.utils import prune

from finetune.config import TrainConfig
from finetune.encoder import merged, save_body
from finetune.engine import seeded
from finetune.neural import Neural
from finetune.records import Record


def without_small_weights(
    neural: Neural, share: float, records: Sequence[Record], features: np.ndarray, targets: np.ndarray, epochs: int = 1
) -> Neural:
    """A copy of the trained candidate with `share` of the weights of its body's linear layers set to zero, the smallest of all
    (Han et al. 2015), after `epochs` of recovery in which they stay zero. `neural` is left as it is."""
    small = copy.copy(neural)
    small.model = copy.deepcopy(neural.model)
    small.model.body = merged(small.model.body)
    small.tuned = True
    small.config = neural.config.model_copy(update={"adapt": "full", "epochs": epochs})
    weights = [(module, "weight") for module in small.model.body.modules() if isinstance(module, nn.Linear)]
    prune.global_unstructured(weights, pruning_method=prune.L1Unstructured, amount=share)
    if epochs:
        for weight in small.model.parameters():
            weight.requires_grad_(True)
        seeded(small.config.seed)
        parts = small.parts(records, features, targets)
        small.history = [{"epoch": 0, **small.scores(parts["validation"])}]
        small.tune(parts)
        small.model.eval()
    for module, name in weights:
        prune.remove(module, name)
    return small


def zeros(body: nn.Module) -> float:
    """Share of zeros among the weights of the body's linear layers."""
    weights = [module.weight for module in body.modules() if isinstance(module, nn.Linear)]
    return sum(int((w == 0).sum()) for w in weights) / sum(w.numel() for w in weights)


def depth(neural: Neural) -> int:
    """Number of the body's transformer layers."""
    return len(_layers(merged(neural.model.body)))


def with_fewer_layers(neural: Neural, layers: int, folder: Path) -> TrainConfig:
    """Write the trained body without some of its layers to `folder`, as a base to train from; returns the configuration that does so.

    Layers are left out evenly, the first and the last stay (as DistilBERT was begun, Sanh et al. 2019). The head has to be fitted
    to the new body, so this needs a training like the first. Raises ValueError for a number of layers that cannot be."""
    model = copy.deepcopy(neural.model)
    model.body = merged(model.body)
    every = _layers(model.body)
    if not 0 < layers <= len(every):
        raise ValueError(f"a body of {len(every)} layers cannot keep {layers}")
    kept = np.unique(np.linspace(0, len(every) - 1, layers).round().astype(int)) if layers > 1 else [len(every) - 1]
    model.body.encoder.layer = nn.ModuleList(every[i] for i in kept)  # type: ignore[union-attr]
    model.body.config.num_hidden_layers = layers  # type: ignore[union-attr]
    save_body(model, neural.config.base, folder)
    return neural.config.model_copy(update={"base": folder, "layers": None})


def _layers(body: nn.Module) -> nn.ModuleList:
    layers: nn.ModuleList = body.encoder.layer  # type: ignore[union-attr,assignment]
    return layers
