"""Whether what is served knows more than a constant: the mean, the commonest class, the share of each label.

A metric of decisions alone does not tell: random answers have a better macro F1 than the commonest class. So the mean loss of the
calibrated outputs must be lower too, by more than chance: paired over the held-out rows, with the groups as units.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import log_softmax

from finetune.kinds import Kind
from finetune.metrics import Scores, value

CLEARLY = 1.645  # standard errors: one time in twenty by chance
CONSTANT = "constant"
_ALWAYS = {"amounts": "the mean", "classes": "the commonest class", "labels": "the share of each label"}


def against_constant(
    kind: Kind, targets: np.ndarray, groups: Sequence[str], metric: str, served: tuple[Scores, np.ndarray], constant: tuple[Scores, np.ndarray]
) -> dict[str, Any]:
    """The metric of both, whether what is served is clearly better, and if not a sentence to say so (`says`). Each is given by its
    scores and its calibrated outputs [rows, size] for the held-out rows."""
    ours, floor = served[0][metric], constant[0][metric]
    better = value(served[0], metric) > value(constant[0], metric)
    clear = better and gain(row_losses(kind, targets, constant[1]) - row_losses(kind, targets, served[1]), groups) > CLEARLY
    says = ""
    if not clear:
        how = "Not clearly better than" if better else "No better than"
        says = (
            f"{how} a constant: always answering {_ALWAYS[kind.kind]} has {metric} {floor:.4g} on held-out rows, this model {ours:.4g}; "
            "do not rely on it before more data, or other columns, make it better."
        )
    return {"metric": metric, "served": ours, CONSTANT: floor, "beaten": bool(clear), "says": says}


def gain(differences: np.ndarray, groups: Sequence[str]) -> float:
    """The mean of the rows' differences [rows] in its standard errors, where rows of a group are not independent of each other."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    mean = float(differences.mean())
    sums = np.bincount(member, differences - mean)
    error = float(np.sqrt((sums**2).sum() * len(names) / max(len(names) - 1, 1))) / len(differences)
    return mean / error if error > 0 else float(np.sign(mean)) * np.inf if mean else 0.0


def row_losses(kind: Kind, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The loss of each row [rows], of the kind that trains it."""
    if kind.kind == "classes":
        return np.asarray(-log_softmax(outputs, axis=1)[np.arange(len(targets)), targets])
    if kind.kind == "labels":
        return np.asarray((np.logaddexp(0, outputs) - targets * outputs).mean(axis=1))
    return np.asarray(((outputs - targets) ** 2).mean(axis=1))
