"""Which unlabelled texts to label next: four criteria, each an array → a score [n] from 0 to 1, and a budget shared between them.

A score is the rank of a text among the n (1: label this one first; ties share the lower rank, so that a criterion which sees no
difference gives 0 to all). What makes the arrays, and who labels, is not known here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from finetune.records import DataError

UNKNOWN = ("[UNK]", "<unk>")
NEAR_DUPLICATE = 0.98  # cosine; all-MiniLM on simulated experiments: .966 to .977 for two wordings of one, 8 % of pairs of different ones above .98
MOST_CLUSTERS = 50


@dataclass(frozen=True)
class Pick:
    """A text to label: its `index`, the criterion that chose it, and the score there."""

    index: int
    criterion: str
    score: float


def near_half(probabilities: np.ndarray) -> np.ndarray:
    """Uncertainty of yes-or-no labels, from probabilities [n] or [n, labels]: how near one half the least certain label is."""
    p = _probabilities(probabilities, 1, 2)
    return _ranked(-np.abs(p - 0.5).reshape(len(p), -1).min(axis=1))


def small_margin(probabilities: np.ndarray) -> np.ndarray:
    """Uncertainty among classes, from probabilities [n, classes]: how close the two likeliest are (Scheffer et al. 2001)."""
    p = _probabilities(probabilities, 2)
    if p.shape[1] < 2:
        raise DataError("A margin needs the probabilities of at least two classes; use near_half for one label.")
    top = np.sort(p, axis=1)[:, -2:]
    return _ranked(top[:, 0] - top[:, 1])


def wide_interval(predictions: np.ndarray) -> np.ndarray:
    """Uncertainty of amounts, from a committee's predictions [n, members] or [n, members, targets]: their standard deviation, of several
    targets the widest in units of that target's mean deviation (query by committee, Burbidge et al. 2007)."""
    p = _array(predictions, 2, 3)
    spread = p.reshape(*p.shape[:2], -1).std(axis=1)
    return _ranked((spread / np.maximum(spread.mean(axis=0), np.finfo(float).tiny)).max(axis=1))


def rare_entropy(probabilities: np.ndarray, counts: np.ndarray, exclusive: bool) -> np.ndarray:
    """Entropy weighted by the rarity of the labels, -Σ w p ln p (Guiaşu 1971), from probabilities [n, labels] and how many labelled examples
    have each label [labels]; w = 1 / (count + 1). `exclusive`: classes, of which each text has one; else every label is yes or no, and a
    label's weight stands before both of its terms."""
    p, weight = _probabilities(probabilities, 2), 1 / (_array(counts, 1) + 1)
    if len(weight) != p.shape[1]:
        raise DataError(f"There are {len(weight)} label counts for the probabilities of {p.shape[1]} labels; give one count a label.")
    entropy = _plogp(p) if exclusive else _plogp(p) + _plogp(1 - p)
    return _ranked(entropy @ weight)


def unknown_words(rates: np.ndarray) -> np.ndarray:
    """Texts that the tokenizer does not know, from the share of unknown tokens in each [n]."""
    return _ranked(_array(rates, 1))


def unknown_rates(tokens: Sequence[Sequence[str]], masks: Sequence[Sequence[int]]) -> np.ndarray:
    """The share of unknown tokens among each text's own [n]; `masks` mark by 1 what a tokenizer adds, padding above all, which would make
    short texts beside a long one seem known."""
    own = [[token in UNKNOWN for token, added in zip(text, mask, strict=True) if not added] for text, mask in zip(tokens, masks, strict=True)]
    return np.array([np.mean(unknown) if unknown else 0.0 for unknown in own])


def cluster_outliers(vectors: np.ndarray, clusters: int | None = None, seed: int = 0) -> np.ndarray:
    """Unusual texts, from pooled vectors or features [n, width]: distance to the own centre of k-means (by default √(n/2) clusters, at most
    50), each column in units of its own spread, since features come in all sorts of units.

    A far outlier draws a centre to itself and would then have no distance at all, so clusters smaller than a quarter of the
    average are not counted as anyone's own: their texts are measured from the nearest of the others.
    """
    x = StandardScaler().fit_transform(_array(vectors, 2))
    wanted = clusters or min(MOST_CLUSTERS, max(1, round(np.sqrt(len(x) / 2))))
    k = min(wanted, len(np.unique(x, axis=0)))
    fitted = KMeans(k, n_init=4, random_state=seed).fit(x)
    real = np.bincount(fitted.labels_, minlength=k) >= len(x) / k / 4
    return _ranked(fitted.transform(x)[:, real].min(axis=1))


def select(scores: Mapping[str, np.ndarray], budget: int, vectors: np.ndarray | None = None, near: float = NEAR_DUPLICATE) -> list[Pick]:
    """At most `budget` texts, from each criterion in turn its best one that is left; a text is never picked twice.

    A criterion whose best is 0 passes its turn while others have more. With `vectors` [n, width], texts with a cosine above `near` to an
    earlier pick wait until only such are left. Ties go to the earlier text. Raises DataError for scores of unequal length or a budget
    below 1.
    """
    columns = {name: _array(score, 1) for name, score in scores.items()}
    sizes = {len(column) for column in columns.values()} | ({len(vectors)} if vectors is not None else set())
    if len(sizes) != 1:
        raise DataError(f"The scores and vectors must be of the same texts; there are {', '.join(map(str, sorted(sizes))) or 'no'} lengths.")
    if budget < 1:
        raise DataError(f"A budget of {budget} selects nothing; give the number of texts to label, 1 or more.")
    unit = None if vectors is None else _unit_length(_array(vectors, 2))
    free, fresh = np.ones((2, sizes.pop()), dtype=bool)
    picks: list[Pick] = []
    for name in cycle(columns):
        if len(picks) == budget or not free.any():
            return picks
        open_ = np.flatnonzero(free & fresh) if (free & fresh).any() else np.flatnonzero(free)
        best = open_[columns[name][open_].argmax()]
        score = float(columns[name][best])
        if score <= 0 and any((column[open_] > 0).any() for column in columns.values()):
            continue
        picks.append(Pick(int(best), name, score))
        free[best] = False
        if unit is not None:
            fresh &= unit @ unit[best] <= near
    return picks


def _array(values: np.ndarray, *dimensions: int) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim not in dimensions or not array.size or not np.isfinite(array).all():
        wanted = " or ".join(map(str, dimensions))
        raise DataError(f"An array of {wanted} dimensions with finite numbers for at least one text is needed, not one of shape {array.shape}.")
    return array


def _probabilities(values: np.ndarray, *dimensions: int) -> np.ndarray:
    array = _array(values, *dimensions)
    if array.min() < 0 or array.max() > 1:
        raise DataError(f"Probabilities from {array.min():.3g} to {array.max():.3g} are none; give numbers from 0 to 1, not logits.")
    return array


def _ranked(values: np.ndarray) -> np.ndarray:
    """Ranks [n] from 0 (lowest) to 1; equal ones (but for rounding) share the lowest of their ranks."""
    return (rankdata(values.round(12), method="min") - 1) / max(len(values) - 1, 1)


def _plogp(p: np.ndarray) -> np.ndarray:
    return -p * np.log(np.maximum(p, np.finfo(float).tiny))


def _unit_length(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(float).tiny)
