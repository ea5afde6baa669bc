"""HuggingFace's Trainer as the engine, behind the same configuration as the hand-written loop."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.utils import logging

from finetune.config import TrainConfig
from finetune.encoder import FusedEncoder
from finetune.engine import Best, Evaluate, Examples, Progress, parameter_groups, read_checkpoint, seeded, write_checkpoint
from finetune.metrics import Scores

BEST = "best.pt"  # beside the Trainer's own checkpoint: our best epoch and the table so far
SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}  # its "constant" leaves the warm-up out


def train(
    model: FusedEncoder, examples: Examples, config: TrainConfig, evaluate: Evaluate, best: Best, folder: Path | None, progress: Progress
) -> list[Scores]:
    """See engine.Engine. Checkpoints are the Trainer's own; without a `folder` there are none."""
    logging.set_verbosity_error()
    last = _last_checkpoint(folder)
    history = _resume(last, best)
    if 0 < len(history) < config.epochs and best.waited < best.patience:
        progress(f"goes on after epoch {len(history)} of {config.epochs}")
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=str(folder or scratch),
            num_train_epochs=config.epochs,
            per_device_train_batch_size=config.batch,
            max_grad_norm=config.clip,
            lr_scheduler_type=SCHEDULES[config.schedule],
            warmup_steps=config.warmup,  # a share, as it is below 1
            save_strategy="epoch" if folder else "no",
            save_total_limit=1,
            logging_strategy="no",
            report_to="none",
            seed=config.seed,
            use_cpu=True,  # where the features, targets and evaluations are, as with the loop
            disable_tqdm=True,
            remove_unused_columns=False,
        )
        trainer = _Trainer(model, examples, config, arguments, _EachEpoch(model, config, evaluate, best, history, progress))
        if len(history) < config.epochs and best.waited < best.patience:
            trainer.train(resume_from_checkpoint=str(last) if last else None)
    best.restore(model)
    return history


def _last_checkpoint(folder: Path | None) -> Path | None:
    """The last checkpoint that is whole: BEST is written after all else."""
    whole = [file.parent for file in folder.glob(f"checkpoint-*/{BEST}")] if folder else []
    return max(whole, key=lambda place: int(place.name.split("-")[1]), default=None)


def _resume(checkpoint: Path | None, best: Best) -> list[Scores]:
    if checkpoint is None:
        return []
    saved = read_checkpoint(checkpoint / BEST)
    best.resume(saved["best"])
    history: list[Scores] = saved["history"]
    return history


class _WithLoss(nn.Module):
    """The encoder in the form that the Trainer trains: a dictionary with the loss."""

    def __init__(self, model: FusedEncoder, examples: Examples) -> None:
        super().__init__()
        self.model = model
        self.losses: list[float] = []  # of the epoch's batches
        self._loss = examples.kind.loss

    def forward(self, features: torch.Tensor, targets: torch.Tensor, **tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        loss = self._loss(self.model(features, **tokens), targets)
        self.losses.append(loss.item())
        return {"loss": loss}


class _Batches:
    """The epoch's batches as a sampler; `epoch` is set from outside, so that a resumed run draws what it would have drawn.

    Seeds as the loop does, once the first batch is asked for: between the callback of a new epoch and its first batch, the
    Trainer puts back a checkpoint's random state and the DataLoader draws a number of its own.
    """

    def __init__(self, examples: Examples, config: TrainConfig) -> None:
        self.examples, self.config, self.epoch = examples, config, 0

    def __iter__(self) -> Iterator[list[int]]:
        batches = self.examples.epoch(self.config, self.epoch)
        seeded(self.config.seed + self.epoch)
        yield from batches

    def __len__(self) -> int:
        return self.examples.steps(self.config)


class _EachEpoch(TrainerCallback):
    """Evaluates after each epoch with the shared code: best epoch, patience and table are then the loop's."""

    def __init__(self, model: FusedEncoder, config: TrainConfig, evaluate: Evaluate, best: Best, history: list[Scores], progress: Progress) -> None:
        self.model, self.config, self.evaluate, self.best, self.history, self.progress = model, config, evaluate, best, history, progress
        self.batches: _Batches | None = None
        self.losses: list[float] | None = None

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        assert self.batches is not None and self.losses is not None
        self.batches.epoch = round(state.epoch or 0)
        self.losses.clear()

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        scores = {"epoch": float(round(state.epoch or 0)), "train_loss": float(np.mean(self.losses or [])), **self.evaluate()}
        self.history.append(scores)
        control.should_training_stop = self.best.update(scores, self.model) or control.should_training_stop
        told = f"loss {scores['train_loss']:.4f}, {self.best.metric} {scores[self.best.metric]:.3f}"
        self.progress(f"epoch {scores['epoch']:.0f} of {self.config.epochs}: {told}")

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        file = Path(args.output_dir or ".") / f"checkpoint-{state.global_step}" / BEST
        write_checkpoint({"best": self.best.saved(), "history": self.history}, file)


class _Trainer(Trainer):
    """Trainer with this project's batches and parameter groups; schedule, clipping, steps and checkpoints are its own."""

    def __init__(self, model: FusedEncoder, examples: Examples, config: TrainConfig, arguments: TrainingArguments, each_epoch: _EachEpoch) -> None:
        self._groups = parameter_groups(model, config)
        self._batches = each_epoch.batches = _Batches(examples, config)
        trained = _WithLoss(model, examples)
        each_epoch.losses = trained.losses
        super().__init__(model=trained, args=arguments, train_dataset=examples, callbacks=[each_epoch])  # type: ignore[arg-type]
        self.remove_callback(PrinterCallback)  # standard output is the caller's

    def create_optimizer(self, *_: Any) -> torch.optim.Optimizer:
        self.optimizer = torch.optim.AdamW(self._groups)
        return self.optimizer

    def get_train_dataloader(self) -> DataLoader:  # type: ignore[type-arg]
        examples = self._batches.examples
        return DataLoader(range(len(examples)), batch_sampler=self._batches, collate_fn=lambda rows: _collated(examples, rows))  # type: ignore[arg-type]


def _collated(examples: Examples, rows: list[int]) -> dict[str, torch.Tensor]:
    tokens, features, targets = examples.batch(rows)
    return tokens | {"features": features, "targets": targets}
