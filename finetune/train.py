"""One fine-tuning: records in, the best model and its scores out.

First the new head alone is trained on the frozen encoder's output (many cheap epochs), then everything
together (few dear ones): linear probing before fine-tuning distorts the pretrained features less and
generalises better than fine-tuning at once (Kumar et al., ICLR 2022, arXiv:2202.10054).
"""

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from finetune.encoder import FusedEncoder, body_hash, load_body, load_tokenizer, tokenize
from finetune.records import DataError, Record
from finetune.tasks import TASKS, Encoding, Task

Progress = Callable[[str], None]
FEWEST = 10  # experiments that can be split into parts that mean something


@dataclass
class TrainConfig:
    """Everything a run depends on; equal configurations give equal models."""

    task: str
    base: Path
    probe_epochs: int = 120
    epochs: int = 1
    finetune_examples: int = 192
    batch: int = 16
    head_lr: float = 2e-3
    body_lr: float = 3e-5
    validation_share: float = 0.12
    calibration_share: float = 0.25
    seed: int = 7


@dataclass
class Trained:
    """A fine-tuned model with what its tools need: encoding, splits, scores and the per-epoch table."""

    model: FusedEncoder
    tokenizer: Tokenizer
    encoding: Encoding
    task: Task
    splits: dict[str, list[Record]]
    scores: dict[str, float]
    history: list[dict[str, float]]


def split_by_group(records: list[Record], shares: dict[str, float], seed: int) -> dict[str, list[Record]]:
    """Disjoint parts with the given shares, and the rest as `train`; a group is never divided."""
    groups = sorted({record.group for record in records})
    if len(groups) < FEWEST:
        raise DataError(f"{len(groups)} distinct experiments are too few to split; give at least {FEWEST}.")
    random.Random(seed).shuffle(groups)
    parts: dict[str, list[Record]] = {}
    start = 0
    for name, share in shares.items():
        count = max(1, round(share * len(groups)))
        chosen = set(groups[start : start + count])
        parts[name] = [record for record in records if record.group in chosen]
        start += count
    rest = set(groups[start:])
    parts["train"] = [record for record in records if record.group in rest]
    return parts


def train(records: list[Record], config: TrainConfig, progress: Progress = print) -> Trained:
    """Fine-tune on `records`. Raises DataError for data that cannot be trained on."""
    random.seed(config.seed)
    torch.manual_seed(config.seed)
    task = TASKS[config.task]
    splits = split_by_group(records, {"validation": config.validation_share, "calibration": config.calibration_share}, config.seed)
    encoding = task.fit(splits["train"])
    tokenizer = load_tokenizer(config.base)
    targets = {name: torch.from_numpy(task.encode(encoding, part)) for name, part in splits.items()}
    features = {name: feature_matrix(part) for name, part in splits.items()}
    model = FusedEncoder(load_body(config.base), outputs=targets["train"].shape[1])
    model.fit_features(features["train"])

    pooled = {name: _pool_once(model, tokenizer, splits[name], progress) for name in ("train", "validation")}
    history = _probe(model, task, encoding, pooled, features, targets, config)
    progress(f"{config.task}: head trained on {len(splits['train'])} examples, {task.best} {history[-1][task.best.lstrip('-')]:.3f}")
    best, best_state = history[-1], copy.deepcopy(model.state_dict())
    for epoch in range(config.epochs):
        loss = _finetune_epoch(model, tokenizer, task, splits["train"], features["train"], targets["train"], config, epoch)
        logits = predict(model, tokenizer, splits["validation"])
        row = {"epoch": epoch + 1, "loss": loss, **task.score(encoding, targets["validation"].numpy(), logits)}
        history.append(row)
        progress(f"{config.task}: fine-tuning epoch {epoch + 1} of {config.epochs}, loss {loss:.4f}, {task.best} {row[task.best.lstrip('-')]:.3f}")
        if _value(row, task.best) >= _value(best, task.best):
            best, best_state = row, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    model.eval()
    return Trained(model, tokenizer, encoding, task, splits, best, history)


def feature_matrix(records: list[Record]) -> torch.Tensor:
    """ProcessConditions.features() of each record's text, [records, FEATURES]."""
    return torch.tensor([record.conditions.features() for record in records])


