"""What is compared in every run: encoders alone and fused, classical heads on the features, and references that need no training.

Every candidate is fitted to records and gives outputs for records; those with an encoder or a classical head can be served.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from finetune.classical import CLASSICAL, ClassicalHead
from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.kinds import Amounts, Kind
from finetune.neural import Neural
from finetune.records import DataError, Record
from finetune.tfidf import TfidfLinear
from tools.formulas import bead_energy_kj, heat_input_j_mm

ENCODERS = ("encoder", "fused")
STATED = 0.9  # share of records that must state what a closed formula needs


class Candidate(Protocol):
    """`fit` takes records with their features [records, features] and targets; `outputs` are as in `kinds`."""

    def fit(self, records: Sequence[Record], features: np.ndarray, targets: np.ndarray) -> Self: ...

    def outputs(self, records: Sequence[Record], features: np.ndarray) -> np.ndarray: ...


class Classical:
    """A scikit-learn head on the features alone."""

    def __init__(self, name: str, kind: Kind, seed: int, balanced: bool) -> None:
        self.head: ClassicalHead = CLASSICAL[name](kind.kind, seed, balanced)
        self.size = kind.size

    def fit(self, records: Sequence[Record], features: np.ndarray, targets: np.ndarray) -> Self:
        self.head.fit(features, targets, self.size, [r.group for r in records])
        return self

    def outputs(self, records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        return self.head.outputs(features)


class Tfidf:
    """TF-IDF of words and characters with a linear model: what a text alone gives without any encoder."""

    def __init__(self, kind: Kind, seed: int) -> None:
        self.model = TfidfLinear(kind.kind, seed)
        self.size = kind.size

    def fit(self, records: Sequence[Record], features: np.ndarray, targets: np.ndarray) -> Self:
        self.model.fit([_one(r) for r in records], targets, self.size)
        return self

    def outputs(self, records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        return self.model.outputs([_one(r) for r in records])


class Constant:
    """The mean target, whatever the record: the floor under every score."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def fit(self, records: Sequence[Record], features: np.ndarray, targets: np.ndarray) -> Self:
        shares = (self.kind.strata(targets) if self.kind.kind != "amounts" else targets).mean(axis=0)
        if self.kind.kind == "amounts":
            self.output = shares
        else:
            p = shares.clip(1e-6, 1 - 1e-6)
            self.output = np.log(p) - (np.log1p(-p) if self.kind.kind == "labels" else 0)
        return self

    def outputs(self, records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        return np.tile(self.output.astype(np.float32), (len(records), 1))


class Formula:
    """A closed formula of the stated settings, in the target's unit up to a power of ten (J or kJ)."""

    def __init__(self, kind: Amounts, formula: Callable[[Record], float | None]) -> None:
        self.kind, self.formula = kind, formula

    def fit(self, records: Sequence[Record], features: np.ndarray, targets: np.ndarray) -> Self:
        value, truth = self._values(records), self.kind.decode(targets)[:, 0]
        known = np.isfinite(value) & (truth > 0)
        self.factor = 10.0 ** np.round(np.median(np.log10(truth[known] / value[known]))) if known.any() else 1.0
        self.fallback = float(np.median(truth))
        return self

    def outputs(self, records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        values = np.nan_to_num(self._values(records) * self.factor, nan=self.fallback)[:, None]
        scaled = np.log(values) if self.kind.log[0] else values
        return np.asarray((scaled - self.kind.mean) / self.kind.std, dtype=np.float32)

    def _values(self, records: Sequence[Record]) -> np.ndarray:
        return np.array([self.formula(r) or np.nan for r in records], dtype=float)


def heat_input(record: Record) -> float | None:
    """k·U·I/v in J/mm, where the record states what it takes."""
    c = record.conditions
    if c.current_a is None or c.voltage_v is None or c.travel_speed_mm_s is None:
        return None
    return heat_input_j_mm(c.current_a, c.voltage_v, c.travel_speed_mm_s, c.process)


def energy(record: Record) -> float | None:
    """U·I·L/v in kJ, where the record states what it takes."""
    c = record.conditions
    if c.current_a is None or c.voltage_v is None or c.travel_speed_mm_s is None or c.bead_length_mm is None:
        return None
    return bead_energy_kj(c.current_a, c.voltage_v, c.travel_speed_mm_s, c.bead_length_mm)


FORMULAS = {"formula_heat_input": heat_input, "formula_energy": energy}


def names(records: Sequence[Record], kind: Kind, features: int, config: TrainConfig) -> list[str]:
    """The candidates that these records allow, or those the configuration asks for. Raises DataError for an unknown name."""
    classical, fused = (list(CLASSICAL), ["fused"]) if features and config.features else ([], [])
    formulas = [name for name, formula in FORMULAS.items() if _applies(formula, records, kind)]
    allowed = ["constant", "tfidf", *formulas, *classical, "encoder", *fused]  # the cheap ones first: they set the bar
    if kind.kind != "amounts" and "gaussian_process" in allowed:
        allowed.remove("gaussian_process")
    if unknown := [name for name in config.candidates if name not in allowed]:
        raise DataError(f"There is no candidate {unknown[0]!r} for this data; choose among {', '.join(allowed)}.")
    return [name for name in allowed if not config.candidates or name in config.candidates]


def make(name: str, kind: Kind, config: TrainConfig, progress: Progress, folder: Path | None = None, epochs: int | None = None) -> Candidate:
    """A fresh candidate of the table."""
    if name in ENCODERS:
        return Neural(kind, config, fused=name == "fused", progress=lambda line: progress(f"{name}: {line}"), folder=folder, epochs=epochs)
    if name in CLASSICAL:
        balanced = kind.kind == "classes" and (config.metric or kind.metric) == "macro_f1"  # a metric in which each class counts alike
        return Classical(name, kind, config.seed, balanced)
    if name == "tfidf":
        return Tfidf(kind, config.seed)
    if name in FORMULAS:
        assert isinstance(kind, Amounts)
        return Formula(kind, FORMULAS[name])
    return Constant(kind)


def served(name: str) -> bool:
    """Whether the candidate can be exported; the others are references."""
    return name in ENCODERS or name in CLASSICAL


def _applies(formula: Callable[[Record], float | None], records: Sequence[Record], kind: Kind) -> bool:
    return kind.kind == "amounts" and kind.size == 1 and bool(np.mean([formula(r) is not None for r in records]) >= STATED)


def _one(record: Record) -> str:
    return f"{record.text} {record.text_b}".strip()
