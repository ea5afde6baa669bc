"""Labels of a training file that are probably wrong, found with cleanlab from out-of-fold predictions.

Confident learning (Northcutt et al. 2021, arXiv:1911.00068) estimates how many labels are wrong, by class; the examples whose given
label has the lowest predicted probability are then named. Predictions must be out of fold: a model that has seen a label
agrees with it.

Measured with 10 % planted errors, 5 folds, means of 10 seeds (rows named at random: precision and recall .10):

                                                              named   precision   recall
four classes, 300 rows, logistic regression                      35         .74      .83
five labels, 300 rows, one cell turned round in 30 of them       29         .77      .75
amounts, 300 rows, 30 shifted by 1 to 3 sd, ridge                30        1.00     1.00
the same, a random forest that predicts worse                    23         .94      .73
height of 158 real beads, 16 shifted likewise, random forest     11         .65      .44

Of the planted multi-label errors found, 96 % came with the right suggestion. Without any planted error 0 (ridge) to 8 (classes) of
300 rows were named, and 7 of the 158 beads: the list is for a person to look at, never to apply. A weak model finds few errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class
from cleanlab.multilabel_classification.rank import get_label_quality_scores as score_labels
from cleanlab.rank import get_label_quality_scores as score_classes
from cleanlab.regression.rank import get_label_quality_scores as score_amounts

from finetune.records import DataError

ROBUST_Z = 3.5  # Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers", on 0.6745 (x - median) / MAD
SIGMA_OF_MAD = 1.4826  # of a normal distribution
FINEST = 1e-3  # of the targets' own robust spread: residuals below it are rounding, however regular they are


@dataclass(frozen=True)
class Suspect:
    """A doubtful target: `index` in the arrays, `score` from 0 (surely wrong) to 1, and both targets as one would write them.

    `suggested` is empty where the model sees none of the labels.
    """

    index: int
    score: float
    given: str
    suggested: str


def suspects_in_classes(labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str]) -> list[Suspect]:
    """Doubtful ones of `labels` int [n], from out-of-fold probabilities [n, classes], or [n] of the second of two; worst first.

    The score is the probability of the given class. Raises DataError for arrays that do not fit together or a single class.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=float)
    if probabilities.ndim == 1:
        probabilities = np.stack([1 - probabilities, probabilities], axis=1)
    _check(probabilities, (len(labels), len(names)))
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(names):
        raise DataError(f"Classes must be whole numbers from 0 to {len(names) - 1}, one for each name.")
    if len(np.unique(labels)) < 2:
        raise DataError(f"All {len(labels)} examples are {names[labels[0]]!r}; wrong labels can only be found among at least two classes.")
    doubtful = find_label_issues(labels, probabilities, filter_by="low_self_confidence", n_jobs=1)
    best = probabilities.argmax(axis=1)
    doubtful &= best != labels  # no suspicion without another suggestion
    score = score_classes(labels, probabilities, method="self_confidence")
    return _worst_first([Suspect(int(i), _unit(score[i]), names[labels[i]], names[best[i]]) for i in np.flatnonzero(doubtful)])


def suspects_in_labels(truth: np.ndarray, probabilities: np.ndarray, names: Sequence[str]) -> list[Suspect]:
    """Rows with a doubtful label in `truth` 0/1 [n, labels], from out-of-fold probabilities [n, labels]; worst first.

    Suggested are the given labels with the doubtful ones turned round. A label that all or no rows have is left as it is: nothing tells
    what the other case looks like. Raises DataError for arrays that do not fit together.
    """
    truth, probabilities = np.asarray(truth), np.asarray(probabilities, dtype=float)
    _check(probabilities, (len(truth), len(names)))
    if truth.shape != probabilities.shape or not np.isin(truth, (0, 1)).all():
        raise DataError(f"Labels must be 0 or 1 in an array of {len(truth)} rows and {len(names)} columns, not {truth.shape}.")
    truth = truth.astype(int)
    varied = np.flatnonzero(truth.min(axis=0) != truth.max(axis=0))
    doubtful = np.zeros(truth.shape, dtype=bool)
    if varied.size:
        doubtful[:, varied] = find_multilabel_issues_per_class(
            _present(truth[:, varied]), probabilities[:, varied], filter_by="low_self_confidence", n_jobs=1
        )
    if not doubtful.any():
        return []
    if len(names) > 1:
        score = score_labels(_present(truth), probabilities, method="self_confidence")
    else:  # which cleanlab does not take for multi-label
        score = score_classes(truth[:, 0], np.hstack([1 - probabilities, probabilities]), method="self_confidence")
    suggested = np.where(doubtful, 1 - truth, truth)
    rows = np.flatnonzero(doubtful.any(axis=1))
    return _worst_first([Suspect(int(i), _unit(score[i]), _joined(truth[i], names), _joined(suggested[i], names)) for i in rows])


