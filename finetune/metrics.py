"""The contract's metrics, on plain arrays."""

import numpy as np
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, mean_squared_error, r2_score

Scores = dict[str, float]
LOWER_IS_BETTER = frozenset({"loss", "train_loss", "mse", "rmse", "mae", "ece"})


def labels_scores(truth: np.ndarray, predicted: np.ndarray) -> Scores:
    """Both 0/1 arrays [examples, labels]. `partial_score` is the mean share of an example's true labels
    that were found (recall only, as the study defines it)."""
    found = (truth * predicted).sum(axis=1)
    return {
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
        "micro_f1": float(f1_score(truth, predicted, average="micro", zero_division=0)),
        "partial_score": float((found / np.maximum(truth.sum(axis=1), 1)).mean()),
        "exact_match": float((truth == predicted).all(axis=1).mean()),
        "label_accuracy": float((truth == predicted).mean()),
    }


def classes_scores(truth: np.ndarray, predicted: np.ndarray) -> Scores:
    """Class numbers [examples]. `macro_f1` is over the classes that occur in either."""
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
        "micro_f1": float(f1_score(truth, predicted, average="micro", zero_division=0)),
    }


def amounts_scores(truth: np.ndarray, predicted: np.ndarray) -> Scores:
    """Arrays [examples] in the target's unit. `r2` and `corr` are 0 where the truth does not vary."""
    mse = float(mean_squared_error(truth, predicted))
    varied = len(truth) > 1 and truth.std() > 0
    return {
        "mse": mse,
        "rmse": mse**0.5,
        "mae": float(mean_absolute_error(truth, predicted)),
        "r2": float(r2_score(truth, predicted)) if varied else 0.0,
        "corr": float(np.corrcoef(truth, predicted)[0, 1]) if varied and predicted.std() > 1e-6 * truth.std() else 0.0,
    }


def length_bias(truth: np.ndarray, predicted: np.ndarray, lengths: np.ndarray) -> Scores:
    """`error_length_corr`: Pearson's r of the signed error with the answer's length [examples]. Above 0, long answers are graded
    too high or short ones too low; 0 where either does not vary."""
    error = predicted - truth
    varied = len(error) > 1 and error.std() > 1e-9 and lengths.std() > 0
    return {"error_length_corr": float(np.corrcoef(error, lengths)[0, 1]) if varied else 0.0}


def expected_calibration_error(truth: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and frequency over equal-width bins, weighted by bin size (Guo et al. 2017)."""
    which = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [abs(truth[which == b].mean() - probability[which == b].mean()) * (which == b).mean() for b in np.unique(which)]
    return float(sum(gaps))


def value(scores: Scores, metric: str) -> float:
    """The metric so that higher is better: errors and losses count negatively (the study took its loss the wrong way round)."""
    return -scores[metric] if lower_is_better(metric) else scores[metric]


def lower_is_better(metric: str) -> bool:
    """Whether smaller values of the metric are better ones: losses, errors, sizes and times."""
    return any(part in LOWER_IS_BETTER or part in ("size", "mb", "ms", "seconds") for part in metric.lower().split("_"))


def metric_title(name: str) -> str:
    """`macro_f1` → "macro F1": a metric's name as people write it."""
    known = {"f1": "F1", "mse": "MSE", "rmse": "RMSE", "mae": "MAE", "ece": "ECE", "r2": "R²", "corr": "r", "ms": "ms", "lr": "learning rate"}
    return " ".join(known.get(part, part) for part in name.split("_"))
