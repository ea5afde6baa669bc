"""The encoder as a candidate: the head alone on the frozen encoder first, then everything together.

Linear probing before fine-tuning distorts the pretrained features less and generalises better than fine-tuning at once
(Kumar et al., ICLR 2022, arXiv:2202.10054); the many probing epochs cost little, since every text is encoded once.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from finetune import loop
from finetune.bodies import identity, reader, served
from finetune.config import TrainConfig
from finetune.encoder import FusedEncoder, adapted, compared, load_body, load_tokenizer, tokenize
from finetune.engine import Best, Engine, Examples, Progress, one_thread, seeded
from finetune.kinds import Kind
from finetune.metrics import Scores, value
from finetune.records import Record
from finetune.splits import split_by_group

STEPS = logging.getLogger("finetune.steps")
PROBE_BATCH, ENCODE_BATCH = 64, 64
VALIDATION = 0.15  # of the groups that a fit is given, to choose the epoch by


@dataclass(frozen=True)
class Part:
    """Records with their features [records, features] and targets."""

    records: list[Record]
    features: torch.Tensor
    targets: torch.Tensor


class Neural:
    """An encoder fused with features (or on the text alone), fitted to records. See `candidates.Candidate`."""

    def __init__(
        self, kind: Kind, config: TrainConfig, fused: bool, progress: Progress, folder: Path | None = None, epochs: int | None = None
    ) -> None:
        self.kind, self.fused, self.progress, self.folder = kind, fused, progress, folder
        self.config = config if epochs is None else config.model_copy(update={"epochs": epochs})
        self.history: list[Scores] = []
        self.tuned = False  # whether the body is no longer the base's
        self.model: FusedEncoder
        self.tokenizer: Tokenizer = load_tokenizer(config.base, config.max_tokens)

    def fit(self, records: Sequence[Record], features: np.ndarray, targets: np.ndarray) -> "Neural":
        """Train on these records, features [records, features] and targets; a part of their groups chooses the best epoch."""
        config = self.config
        parts = self.parts(records, features, targets)
        seeded(config.seed)
        x = parts["train"].features
        self.model = FusedEncoder(load_body(config.base, config.layers), self.kind.size, x.shape[1], config.two_texts)
        self.model.fit_features(x)
        pooled = {name: pool_served(self.model, config, part.records) for name, part in parts.items()}
        with one_thread():
            self.history = [self._probe(pooled, parts)]
        if config.epochs and config.adapt != "frozen":
            self.tune(parts)
        self.model.eval()
        return self

    def parts(self, records: Sequence[Record], features: np.ndarray, targets: np.ndarray) -> dict[str, "Part"]:
        """The records as `train` and `validation`, whole groups in each."""
        place = {id(record): i for i, record in enumerate(records)}
        x, y = torch.from_numpy(self._seen(features)), torch.from_numpy(targets)
        split = split_by_group(records, {"validation": VALIDATION}, self.config.seed)
        rows = {name: [place[id(record)] for record in part] for name, part in split.items()}
        return {name: Part(split[name], x[chosen], y[chosen]) for name, chosen in rows.items()}

    def outputs(self, records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        """Outputs [records, size]."""
        return self._from(self.pooled(records), features)

    def in_float32(self, records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        """Outputs [records, size] with the body in float32, to compare what is served with."""
        return self._from(pool_all(self.model, self.tokenizer, records, self.config.two_texts), features)

    def _from(self, pooled: torch.Tensor, features: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.asarray(self.model.head(pooled, torch.from_numpy(self._seen(features))).numpy())

    def pooled(self, records: Sequence[Record]) -> torch.Tensor:
        """Text vectors [records, hidden] of the trained body."""
        if self.tuned:
            return pool_all(self.model, self.tokenizer, records, self.config.two_texts)
        return pool_served(self.model, self.config, records)

    @property
    def metric(self) -> str:
        """What chooses the epoch: the user's metric, else the loss, which varies less than a metric of decisions on few examples."""
        return self.config.metric or "loss"

    def _seen(self, features: np.ndarray) -> np.ndarray:
        return features if self.fused else features[:, :0]

    def _probe(self, pooled: dict[str, torch.Tensor], parts: dict[str, "Part"]) -> Scores:
        """Train the head on frozen pooled outputs and keep its best epoch; returns its scores."""
        model, config, best = self.model, self.config, Best(self.metric, patience=self.config.probe_epochs)
        train, validation = parts["train"], parts["validation"]
        optimizer = torch.optim.AdamW(list(model.head_parameters()), lr=config.head_lr, weight_decay=1e-2)
        rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.probe_epochs)
        for epoch in range(config.probe_epochs):
            model.train()
            for chosen in torch.randperm(len(train.targets)).split(PROBE_BATCH):
                loss = self.kind.loss(model.head(pooled["train"][chosen], train.features[chosen]), train.targets[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            rates.step()
            if epoch % 10 == 9 or epoch == config.probe_epochs - 1:
                model.eval()
                STEPS.info("training the head: epoch %d of %d", epoch + 1, config.probe_epochs)
                best.update({"epoch": 0, "train_loss": loss.item(), **self._scored(pooled["validation"], validation)}, model)
        best.restore(model)
        assert best.scores is not None
        return best.scores

    def tune(self, parts: dict[str, "Part"]) -> None:
        """Train head and body (or its adapter) from where they are, the last row of `history`; they stay so where no epoch is better."""
        model, config, train = self.model, self.config, parts["train"]
        model.body = adapted(model.body, config.adapt)
        examples = Examples(train.records, train.features, train.targets, self.tokenizer, self.kind, config.two_texts)
        best = Best(self.metric, config.patience)
        best.update(self.history[-1], model)
        self.tuned = True
        self.history += engine(config.engine)(model, examples, config, lambda: self.scores(parts["validation"]), best, self.folder, self.progress)

    def scores(self, part: "Part") -> Scores:
        """Of the model as it is, in float32."""
        return self._scored(pool_all(self.model, self.tokenizer, part.records, self.config.two_texts), part)

    @torch.no_grad()
    def _scored(self, pooled: torch.Tensor, part: "Part") -> Scores:
        return self.kind.score(part.targets.numpy(), self.model.head(pooled, part.features).numpy())

    @property
    def gain(self) -> float:
        """How much better fine-tuning made the validation metric than the probe on the frozen encoder."""
        return max((value(row, self.metric) for row in self.history[1:]), default=-np.inf) - value(self.history[0], self.metric)


def engine(name: str) -> Engine:
    """The engine called `loop` or `trainer`."""
    if name == "trainer":
        from finetune import hf  # takes seconds to import, and seldom used

        return hf.train
    return loop.train


Known = dict[tuple[str, str], torch.Tensor]
Encode = Callable[[Sequence[tuple[str, str]], str | None], torch.Tensor]
_served: dict[str, Known] = {}  # by body: every fold, seed and task encodes the same texts


def pool_served(model: FusedEncoder, config: TrainConfig, records: Sequence[Record]) -> torch.Tensor:
    """Pooled outputs [records, hidden] of an untrained body in its served int8 form, which takes a tenth of the time and is what the
    head will be given; each text is encoded once per process."""
    typed = config.two_texts == "pair" and model.typed
    known = _served.setdefault(f"{identity(model.body, typed)} {config.two_texts} {config.max_tokens}", {})
    body = reader(served(model.body, config.base, typed), config.max_tokens)

    def encode(texts: Sequence[tuple[str, str]], two_texts: str | None) -> torch.Tensor:
        joined = [pair if two_texts == "pair" else " ".join(filter(None, pair)) for pair in texts]
        return torch.from_numpy(body.pool(joined))

    return _pooled(records, config.two_texts, encode, known)


@torch.no_grad()
def pool_all(model: FusedEncoder, tokenizer: Tokenizer, records: Sequence[Record], two_texts: str | None) -> torch.Tensor:
    """Pooled float32 outputs of the records, [records, hidden], in their order; each different text is encoded once."""
    model.eval()

    def encode(texts: Sequence[tuple[str, str]], two_texts: str | None) -> torch.Tensor:
        return model.encode(tokenize(tokenizer, [a for a, _ in texts], [b for _, b in texts], two_texts))

    return _pooled(records, two_texts, encode, {})


def _pooled(records: Sequence[Record], two_texts: str | None, encode: Encode, known: Known) -> torch.Tensor:
    pairs = [(record.text, record.text_b) for record in records]
    if two_texts != "separate":
        return _vectors(pairs, two_texts, encode, known)
    u, v = (_vectors([(text, "") for text in texts], None, encode, known) for texts in zip(*pairs, strict=True))
    return compared(u, v)


def _vectors(texts: Sequence[tuple[str, str]], two_texts: str | None, encode: Encode, known: Known) -> torch.Tensor:
    new = sorted(set(texts) - set(known), key=lambda pair: (sum(map(len, pair)), pair))
    for start in range(0, len(new), ENCODE_BATCH):
        part = new[start : start + ENCODE_BATCH]
        STEPS.info("encoding texts: %d of %d", start, len(new))
        known.update(zip(part, encode(part, two_texts), strict=True))
    return torch.stack([known[pair] for pair in texts])