@torch.no_grad()
def pool_all(model: FusedEncoder, tokenizer: Tokenizer, records: list[Record], progress: Progress | None = None) -> torch.Tensor:
    """Pooled encoder outputs of the records, [records, hidden], in their order."""
    model.eval()
    pooled = torch.empty(len(records), model.hidden)
    done = 0
    for chosen in batches_by_length([r.text for r in records], 64):
        pooled[chosen] = model.pool(*tokenize(tokenizer, [records[i].text for i in chosen]))
        done += len(chosen)
        if progress and done % 1024 < 64:
            progress(f"encoded {done} of {len(records)} texts")
    return pooled


_pooled: dict[tuple[str, str], torch.Tensor] = {}  # several tasks are often trained on the same texts in one process


def _pool_once(model: FusedEncoder, tokenizer: Tokenizer, records: list[Record], progress: Progress) -> torch.Tensor:
    """pool_all for a frozen body; each text is encoded once per process and body."""
    body = body_hash(model.body)
    new = [record for record in {r.text: r for r in records}.values() if (body, record.text) not in _pooled]
    if new:
        for record, row in zip(new, pool_all(model, tokenizer, new, progress), strict=True):
            _pooled[body, record.text] = row
    return torch.stack([_pooled[body, record.text] for record in records])


@torch.no_grad()
def predict(model: FusedEncoder, tokenizer: Tokenizer, records: list[Record]) -> np.ndarray:
    """Logits of the records, [records, outputs]."""
    model.eval()
    return model.head(pool_all(model, tokenizer, records), feature_matrix(records)).numpy()


def batches_by_length(texts: list[str], size: int) -> Iterator[list[int]]:
    """Indices in batches of texts of like length, so that little is padded."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _value(scores: dict[str, float], metric: str) -> float:
    return -scores[metric[1:]] if metric.startswith("-") else scores[metric]


def _probe(model, task, encoding, pooled, features, targets, config) -> list[dict[str, float]]:  # type: ignore[no-untyped-def]
    """Train the head on frozen pooled outputs and keep its best epoch."""
    head = [p for name, p in model.named_parameters() if not name.startswith("body.")]
    optimizer = torch.optim.AdamW(head, lr=config.head_lr, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.probe_epochs)
    best: tuple[float, dict[str, torch.Tensor], dict[str, float]] | None = None
    for epoch in range(config.probe_epochs):
        model.train()
        for chosen in torch.randperm(len(targets["train"])).split(64):
            loss = task.loss(model.head(pooled["train"][chosen], features["train"][chosen]), targets["train"][chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        if epoch % 10 == 9 or epoch == config.probe_epochs - 1:
            model.eval()
            with torch.no_grad():
                logits = model.head(pooled["validation"], features["validation"]).numpy()
            scores = {"epoch": 0, "loss": loss.item(), **task.score(encoding, targets["validation"].numpy(), logits)}
            if best is None or _value(scores, task.best) > best[0]:
                best = _value(scores, task.best), copy.deepcopy(model.state_dict()), scores
    assert best is not None
    model.load_state_dict(best[1])
    return [best[2]]


def _finetune_epoch(model, tokenizer, task, records, features, targets, config, epoch) -> float:  # type: ignore[no-untyped-def]
    """One pass over (at most `finetune_examples` of) the training records through the whole model."""
    model.train()
    body = list(model.body.parameters())
    head = [p for name, p in model.named_parameters() if not name.startswith("body.")]
    model.body.embeddings.requires_grad_(False)  # half of the weights, and words the task seldom moves
    optimizer = torch.optim.AdamW([{"params": body, "lr": config.body_lr}, {"params": head, "lr": config.head_lr / 10}], weight_decay=1e-2)
    chosen = random.Random(config.seed + epoch).sample(range(len(records)), min(config.finetune_examples, len(records)))
    steps = [[chosen[i] for i in part] for part in batches_by_length([records[i].text for i in chosen], config.batch)]
    random.Random(config.seed + epoch).shuffle(steps)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [config.body_lr, config.head_lr / 10], total_steps=len(steps) + 1)
    losses = []
    for step in steps:
        ids, mask = tokenize(tokenizer, [records[i].text for i in step])
        loss = task.loss(model(ids, mask, features[step]), targets[step])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))
