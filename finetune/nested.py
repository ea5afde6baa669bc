"""Honest figures of what is chosen and calibrated on held-out outputs: each fold is judged by the blend and calibration of the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logit

from finetune.crossfit import Held, blended
from finetune.kinds import Kind
from finetune.metrics import Scores
from tools.outputs import Calibration

Choose = Callable[[Mapping[str, Held], np.ndarray], dict[str, float]]  # weights from candidates and the targets of their rows
Calibrate = Callable[[np.ndarray, np.ndarray], Calibration]  # from targets and outputs


@dataclass(frozen=True)
class Judged:
    """`decided` are outputs [rows, size] that decide without a calibration as theirs decides; `stated` those whose probabilities are the
    calibrated ones. `covered` [rows] and `sizes` [rows] are of conformal intervals and sets."""

    decided: np.ndarray
    stated: np.ndarray
    covered: np.ndarray
    sizes: np.ndarray

    def scores(self, kind: Kind, targets: np.ndarray) -> Scores:
        """What `decided` cannot say: coverage, and the quality of the probabilities."""
        own = kind.score(targets, self.stated)
        probabilities = {name: own[name] for name in ("ece", "loss") if name in own}
        covered = {"coverage": float(self.covered.mean())} if kind.kind != "labels" else {}
        return probabilities | covered | ({"set_size": float(self.sizes.mean())} if kind.kind == "classes" else {})


def judged(kind: Kind, targets: np.ndarray, held: Mapping[str, Held], choose: Choose, calibrate: Calibrate) -> Judged:
    """`targets` are those of the held-out rows. Raises what `calibrate` raises, where the other folds are too few for it."""
    first = next(iter(held.values()))
    parts = [_fold(kind, targets, held, first.fold == number, choose, calibrate) for number in range(int(first.fold.max()) + 1)]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(np.concatenate([np.flatnonzero(first.fold == number) for number in range(len(parts))]))
    return Judged(*(column[order] for column in columns))


def _fold(
    kind: Kind, targets: np.ndarray, held: Mapping[str, Held], inside: np.ndarray, choose: Choose, calibrate: Calibrate
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    own, others = ({name: replace(each, outputs=each.outputs[part]) for name, each in held.items()} for part in (inside, ~inside))
    weights = choose(others, targets[~inside])
    calibration = calibrate(targets[~inside], blended(others, weights))
    outputs, truth = blended(own, weights), targets[inside]
    nothing = np.zeros(len(outputs))
    if kind.kind == "amounts":
        return outputs, outputs, (np.abs(truth - outputs) <= np.array(calibration.radius)).mean(axis=1), nothing
    if kind.kind == "classes":
        sets = calibration.class_sets(outputs)
        return outputs, calibration.class_logits(outputs), sets[np.arange(len(outputs)), truth], sets.sum(axis=1)
    stated = outputs / calibration.temperature
    return stated - logit(np.array(calibration.thresholds)), stated, nothing, nothing
