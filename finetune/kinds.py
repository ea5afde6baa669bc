"""The three kinds of output: labels (each yes or no), classes (one of several), amounts (numbers with a scale).

A kind turns targets into arrays and outputs of a model into probabilities or amounts, has the loss that trains it and the scores
that judge it, and is saved as JSON beside the weights. `targets` are labels: float32 0/1 [examples, labels]; classes: int64
[examples]; amounts: float32 [examples, targets], standardised. `outputs` are logits, or standardised amounts, [examples, size].
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import TypeAdapter
from torch.nn import functional

from finetune.metrics import Scores, amounts_scores, classes_scores, expected_calibration_error, labels_scores, length_bias
from finetune.records import DataError, Record
from finetune.splits import bins
from finetune.targets import amounts, is_normal, labels
from tools.outputs import Calibration, Scale

KindName = Literal["labels", "classes", "amounts"]


class Kind(ABC):
    """One kind of output. `names` are those of the outputs."""

    kind: ClassVar[KindName]
    names: tuple[str, ...]

    @property
    def metric(self) -> str:
        """What selects the best model, unless the user names another."""
        return "macro_f1"

    @property
    def size(self) -> int:
        return len(self.names)

    @abstractmethod
    def encode(self, records: Sequence[Record]) -> np.ndarray:
        """Targets of the records. Raises DataError that names the row."""

    @abstractmethod
    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Mean loss of a batch."""

    @abstractmethod
    def score(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> Scores:
        """The metrics of this kind and the loss of the raw outputs; with a calibration, of calibrated decisions, and with its coverage."""

    @abstractmethod
    def per_name(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> dict[str, Scores]:
        """The metrics of each output alone, by name."""

    @abstractmethod
    def strata(self, targets: np.ndarray) -> np.ndarray:
        """0/1 [examples, columns] that folds should spread evenly."""

    def _mean_loss(self, targets: np.ndarray, outputs: np.ndarray) -> float:
        return float(self.loss(torch.from_numpy(np.asarray(outputs, dtype=np.float32)), torch.from_numpy(targets)))

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind} | asdict(self)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Labels(Kind):
    """Every label yes or no for itself: binary cross-entropy on one logit each. With one name it is the binary task:
    `positive` says which raw targets count as 1 (None: whatever is not Normal)."""

    kind: ClassVar[KindName] = "labels"
    names: tuple[str, ...]
    binary: bool = False
    positive: str | None = None

    def encode(self, records: Sequence[Record]) -> np.ndarray:
        if self.binary:
            return np.array([[float(self._is_positive(r))] for r in records], dtype=np.float32)
        found = [labels(r.target) for r in records]
        for record, those in zip(records, found, strict=True):
            if unseen := [name for name in those if name not in self.names]:
                raise _unseen(record, unseen[0], self.names)
        return np.array([[float(name in those) for name in self.names] for those in found], dtype=np.float32)

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(outputs, targets)

    def score(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> Scores:
        calibration = calibration or Calibration()
        probability, truth = calibration.label_probabilities(outputs), targets.astype(int)
        chosen = calibration.chosen_labels(outputs)
        ece = float(np.mean([expected_calibration_error(t, p) for t, p in zip(truth.T, probability.T, strict=True)]))
        scores = classes_scores(truth[:, 0], chosen[:, 0]) if self.binary else labels_scores(truth, chosen)
        return scores | {"ece": ece, "loss": self._mean_loss(targets, outputs)}

    def per_name(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> dict[str, Scores]:
        calibration = calibration or Calibration()
        chosen, probability = calibration.chosen_labels(outputs), calibration.label_probabilities(outputs)
        return {n: _one_label(targets[:, i].astype(int), chosen[:, i], probability[:, i]) for i, n in enumerate(self.names)}

    def strata(self, targets: np.ndarray) -> np.ndarray:
        return targets.astype(int)

    def _is_positive(self, record: Record) -> bool:
        if self.positive is None:
            return not is_normal(record.target)
        return plain(record.target) == self.positive


@dataclass(frozen=True)
class Classes(Kind):
    """Exactly one of several classes: cross-entropy. `study` joins what contains Normal into one class, all else into the other."""

    kind: ClassVar[KindName] = "classes"
    names: tuple[str, ...]
    study: bool = False

    def encode(self, records: Sequence[Record]) -> np.ndarray:
        if self.study:
            return np.array([int(not is_normal(r.target)) for r in records], dtype=np.int64)
        place = {name.casefold(): i for i, name in enumerate(self.names)}
        for record in records:
            if plain(record.target).casefold() not in place:
                raise _unseen(record, plain(record.target), self.names)
        return np.array([place[plain(r.target).casefold()] for r in records], dtype=np.int64)

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(outputs, targets)

    def score(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> Scores:
        calibrated = calibration or Calibration()
        probability, predicted = calibrated.class_probabilities(outputs), calibrated.chosen_classes(outputs)
        one_hot = np.eye(self.size, dtype=int)
        scores = labels_scores(one_hot[targets], one_hot[predicted]) | classes_scores(targets, predicted)
        scores["ece"] = expected_calibration_error((predicted == targets).astype(int), probability[np.arange(len(targets)), predicted])
        scores["loss"] = self._mean_loss(targets, outputs)
        if calibration and calibration.set_quantile is not None:
            inside = calibration.class_sets(outputs)
            scores |= {"coverage": float(inside[np.arange(len(targets)), targets].mean()), "set_size": float(inside.sum(axis=1).mean())}
        return scores

    def per_name(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> dict[str, Scores]:
        calibration = calibration or Calibration()
        probability, predicted = calibration.class_probabilities(outputs), calibration.chosen_classes(outputs)
        return {n: _one_label((targets == i).astype(int), (predicted == i).astype(int), probability[:, i]) for i, n in enumerate(self.names)}

    def strata(self, targets: np.ndarray) -> np.ndarray:
        return np.eye(self.size, dtype=int)[targets]


class Amounts(Scale, Kind):
    """One or several numbers: mean squared error on each target's standardised value, or the logarithm where `log`."""

    kind: ClassVar[KindName] = "amounts"

    @property
    def metric(self) -> str:
        return "rmse" if self.size == 1 else "loss"  # several are in several units; the loss is of standardised values

    def encode(self, records: Sequence[Record]) -> np.ndarray:
        found = [amounts(record) for record in records]
        if odd := next((r for r, those in zip(records, found, strict=True) if len(those) != self.size), None):
            raise DataError(f"{odd.where}: the model predicts {', '.join(self.names)}; name {'one target column' if self.size == 1 else 'as many'}.")
        values = np.array(found, dtype=float)
        for column, (name, log) in enumerate(zip(self.names, self.log, strict=True)):
            if log and (bad := np.flatnonzero(values[:, column] <= 0)).size:
                raise DataError(
                    f"{records[bad[0]].where}: {name} is {values[bad[0], column]:g}, but this model works on its logarithm; "
                    "train with --scale linear, or remove the row."
                )
        return self.standardised(values)

    def standardised(self, values: np.ndarray) -> np.ndarray:
        """Amounts [examples, targets] as the model sees them; `decode` reads them back."""
        scaled = [np.log(np.maximum(column, 1e-300)) if log else column for column, log in zip(values.T, self.log, strict=True)]
        return ((np.column_stack(scaled) - self.mean) / self.std).astype(np.float32)

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.mse_loss(outputs, targets)

    def score(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> Scores:
        each = list(self.per_name(targets, outputs, calibration).values())
        return {metric: float(np.mean([scores[metric] for scores in each])) for metric in each[0]} | {"loss": self._mean_loss(targets, outputs)}

    def per_name(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> dict[str, Scores]:
        truth, predicted = self.decode(targets), self.decode(outputs)
        found = {name: amounts_scores(truth[:, i], predicted[:, i]) for i, name in enumerate(self.names)}
        if calibration and calibration.radius:
            inside = np.abs(targets - outputs) <= np.array(calibration.radius)
            for i, name in enumerate(self.names):
                found[name]["coverage"] = float(inside[:, i].mean())
        return found

    def strata(self, targets: np.ndarray) -> np.ndarray:
        return bins(targets[:, 0])


def scores_of(kind: Kind, records: Sequence[Record], targets: np.ndarray, outputs: np.ndarray, calibration: Calibration) -> Scores:
    """The calibrated scores of the records, and where a second text is graded whether its length is rewarded."""
    scores = kind.score(targets, outputs, calibration)
    if not isinstance(kind, Amounts) or not all(record.text_b for record in records):
        return scores
    lengths = np.array([len(record.text_b) for record in records], dtype=float)
    return scores | length_bias(kind.decode(targets)[:, 0], kind.decode(outputs)[:, 0], lengths)


def from_json(saved: dict[str, Any]) -> Kind:
    """The kind that `to_json` wrote."""
    chosen: dict[str, type[Kind]] = {"labels": Labels, "classes": Classes, "amounts": Amounts}
    return TypeAdapter(chosen[saved["kind"]]).validate_python({key: value for key, value in saved.items() if key != "kind"})


def plain(target: object) -> str:
    """A class as text; 0, 0.0 and "0" are one class, and capitals count only for how it is written."""
    text = str(target).strip().rstrip(".")
    return text.removesuffix(".0") if text.removesuffix(".0").lstrip("-").isdigit() else text


def _one_label(truth: np.ndarray, chosen: np.ndarray, probability: np.ndarray) -> Scores:
    hit = float((truth * chosen).sum())
    precision, recall = hit / max(float(chosen.sum()), 1.0), hit / max(float(truth.sum()), 1.0)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-12),
        "support": float(truth.sum()),
        "ece": expected_calibration_error(truth, probability),
    }


def _unseen(record: Record, name: str, known: Sequence[str]) -> DataError:
    return DataError(
        f"{record.where}: the label {name[:60]!r} was not in the training data, which has {', '.join(known)}; correct it or train again."
    )
