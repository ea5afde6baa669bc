"""Distillation: a small encoder learns the targets and, beside them, what a large one says of each text (Hinton et al. 2015, arXiv:1503.02531).

A teacher can also label texts that nobody has labelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle

import numpy as np
import torch
from torch.nn import functional

from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.kinds import Kind
from finetune.metrics import Scores
from finetune.neural import Neural
from finetune.records import Record
from tools.outputs import Calibration

TEMPERATURE, SOFT = 2.0, 0.5  # of the teacher's probabilities; share of the loss that the teacher has


@dataclass(frozen=True)
class Taught(Kind):
    """A kind whose targets carry the teacher's outputs: float32 [examples, targets + outputs], NaN targets where there is no label."""

    names: tuple[str, ...]
    inner: Kind
    temperature: float = TEMPERATURE
    soft: float = SOFT

    def join(self, targets: np.ndarray | None, teacher: np.ndarray) -> np.ndarray:
        """Targets of `inner`, or none, with the teacher's outputs [examples, outputs] beside them."""
        columns = 1 if self.inner.kind == "classes" else self.size
        hard = np.full((len(teacher), columns), np.nan) if targets is None else targets.reshape(len(teacher), columns)
        return np.hstack([hard, teacher]).astype(np.float32)

    def encode(self, records: Sequence[Record]) -> np.ndarray:
        raise NotImplementedError("targets are joined with a teacher's outputs")

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        teacher, labelled = targets[:, -self.size :], ~targets[:, 0].isnan()
        loss = self.soft * self._soft_loss(outputs, teacher)
        if labelled.any():
            loss = loss + (1 - self.soft) * self.inner.loss(outputs[labelled], self._hard(targets[labelled]))
        return loss

    def score(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> Scores:
        """Scores on what is labelled."""
        labelled = ~np.isnan(targets[:, 0])
        return self.inner.score(self._hard(torch.from_numpy(targets[labelled])).numpy(), outputs[labelled], calibration)

    def per_name(self, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration | None = None) -> dict[str, Scores]:
        labelled = ~np.isnan(targets[:, 0])
        return self.inner.per_name(self._hard(torch.from_numpy(targets[labelled])).numpy(), outputs[labelled], calibration)

    def strata(self, targets: np.ndarray) -> np.ndarray:
        return self.inner.strata(self._hard(torch.from_numpy(targets)).numpy())

    def _hard(self, targets: torch.Tensor) -> torch.Tensor:
        return targets[:, 0].long() if self.inner.kind == "classes" else targets[:, : -self.size]

    def _soft_loss(self, outputs: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
        """Against the teacher's softened probabilities, times T² so that gradients keep their size; squared error for amounts."""
        t = self.temperature
        if self.inner.kind == "amounts":
            return functional.mse_loss(outputs, teacher)
        if self.inner.kind == "labels":
            return functional.binary_cross_entropy_with_logits(outputs / t, torch.sigmoid(teacher / t)) * t**2
        return functional.kl_div((outputs / t).log_softmax(1), (teacher / t).softmax(1), reduction="batchmean") * t**2


def distil(
    teacher: Neural,
    records: Sequence[Record],
    features: np.ndarray,
    targets: np.ndarray,
    config: TrainConfig,
    progress: Progress,
    unlabelled: Sequence[Record] = (),
    unlabelled_features: np.ndarray | None = None,
) -> Neural:
    """A student on `config.base`, trained on labelled records with features [records, features] and targets, and on unlabelled ones
    with theirs; its `kind` is the teacher's."""
    kind = teacher.kind
    taught = Taught(kind.names, kind)
    joined = taught.join(targets, teacher.outputs(records, features))
    if unlabelled:
        assert unlabelled_features is not None
        # in the groups of the labelled, of which a fit sets a part aside: it then has labels to be judged by
        groups = cycle(sorted({record.group for record in records}))
        records = [*records, *(replace(record, group=group) for record, group in zip(unlabelled, groups, strict=False))]
        joined = np.vstack([joined, taught.join(None, teacher.outputs(unlabelled, unlabelled_features))])
        features = np.vstack([features, unlabelled_features])
    metric = config.metric or kind.metric
    student = Neural(taught, config.model_copy(update={"metric": metric}), teacher.fused, progress).fit(records, features, joined)
    student.kind, student.config = kind, config  # from here on a candidate like any other
    return student
