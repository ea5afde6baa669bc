"""Honest uncertainty from data that the model was not fitted to: temperature, thresholds, conformal intervals and sets, novelty."""

from collections.abc import Callable

import numpy as np
from crepes import ConformalClassifier, ConformalRegressor
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.metrics import f1_score

from finetune.records import DataError
from tools.outputs import Calibration, Novelty

GRID = np.linspace(0.1, 0.9, 33)  # thresholds tried
HAIR = 1e-9  # less confidence: crepes takes ranks of 1 - 0.9 in floats, which is short of 0.1 and would cost a rank, or all of a small interval
PRIOR = 1.0  # weight of a class bias of 1 against the log loss of one example
PARTS = 5  # of the records, each measured by the shape of the others
TEXT_DIRECTIONS = 16  # of the text vectors, that count for novelty


def for_labels(outputs: np.ndarray, targets: np.ndarray, level: float = 0.9, tune: bool = True) -> Calibration:
    """Temperature, and if `tune` each label's threshold of best F1, from held-out outputs and 0/1 targets [examples, labels]."""
    at = temperature(lambda t: float(np.mean(np.logaddexp(0, outputs / t) - targets * outputs / t)))
    probability = expit(outputs / at)
    chosen = tuple(_threshold(t, p) for t, p in zip(targets.T, probability.T, strict=True)) if tune else (0.5,) * targets.shape[1]
    return Calibration(temperature=at, thresholds=chosen, level=level)


def for_classes(outputs: np.ndarray, targets: np.ndarray, level: float = 0.9) -> Calibration:
    """Temperature and a bias for each class (Guo et al. 2017, arXiv:1706.04599, 4.2; the bias held small by PRIOR), and the conformal quantile
    of 1 - probability of the true class (crepes; Vovk et al. 2005)."""
    rows, size = np.arange(len(targets)), outputs.shape[1]

    def log_loss(parameters: np.ndarray) -> float:
        stated = log_softmax(outputs * np.exp(-parameters[0]) + parameters[1:], axis=1)
        return float(-stated[rows, targets].mean() + PRIOR * (parameters[1:] ** 2).sum() / len(targets))

    bounds = [(np.log(0.05), np.log(20))] + [(-5.0, 5.0)] * size
    found = minimize(log_loss, np.zeros(size + 1), method="L-BFGS-B", bounds=bounds).x
    at, bias = float(np.exp(found[0])), tuple(float(b) for b in found[1:])
    misfit = 1 - softmax(outputs / at, axis=1)[rows, targets]
    conformal = ConformalClassifier()
    conformal.fit(misfit)
    candidates = np.unique(np.append(misfit, 1.0))
    inside = conformal.predict_set(candidates[:, None], confidence=level - HAIR, smoothing=False)[:, 0].astype(bool)
    return Calibration(temperature=at, bias=bias, set_quantile=float(candidates[inside].max(initial=0.0)), level=level)


def for_amounts(outputs: np.ndarray, targets: np.ndarray, level: float = 0.9) -> Calibration:
    """Half width of each target's split-conformal interval [targets], standardised (crepes). Raises DataError where no finite
    interval has the level."""
    needed = int(np.ceil(level / (1 - level) - 1e-9))
    if len(targets) < needed:
        raise DataError(f"{len(targets)} calibration examples are too few for a {level:.0%} interval; it takes at least {needed}.")
    return Calibration(radius=tuple(_radius(column, level) for column in np.abs(targets - outputs).T), level=level)


def temperature(log_loss: Callable[[float], float]) -> float:
    """The T in [0.05, 20] that minimises the log loss of logits / T (Guo et al. 2017, arXiv:1706.04599)."""
    found = minimize_scalar(lambda log_t: log_loss(float(np.exp(log_t))), bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(found.x))


def _radius(residuals: np.ndarray, level: float) -> float:
    conformal = ConformalRegressor()
    conformal.fit(residuals)
    low, high = conformal.predict_int(np.zeros(1), confidence=level - HAIR)[0]
    return float(high - low) / 2


def _threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    """The threshold of best F1; of equals, the one nearest one half."""
    if not 0 < truth.sum() < len(truth):
        return 0.5
    scores = np.array([f1_score(truth, probability >= t, zero_division=0) for t in GRID])
    best = np.flatnonzero(np.isclose(scores, scores.max()))
    return float(GRID[best[np.abs(GRID[best] - 0.5).argmin()]])


def novelty(features: np.ndarray, pooled: np.ndarray | None) -> Novelty:
    """The training records' own shape, with the distances that its records have from the shape of the others: a shape seems nearer to
    the records it was fitted to."""
    shape = _shape(features, pooled)
    inputs = features if pooled is None else np.hstack([features, pooled])
    distances = np.linalg.norm((inputs - shape.mean) @ shape.whiten, axis=1)
    part = np.random.default_rng(0).permutation(len(inputs)) % PARTS
    for number in range(PARTS if len(inputs) >= 2 * PARTS else 0):
        inside = part == number
        others = _shape(features[~inside], None if pooled is None else pooled[~inside])
        distances[inside] = np.linalg.norm((inputs[inside] - others.mean) @ others.whiten, axis=1)
    return Novelty(shape.mean, shape.whiten, np.sort(distances))


def _shape(features: np.ndarray, pooled: np.ndarray | None) -> Novelty:
    """The mean and whitening map of the records: features [records, features] that vary and the main directions of their text vectors
    [records, hidden], with a shrunk covariance (Ledoit and Wolf 2004)."""
    spread = features.std(axis=0)
    columns = [np.diag(np.where(spread > 1e-6, 1 / np.maximum(spread, 1e-6), 0.0))[:, spread > 1e-6]]
    inputs = features
    if pooled is not None:
        count = min(TEXT_DIRECTIONS, len(pooled) - 1, pooled.shape[1])
        with np.errstate(invalid="ignore"):  # where all vectors are the same, their shares of no variance are not asked for
            found = PCA(count, random_state=0).fit(pooled)
        kept = found.explained_variance_ > 1e-12
        directions = found.components_[kept].T / np.sqrt(found.explained_variance_[kept])
        inputs = np.hstack([features, pooled])
        columns = [
            np.vstack([columns[0], np.zeros((pooled.shape[1], columns[0].shape[1]))]),
            np.vstack([np.zeros((features.shape[1], directions.shape[1])), directions]),
        ]
    projected = np.hstack(columns)
    mean = inputs.mean(axis=0)
    if not projected.shape[1]:  # all records are alike: then nothing is known of what is unlike them
        return Novelty(mean, projected, np.zeros(0))
    covariance = LedoitWolf(assume_centered=True).fit((inputs - mean) @ projected)
    whiten = projected @ np.linalg.cholesky(covariance.precision_)
    return Novelty(mean, whiten, np.zeros(0))
