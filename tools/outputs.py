"""What the raw outputs of a trained model mean: calibrated probabilities, conformal sets and intervals, amounts in their own units.

Plain numbers, kept as JSON beside the weights; `finetune` fits them, everyone applies them with numpy and scipy alone.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from pydantic import TypeAdapter
from scipy.special import expit, softmax


@dataclass(frozen=True)
class Calibration:
    """What turns logits or standardised amounts into calibrated decisions. Uncalibrated by default."""

    temperature: float = 1.0
    thresholds: tuple[float, ...] = ()
    radius: tuple[float, ...] = ()  # of amounts: half width of each target's interval, on the standardised scale
    set_quantile: float | None = None  # of classes: a class is in the set if 1 - probability is at most this
    level: float = 0.9
    bias: tuple[float, ...] = ()  # of classes: added to the logits for probabilities, not for the choice (a model may be fitted to an even mix)

    def label_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Probability of each label [examples, labels]."""
        return np.asarray(expit(outputs / self.temperature))

    def chosen_labels(self, outputs: np.ndarray) -> np.ndarray:
        """0/1 [examples, labels] at the thresholds."""
        return (self.label_probabilities(outputs) >= (np.array(self.thresholds) if self.thresholds else 0.5)).astype(int)

    def class_logits(self, outputs: np.ndarray) -> np.ndarray:
        """Calibrated logits [examples, classes]."""
        return np.asarray(outputs / self.temperature + (np.array(self.bias) if self.bias else 0.0))

    def class_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Probability of each class [examples, classes]."""
        return np.asarray(softmax(self.class_logits(outputs), axis=1))

    def chosen_classes(self, outputs: np.ndarray) -> np.ndarray:
        """Number of the class that the model decides for [examples]."""
        return np.asarray(outputs.argmax(axis=1))

    def class_sets(self, outputs: np.ndarray) -> np.ndarray:
        """Whether each class is in the conformal set [examples, classes]; the chosen one always is."""
        probability = softmax(outputs / self.temperature, axis=1)  # without the bias, which knows the data that set the quantile
        inside = 1 - probability <= (1.0 if self.set_quantile is None else self.set_quantile)
        inside[np.arange(len(inside)), self.chosen_classes(outputs)] = True
        return np.asarray(inside)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Self:
        return TypeAdapter(cls).validate_python(saved)


@dataclass(frozen=True)
class Scale:
    """How amounts were standardised: per target the mean and spread of its values, or of their logarithms where `log`."""

    names: tuple[str, ...]
    log: tuple[bool, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    low: tuple[float | None, ...]  # bounds of the target itself, such as a grade from 0 to 1
    high: tuple[float | None, ...]

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Standardised outputs [examples, targets] in the targets' own units, inside their bounds."""
        values = np.asarray(outputs, dtype=float) * self.std + self.mean
        for column, log in enumerate(self.log):
            values[:, column] = np.exp(values[:, column].clip(-300, 300)) if log else values[:, column]
        for column, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            values[:, column] = values[:, column].clip(-np.inf if low is None else low, np.inf if high is None else high)
        return values


@dataclass(frozen=True)
class Novelty:
    """How unlike the training records an example is: the Mahalanobis distance of its features and text vector (Lee et al. 2018,
    arXiv:1807.03888), as a linear map and the training records' own distances."""

    mean: np.ndarray  # [size]
    whiten: np.ndarray  # [size, directions]
    distances: np.ndarray  # sorted, of the training records

    def score(self, inputs: np.ndarray) -> np.ndarray:
        """Share of the training records that lie nearer to the centre [examples], for inputs [examples, size]."""
        distance = np.linalg.norm((inputs - self.mean) @ self.whiten, axis=1)
        return np.asarray(np.searchsorted(self.distances, distance) / len(self.distances))
