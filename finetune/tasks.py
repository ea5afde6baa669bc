"""The table of tasks: how each reads its target, which loss it trains with and how it is scored.

binary      one logit, BCE with logits; labels that contain Normal are Normal (0), all else abnormal (1)
multilabel  one logit per label, BCE with logits
regression  one output, MSE on the standardised logarithm of a positive target
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from finetune.metrics import binary_metrics, multilabel_metrics, regression_metrics
from finetune.records import DataError, Record, amount, labels


@dataclass
class Encoding:
    """What turns raw targets into numbers and back; saved as JSON beside the weights."""

    task: str
    labels: list[str] = field(default_factory=list)
    log_mean: float = 0.0
    log_std: float = 1.0


@dataclass(frozen=True)
class Task:
    """One row of the table. `fit` makes the encoding from training records, `encode` the target array
    [examples, outputs], `loss` compares logits with it, `score` gives metrics and `best` the one that
    selects the model (higher is better unless it starts with `-`)."""

    name: str
    fit: Callable[[list[Record]], Encoding]
    encode: Callable[[Encoding, list[Record]], np.ndarray]
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    score: Callable[[Encoding, np.ndarray, np.ndarray], dict[str, float]]
    best: str


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _fit_labels(records: list[Record]) -> Encoding:
    return Encoding("multilabel", labels=sorted({label for record in records for label in labels(record.target)}))


def _fit_amounts(records: list[Record]) -> Encoding:
    values = np.array([amount(record.target) for record in records])
    if not (values > 0).all():
        raise DataError("A regression target is zero or negative; this version models the logarithm and needs positive values.")
    spread = float(np.log(values).std())
    return Encoding("regression", log_mean=float(np.log(values).mean()), log_std=spread if spread > 1e-9 else 1.0)


def _encode_binary(_: Encoding, records: list[Record]) -> np.ndarray:
    return np.array([[float("Normal" not in labels(record.target))] for record in records], dtype=np.float32)


def _encode_labels(encoding: Encoding, records: list[Record]) -> np.ndarray:
    return np.array([[float(name in labels(r.target)) for name in encoding.labels] for r in records], dtype=np.float32)


def _encode_amounts(encoding: Encoding, records: list[Record]) -> np.ndarray:
    values = np.log([max(amount(record.target), 1e-9) for record in records])
    return ((values - encoding.log_mean) / encoding.log_std).astype(np.float32)[:, None]


def decode_amounts(encoding: Encoding, outputs: np.ndarray) -> np.ndarray:
    """Standardised logarithms back to the target's unit."""
    return np.exp(outputs * encoding.log_std + encoding.log_mean)


def _score_binary(_: Encoding, truth: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    return binary_metrics(truth[:, 0].astype(int), sigmoid(logits[:, 0]))


def _score_labels(_: Encoding, truth: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    return multilabel_metrics(truth.astype(int), (logits > 0).astype(int))


def _score_amounts(encoding: Encoding, truth: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    return regression_metrics(decode_amounts(encoding, truth)[:, 0], decode_amounts(encoding, outputs)[:, 0])


_bce = functional.binary_cross_entropy_with_logits
TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("binary", lambda _: Encoding("binary", labels=["abnormal"]), _encode_binary, _bce, _score_binary, "macro_f1"),
        Task("multilabel", _fit_labels, _encode_labels, _bce, _score_labels, "macro_f1"),
        Task("regression", _fit_amounts, _encode_amounts, functional.mse_loss, _score_amounts, "-rmse"),
    )
}
