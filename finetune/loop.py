"""The hand-written training engine: what the Trainer does, in one page."""

import logging
from pathlib import Path

import numpy as np
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from finetune.config import TrainConfig
from finetune.encoder import FusedEncoder
from finetune.engine import Best, Evaluate, Examples, Progress, parameter_groups, read_checkpoint, schedule, seeded, write_checkpoint
from finetune.metrics import Scores

CHECKPOINT = "loop.pt"
STEPS = logging.getLogger("finetune.steps")


def train(
    model: FusedEncoder, examples: Examples, config: TrainConfig, evaluate: Evaluate, best: Best, folder: Path | None, progress: Progress
) -> list[Scores]:
    """See engine.Engine."""
    optimizer = torch.optim.AdamW(parameter_groups(model, config))
    rates = LambdaLR(optimizer, schedule(config, config.epochs * examples.steps(config)))
    file = folder / CHECKPOINT if folder else None
    history = _resume(file, model, optimizer, rates, best)
    if 0 < len(history) < config.epochs and best.waited < best.patience:
        progress(f"goes on after epoch {len(history)} of {config.epochs}")
    for epoch in range(len(history), config.epochs):
        if best.waited >= best.patience:
            break
        seeded(config.seed + epoch)
        model.train()
        losses = []
        batches = examples.epoch(config, epoch)
        for number, rows in enumerate(batches, start=1):
            STEPS.info("fine-tuning: epoch %d of %d, batch %d of %d", epoch + 1, config.epochs, number, len(batches))
            tokens, features, targets = examples.batch(rows)
            loss = examples.kind.loss(model(features, **tokens), targets)
            optimizer.zero_grad()
            loss.backward()
            if config.clip:
                torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            optimizer.step()
            rates.step()
            losses.append(loss.item())
        history.append({"epoch": epoch + 1, "train_loss": float(np.mean(losses)), **evaluate()})
        best.update(history[-1], model)
        progress(f"epoch {epoch + 1} of {config.epochs}: loss {history[-1]['train_loss']:.4f}, {best.metric} {history[-1][best.metric]:.3f}")
        if file:
            whole = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "rates": rates.state_dict()}
            write_checkpoint(whole | {"best": best.saved(), "history": history}, file)
    best.restore(model)
    return history


def _resume(file: Path | None, model: FusedEncoder, optimizer: Optimizer, rates: LambdaLR, best: Best) -> list[Scores]:
    """Go on from the last checkpoint, if there is one; returns the history so far."""
    if file is None or not file.exists():
        return []
    saved = read_checkpoint(file)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    rates.load_state_dict(saved["rates"])
    best.resume(saved["best"])
    history: list[Scores] = saved["history"]
    return history