def suspects_in_amounts(truth: np.ndarray, predictions: np.ndarray, log: bool | Sequence[bool] = False, threshold: float = ROBUST_Z) -> list[Suspect]:
    """Doubtful amounts in `truth` [n] or [n, targets], from out-of-fold predictions of the same shape and unit; worst first.

    A row is suspect where a residual lies more than `threshold` robust standard deviations from the median residual; of several targets
    the worst one counts. The score is cleanlab's, exp(-residual), in these deviations, so that targets of different units compare.
    `log` (of all, or of each target) measures residuals as ratios, for amounts whose error grows with them. At 3.5 one clean row in
    2,000 is named if residuals are normal. Raises DataError for arrays that do not fit together.
    """
    truth, predictions = np.asarray(truth, dtype=float), np.asarray(predictions, dtype=float)
    if not truth.size or truth.ndim > 2 or truth.shape != predictions.shape:
        raise DataError(f"Amounts of shape {truth.shape} and predictions of shape {predictions.shape} must be equally long and not empty.")
    if not (np.isfinite(truth).all() and np.isfinite(predictions).all()):
        raise DataError("An amount or its prediction is not a finite number; remove the row or measure it again.")
    truth, predictions = truth.reshape(len(truth), -1), predictions.reshape(len(truth), -1)
    logs = [log] * truth.shape[1] if isinstance(log, bool) else list(log)
    if len(logs) != truth.shape[1]:
        raise DataError(f"`log` has {len(logs)} values for {truth.shape[1]} targets; give one, or one for each.")
    columns = [_amount_scores(t, p, as_ratio) for t, p, as_ratio in zip(truth.T, predictions.T, logs, strict=True)]
    score = np.min(columns, axis=0)
    return _worst_first(
        [Suspect(int(i), _unit(score[i]), _amounts(truth[i]), _amounts(predictions[i])) for i in np.flatnonzero(score < np.exp(-threshold))]
    )


def _amount_scores(truth: np.ndarray, predicted: np.ndarray, log: bool) -> np.ndarray:
    """cleanlab's score of one target [n], residuals counted in robust standard deviations from their median."""
    if log:
        if (truth <= 0).any() or (predicted <= 0).any():
            raise DataError("Residuals as ratios need amounts and predictions above zero; measure them with log=False.")
        truth, predicted = np.log(truth), np.log(predicted)
    residual = predicted - truth
    centre = np.median(residual)
    sigma = max(SIGMA_OF_MAD * np.median(np.abs(residual - centre)), FINEST * SIGMA_OF_MAD * np.median(np.abs(truth - np.median(truth))))
    if sigma == 0:  # more than half of the rows are one value, and predicted exactly: no scale to judge the others by
        return np.ones(len(truth))
    return score_amounts(truth / sigma, (predicted - centre) / sigma, method="residual")  # an offset of the model is no wrong label


def _check(probabilities: np.ndarray, shape: tuple[int, int]) -> None:
    if not shape[0] or probabilities.shape != shape:
        raise DataError(f"Probabilities must be an array of {shape[0]} rows (at least one) and {shape[1]} columns, not {probabilities.shape}.")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise DataError("A probability is not a number from 0 to 1; give out-of-fold probabilities, not logits.")


def _present(truth: np.ndarray) -> list[list[int]]:
    """0/1 rows as cleanlab wants them: the places of the ones."""
    return [np.flatnonzero(row).tolist() for row in truth]


def _joined(row: np.ndarray, names: Sequence[str]) -> str:
    return " or ".join(names[i] for i in np.flatnonzero(row))


def _amounts(values: np.ndarray) -> str:
    return " | ".join(f"{value:.6g}" for value in values)


def _unit(score: float) -> float:
    return float(np.clip(score, 0, 1))


def _worst_first(suspects: list[Suspect]) -> list[Suspect]:
    return sorted(suspects, key=lambda suspect: (suspect.score, suspect.index))
