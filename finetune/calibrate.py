"""Honest uncertainty from held-out data: temperature for probabilities, thresholds, conformal intervals."""

import numpy as np
import torch
from sklearn.metrics import f1_score

from finetune.records import DataError
from finetune.tasks import sigmoid


def temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The T that minimises the log loss of sigmoid(logits / T) (Guo et al. 2017, arXiv:1706.04599)."""
    log_t = torch.zeros(1, requires_grad=True)
    inputs, targets = torch.from_numpy(logits), torch.from_numpy(truth)
    optimizer = torch.optim.LBFGS([log_t], lr=0.1, max_iter=60)

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(inputs / log_t.exp(), targets)
        loss.backward()
        return loss

    optimizer.step(step)
    return float(log_t.exp().clamp(0.05, 20).item())


def thresholds(logits: np.ndarray, truth: np.ndarray, at: float) -> list[float]:
    """Per label, the probability threshold with the best F1 on held-out data [examples, labels]."""
    probabilities = sigmoid(logits / at)
    grid = np.linspace(0.2, 0.8, 25)
    chosen = []
    for label in range(truth.shape[1]):
        scores = [f1_score(truth[:, label], probabilities[:, label] >= t, zero_division=0) for t in grid]
        best = np.flatnonzero(np.isclose(scores, max(scores)))
        chosen.append(float(grid[best[np.abs(grid[best] - 0.5).argmin()]]))  # of equals, the one nearest one half
    return chosen


def conformal_radius(residuals: np.ndarray, level: float) -> float:
    """Half width of the split-conformal interval at `level`: the ⌈(n+1)·level⌉-th smallest absolute residual
    (Vovk et al. 2005). Coverage is at least `level` for exchangeable data. Raises DataError where no finite interval has it."""
    ordered = np.sort(np.abs(residuals), axis=None)  # flat: sorting a column along its last axis would leave it unsorted
    rank = int(np.ceil((len(ordered) + 1) * level)) - 1
    if rank >= len(ordered):
        needed = int(np.ceil(level / (1 - level) - 1e-9))
        raise DataError(f"{len(ordered)} calibration examples are too few for a {level:.0%} interval; it takes at least {needed}.")
    return float(ordered[rank])
