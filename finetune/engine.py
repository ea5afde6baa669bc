"""What both training engines share: examples in batches, the optimiser's groups, the schedule, and the best epoch so far.

`loop.py` is the short hand-written engine, `hf.py` HuggingFace's Trainer; a test shows that they agree when every default is
made equal, and docs/finetune.md says which defaults differ and what each does.
"""

import copy
import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from finetune.config import TrainConfig
from finetune.encoder import FusedEncoder, Tokens, tokenize
from finetune.kinds import Kind
from finetune.metrics import Scores, value
from finetune.records import Record

Progress = Callable[[str], None]
Evaluate = Callable[[], Scores]


class Engine(Protocol):
    """Trains `model` on `examples` for the configured epochs and leaves the weights of its best epoch in it. Returns the
    per-epoch table. Checkpoints go to `folder`, from where a killed run goes on."""

    def __call__(
        self,
        model: FusedEncoder,
        examples: "Examples",
        config: TrainConfig,
        evaluate: Evaluate,
        best: "Best",
        folder: Path | None,
        progress: Progress,
    ) -> list[Scores]: ...


@dataclass
class Examples:
    """Training examples, tokenised batch by batch so that each is padded to its own longest text."""

    records: Sequence[Record]
    features: torch.Tensor
    targets: torch.Tensor
    tokenizer: Tokenizer
    kind: Kind
    two_texts: str | None

    def __len__(self) -> int:
        return len(self.records)

    def batch(self, rows: Sequence[int]) -> tuple[Tokens, torch.Tensor, torch.Tensor]:
        """Tokens, features and targets of these rows."""
        chosen = [self.records[i] for i in rows]
        tokens = tokenize(self.tokenizer, [r.text for r in chosen], [r.text_b for r in chosen], self.two_texts)
        return tokens, self.features[list(rows)], self.targets[list(rows)]

    def epoch(self, config: TrainConfig, epoch: int) -> list[list[int]]:
        """The batches of one epoch, equal for equal seeds: at most `epoch_tokens`, of like length, in random order."""
        chance = random.Random(config.seed + epoch)
        chosen = chance.sample(range(len(self)), self.drawn(config))
        batches = [[chosen[i] for i in part] for part in by_length([self.records[i] for i in chosen], config.batch)]
        chance.shuffle(batches)
        return batches

    def drawn(self, config: TrainConfig) -> int:
        """Examples of one epoch: all, or as many as `epoch_tokens` allow."""
        return max(1, min(len(self), int(config.epoch_tokens / self._mean_tokens)))

    @cached_property
    def _mean_tokens(self) -> float:
        tokens = tokenize(self.tokenizer, [r.text for r in self.records], [r.text_b for r in self.records], self.two_texts)
        return sum(float(mask.sum()) for name, mask in tokens.items() if name.startswith("attention_mask")) / len(self)

    def steps(self, config: TrainConfig) -> int:
        """Optimiser steps of one epoch."""
        return math.ceil(self.drawn(config) / config.batch)


@dataclass
class Best:
    """The best epoch so far by `metric`, whichever way is better, and whether patience is at an end."""

    metric: str
    patience: int
    scores: Scores | None = None
    state: dict[str, torch.Tensor] = field(default_factory=dict)
    waited: int = 0

    def update(self, scores: Scores, model: nn.Module) -> bool:
        """Remember the epoch if it is the best; True if training should stop."""
        if self.scores is None or value(scores, self.metric) > value(self.scores, self.metric):
            self.scores, self.waited = scores, 0
            self.state = copy.deepcopy({name: weight for name, weight in model.state_dict().items()})
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model: nn.Module) -> None:
        model.load_state_dict(self.state)
        model.eval()

    def saved(self) -> dict[str, Any]:
        """For a checkpoint: tensors and plain values."""
        return {"scores": self.scores, "state": self.state, "waited": self.waited}

    def resume(self, saved: dict[str, Any]) -> None:
        self.scores, self.state, self.waited = saved["scores"], saved["state"], saved["waited"]


def write_checkpoint(state: dict[str, Any], file: Path) -> None:
    """Write a checkpoint whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, file.with_suffix(".partial"))
    file.with_suffix(".partial").rename(file)


def read_checkpoint(file: Path) -> dict[str, Any]:
    """Tensors and plain values only: nothing in the file is run."""
    state: dict[str, Any] = torch.load(file, weights_only=True)
    return state


def by_length(records: Sequence[Record], size: int) -> Iterator[list[int]]:
    """Indices in batches of texts of like length, so that little is padded."""
    order = sorted(range(len(records)), key=lambda i: len(records[i].text) + len(records[i].text_b))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def parameter_groups(model: FusedEncoder, config: TrainConfig) -> list[dict[str, Any]]:
    """The trained weights in groups by learning rate and by whether they decay (norms and biases may not)."""
    if not config.train_embeddings and config.adapt == "full":
        for name, weight in model.body.named_parameters():
            if "embeddings." in name:
                weight.requires_grad_(False)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            rate = config.encoder_lr if name.startswith("body.") else config.head_lr / 10
            decays = config.decay_norms or weight.ndim > 1
            groups.setdefault((rate, config.weight_decay if decays else 0.0), []).append(weight)
    return [{"params": weights, "lr": rate, "weight_decay": decay} for (rate, decay), weights in groups.items()]


def schedule(config: TrainConfig, total: int) -> Callable[[int], float]:
    """Share of the learning rate at a step: a linear warm-up, then constant, or linear or cosine decay to zero at `total`."""
    warm = math.ceil(config.warmup * total)

    def share(step: int) -> float:
        if step < warm:
            return step / max(1, warm)
        done = (step - warm) / max(1, total - warm)
        return {"constant": 1.0, "linear": max(0.0, 1 - done), "cosine": max(0.0, 0.5 * (1 + math.cos(math.pi * done)))}[config.schedule]

    return share


@contextmanager
def one_thread() -> Iterator[None]:
    """For many small steps: threads that wait for each other cost more than they do, above all beside other work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def seeded(seed: int) -> None:
    """Make what follows repeatable."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
