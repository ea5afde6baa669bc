"""Classical heads: scikit-learn models on a record's features, for targets of three kinds, served as ONNX. No text, no torch.

labels   targets 0/1 [n, outputs]           → logits [n, outputs]
classes  targets int [n]                    → log-probabilities [n, outputs]
amounts  targets standardised [n, outputs]  → values [n, outputs]
"""

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GroupKFold
from sklearn.utils.class_weight import compute_sample_weight

from finetune.classical_models import MODELS
from finetune.classical_onnx import Graph
from finetune.tfidf import TfidfLinear

__all__ = ["CLASSICAL", "ClassicalHead", "TfidfLinear", "tfidf_linear"]

Kind = Literal["labels", "classes", "amounts"]
FLOOR = 1e-3  # the least probability a head states: a leaf without an example of a class does not exclude it
FOLDS = {"labels": 5, "classes": 5, "amounts": 8}
GAUSSIAN_PROCESS_ROWS = 1000  # a Gaussian process takes the cube of its rows, so of more it is shown a sample
SQUASHED = frozenset({"linear", "polynomial", "kernel", "network"})  # classifiers that heavy tails mislead; trees they do not
MARGIN = 1.0  # features count up to this many training ranges beyond the training range; further out a head only extrapolates


class ClassicalHead:
    """One scikit-learn model for each target (one for all classes), with hyperparameters from a grouped inner
    cross-validation where the model's table row names several. `fit`, `outputs` and `export` as the module says."""

    def __init__(self, name: str, kind: Kind, seed: int, balanced: bool = False) -> None:
        """`balanced`: each class counts alike in the fit, however many examples it has; its probabilities are then of such a mix."""
        self.name, self.kind, self.seed, self.weight = name, kind, seed, "balanced" if balanced else None
        self.squashed = name in SQUASHED and kind != "amounts"  # a law such as a product of powers is to stay linear in logs
        self.parts: list[Any] = []  # fitted models; a float where a training column was constant

    def fit(self, features: np.ndarray, targets: np.ndarray, outputs: int, groups: Sequence[str]) -> Self:
        """features float32 [n, f], all finite; `groups` [n] stay on one side of the inner splits."""
        given = np.asarray(features, dtype=np.float32)
        self.width, self.size = given.shape[1], outputs
        low, high = given.min(axis=0), given.max(axis=0)
        self.kept = np.flatnonzero(high > low)
        self.low, self.high = ((low - MARGIN * (high - low))[self.kept], (high + MARGIN * (high - low))[self.kept])
        quartiles = np.quantile(given[:, self.kept], (0.25, 0.5, 0.75), axis=0).astype(np.float32)
        spread = quartiles[2] - quartiles[0]
        self.middle = quartiles[1]
        self.spread = np.where(spread > 0, spread, (high - low)[self.kept]).astype(np.float32)
        columns = [np.asarray(targets)] if self.kind == "classes" else list(np.asarray(targets).T)
        self.parts = [self._part(self._prepared(given), column, np.asarray(groups)) for column in columns]
        return self

    def outputs(self, features: np.ndarray) -> np.ndarray:
        """Outputs float32 [n, outputs]."""
        given = self._prepared(np.asarray(features, dtype=np.float32))
        if self.kind == "classes":
            p = np.clip(_probabilities(self.parts[0], given, self.size), FLOOR, 1)
            return np.asarray(np.log(p / p.sum(axis=1, keepdims=True)), dtype=np.float32)
        columns = [np.full(len(given), part) if isinstance(part, float) else self._column(part, given) for part in self.parts]
        return np.stack(columns, axis=1).astype(np.float32)

    def export(self, file: Path) -> None:
        """Write ONNX: `features` float32 [batch, f] → `output` float32 [batch, outputs], the same as `outputs`."""
        graph = Graph([], [])
        given = graph.add("Gather", "features", self.kept, axis=1)
        given = graph.add("Min", graph.add("Max", given, self.low), self.high)
        if self.squashed:
            given = graph.add("Asinh", graph.add("Div", graph.add("Sub", given, self.middle), self.spread))
        columns = [self._node(graph, part, given) for part in self.parts]
        output = columns[0] if len(columns) == 1 else graph.add("Concat", *columns, axis=1)
        graph.save(output, self.width, self.size, file)

    def _prepared(self, given: np.ndarray) -> np.ndarray:
        inside = np.minimum(np.maximum(given[:, self.kept], self.low), self.high)
        return np.arcsinh((inside - self.middle) / self.spread) if self.squashed else inside

    def _part(self, given: np.ndarray, target: np.ndarray, groups: np.ndarray) -> Any:
        values, counts = np.unique(target, return_counts=True)
        if self.kind == "classes":
            if len(values) == 1 or not len(self.kept):
                return {int(value): float(count / len(target)) for value, count in zip(values, counts, strict=True)}
        elif self.kind == "labels" and (len(values) == 1 or not len(self.kept)):
            share = (float(target.sum()) + 0.5) / (len(target) + 1)
            return float(np.log(share / (1 - share)))
        elif len(values) == 1 or not len(self.kept):
            return float(target.mean())
        target = target.astype(float if self.kind == "amounts" else int)
        if self.name == "gaussian_process" and len(given) > GAUSSIAN_PROCESS_ROWS:
            shown = np.random.default_rng(self.seed).choice(len(given), GAUSSIAN_PROCESS_ROWS, replace=False)
            given, target, groups = given[shown], target[shown], groups[shown]
        with warnings.catch_warnings():
            for odd in (ConvergenceWarning, LinAlgWarning):  # such a model is judged by its held-out score like any other
                warnings.simplefilter("ignore", odd)
            rows, width = given.shape
            model = self._chosen(MODELS[self.name](self.kind, self.seed, rows, width, self.weight), given, target, groups)
            return model.fit(given, target)

    def _chosen(self, models: list[Any], given: np.ndarray, target: np.ndarray, groups: np.ndarray) -> Any:
        """The model with the least held-out loss (squared error, or log loss) over groups; the first where there is no choice."""
        if len(models) == 1 or len(set(groups)) < 2:
            return models[0]
        splits = list(GroupKFold(min(FOLDS[self.kind], len(set(groups))), shuffle=True, random_state=self.seed).split(given, target, groups))
        return min(models, key=lambda model: sum(self._loss(clone(model), given, target, *split) for split in splits))

    def _loss(self, model: Any, given: np.ndarray, target: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
        if self.kind == "amounts":
            return float(((model.fit(given[train], target[train]).predict(given[test]) - target[test]) ** 2).sum())
        if len(set(target[train])) < 2:
            return 0.0  # the same for every model
        p = _probabilities(model.fit(given[train], target[train]), given[test], int(target.max()) + 1)
        weights = compute_sample_weight(self.weight, target[test])
        return float(-(weights * np.log(np.clip(p[np.arange(len(test)), target[test]], FLOOR, 1))).sum())

    def _column(self, model: Any, given: np.ndarray) -> np.ndarray:
        if self.kind == "amounts":
            return np.asarray(model.predict(given))
        p = np.clip(model.predict_proba(given)[:, 1], FLOOR, 1 - FLOOR)
        return np.asarray(np.log(p / (1 - p)))

    def _node(self, graph: Graph, part: Any, given: str) -> str:
        zero = np.zeros((self.width, self.size if self.kind == "classes" else 1), dtype=np.float32)
        if isinstance(part, float):
            return graph.add("Add", graph.add("MatMul", "features", zero), np.array([part], dtype=np.float32))
        if isinstance(part, dict):
            shares = np.array([part.get(value, 0.0) for value in range(self.size)], dtype=np.float32)
            found = graph.add("Add", graph.add("MatMul", "features", zero), shares)
        else:
            found = graph.model(part, given, len(self.kept), double=self.name == "gaussian_process")
        if self.kind == "amounts":
            return found
        floor, one = np.float32(FLOOR), np.float32(1)
        if self.kind == "labels":
            p = graph.add("Clip", graph.add("Gather", found, np.array([1]), axis=1), np.array(floor), np.array(one - floor))
            return graph.add("Log", graph.add("Div", p, graph.add("Sub", np.array(one), p)))
        if not isinstance(part, dict):
            found = graph.add("MatMul", found, np.eye(self.size, dtype=np.float32)[part.classes_])
        p = graph.add("Clip", found, np.array(floor), np.array(one))
        return graph.add("Log", graph.add("Div", p, graph.add("ReduceSum", p, np.array([1]), keepdims=1)))


def _probabilities(model: Any, given: np.ndarray, size: int) -> np.ndarray:
    """Probabilities [n, size], 0 for classes that the model was not shown."""
    full = np.zeros((len(given), size))
    if isinstance(model, dict):
        full[:, list(model)] = list(model.values())
    else:
        full[:, model.classes_] = model.predict_proba(given)
    return full


CLASSICAL: dict[str, Callable[..., ClassicalHead]] = {name: partial(ClassicalHead, name) for name in MODELS}


def tfidf_linear(kind: Kind, seed: int = 0) -> TfidfLinear:
    """What the words alone give, for comparison."""
    return TfidfLinear(kind, seed)
