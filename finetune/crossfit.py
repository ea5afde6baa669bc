"""Outputs for records that a model was not fitted to: every candidate, over folds and seeds, kept on disk as it goes.

What selects, calibrates and compares models are these outputs alone. With one fold a fixed part is held out instead.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from finetune.blending import blend
from finetune.candidates import ENCODERS, Candidate, make
from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.kinds import Kind
from finetune.metrics import Scores, value
from finetune.neural import Neural
from finetune.records import Record
from finetune.splits import folds

WORTH = 0.01  # share of the score that a second body, megabytes and milliseconds, must gain

Fold = tuple[np.ndarray, np.ndarray]  # rows to fit, rows held out


Reader = Callable[[np.ndarray], np.ndarray]  # rows that features are fitted to → the features of all records


@dataclass
class Data:
    """Records as arrays: features [records, features] float32 and targets of the kind. `reader` makes the features as they are when only
    some rows may be looked at; without it they are the same whatever is looked at."""

    records: Sequence[Record]
    features: np.ndarray
    targets: np.ndarray
    kind: Kind
    reader: Reader | None = None
    _read: dict[bytes, np.ndarray] = field(default_factory=dict)

    def of(self, rows: np.ndarray, fitted: np.ndarray | None = None) -> tuple[list[Record], np.ndarray, np.ndarray]:
        """Records, features and targets of these rows; the features as fitted to the rows `fitted` alone, or to all."""
        features = self.features
        if fitted is not None and self.reader is not None:
            key = fitted.tobytes()
            if key not in self._read:  # every candidate asks for the same folds
                self._read[key] = self.reader(fitted)
            features = self._read[key]
        return [self.records[i] for i in rows], features[rows], self.targets[rows]

    @property
    def groups(self) -> list[str]:
        return [record.group for record in self.records]


@dataclass
class Held:
    """One candidate's held-out outputs [rows, size] of the first seed, and its scores fold by fold over all seeds."""

    rows: np.ndarray
    outputs: np.ndarray
    fold: np.ndarray  # of each row
    fold_scores: list[Scores] = field(default_factory=list)
    epochs: int = 0  # of fine-tuning that paid on the first fold
    history: list[Scores] = field(default_factory=list)
    fitted: Candidate | None = None  # to the only fold, unless all is to be fitted anew or that was read from disk

    def spread(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of each metric over folds and seeds."""
        table = {metric: np.array([scores[metric] for scores in self.fold_scores]) for metric in self.fold_scores[0]}
        return {metric: (float(column.mean()), float(column.std())) for metric, column in table.items()}


def plan(data: Data, config: TrainConfig, seed: int) -> list[Fold]:
    """The folds of one seed; with one fold, a share of the groups held out."""
    strata = data.kind.strata(data.targets)
    return folds(data.groups, strata, config.folds, seed) if config.folds > 1 else folds(data.groups, strata, round(1 / config.held_out), seed)[:1]


def cross_fit(
    name: str, data: Data, config: TrainConfig, progress: Progress, cache: Path | None = None, rivals: Mapping[str, Held] | None = None
) -> Held:
    """Fit the candidate to each fold of each seed and collect what it says of the rest. Finished folds are read from `cache`.

    An encoder is fine-tuned on the first fold; where that is no better there than its head on the frozen body, or adds nothing to the
    best of the `rivals`, the other folds spare themselves the fine-tuning.
    """
    metric = config.metric or data.kind.metric
    epochs = config.epochs if name in ENCODERS and config.adapt != "frozen" else 0
    history: list[Scores] = []
    scores: list[Scores] = []
    first: list[tuple[np.ndarray, np.ndarray]] = []
    candidate: Candidate | None = None
    for seed in config.seeds:
        parts = plan(data, config, seed)
        for number, (fit, held) in enumerate(parts):
            file = cache / f"{name}-{seed}-{number}.npz" if cache else None
            if file and file.exists():
                saved = np.load(file, allow_pickle=False)
                outputs, epochs, candidate = saved["outputs"], int(saved["epochs"]), None
                history = history or json.loads(str(saved["history"]))
            else:
                seeded = config.model_copy(update={"seed": seed})
                folder = cache / f"{name}-{seed}-{number}" if cache else None
                candidate = make(name, data.kind, seeded, progress, folder, epochs).fit(*data.of(fit, fit))
                outputs = candidate.outputs(*data.of(held, fit)[:2])
                if isinstance(candidate, Neural):
                    undecided = not scores and len(candidate.history) > 1  # the first fold decides; a frozen body was not fine-tuned
                    history = history or candidate.history
                    if undecided and not (candidate.gain > 0 and _adds(outputs, data.kind, data.targets[held], metric, rivals or {})):
                        progress(f"{name}: fine-tuning does not pay on the first fold, so all folds go without")
                        epochs = 0
                        candidate = make(name, data.kind, seeded, progress, None, epochs).fit(*data.of(fit, fit))
                        outputs = candidate.outputs(*data.of(held, fit)[:2])
                if file:
                    _keep(file, outputs=outputs, epochs=np.array(epochs), history=np.array(json.dumps(history)))
            scores.append(data.kind.score(data.targets[held], outputs))
            if seed == config.seeds[0]:
                first.append((held, outputs))
    rows = np.concatenate([held for held, _ in first])
    fold = np.repeat(np.arange(len(first)), [len(held) for held, _ in first])
    return Held(rows, np.concatenate([outputs for _, outputs in first]), fold, scores, epochs, history, None if config.refit else candidate)


def _adds(outputs: np.ndarray, kind: Kind, targets: np.ndarray, metric: str, rivals: Mapping[str, Held]) -> bool:
    """Whether these outputs for the first fold, alone or averaged with a rival's, are WORTH more than the best rival there."""
    theirs = [rival.outputs[: len(outputs)] for rival in rivals.values()]
    scored = [value(kind.score(targets, each), metric) for each in theirs]
    bar = max(scored, default=-np.inf)
    together = [value(kind.score(targets, each), metric) for each in (outputs, *((outputs + other) / 2 for other in theirs))]
    return bool(max(together) > bar + WORTH * abs(bar)) if theirs else True


def blended(held: Mapping[str, Held], weights: Mapping[str, float]) -> np.ndarray:
    """Weighted mean of the candidates' held-out outputs."""
    return np.asarray(sum(weight * held[name].outputs for name, weight in weights.items()))


def choose(held: Mapping[str, Held], allowed: Sequence[str], score: Callable[[np.ndarray], float], most: int = 6) -> dict[str, float]:
    """The best blend of the allowed candidates, at most one of them an encoder, since a model is served with one body; an encoder
    comes in where it is worth a body of its own (WORTH of the score)."""
    encoders = [name for name in allowed if name in ENCODERS]
    others = [name for name in allowed if name not in ENCODERS]

    def best(names: Sequence[str]) -> tuple[float, dict[str, float]]:
        weights = blend({name: held[name].outputs for name in names}, score, most)
        return score(blended(held, weights)), weights

    without = best(others) if others else None
    if not encoders:
        assert without is not None
        return without[1]
    reached, weights = max((best([*others, encoder]) for encoder in encoders), key=lambda found: found[0])
    return weights if without is None or reached > without[0] + WORTH * abs(without[0]) else without[1]


def _keep(file: Path, **arrays: np.ndarray) -> None:
    """Write whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial.npz")
    np.savez(partial, allow_pickle=False, **arrays)
    partial.rename(file)
