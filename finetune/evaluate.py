"""A served model on a data file: the contract's metrics, per label too. What is scored is what the tools load."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from finetune import aspects
from finetune.kinds import Kind, from_json, scores_of
from finetune.records import Record, load
from finetune.served import columns_of, open_model, outputs_and_novelty, predictions
from tools.encoder import META, Encoder


def evaluate(folder: Path, data: Path, **changed: Any) -> dict[str, Any]:
    """The metrics of the model in `folder` on the labelled records of `data`; `changed` names columns that are called otherwise
    there (text, text_b, target, numbers). Raises DataError."""
    if _task(folder) == "aspect":
        return aspects.scores(folder, load(data, replace(aspects.columns(folder), group=(), **_given(changed))))
    return score(folder, data, **changed).to_json()


def predict(folder: Path, data: Path, **changed: Any) -> list[dict[str, Any]]:
    """What the model says of each record of `data`, labelled or not. Raises DataError."""
    if _task(folder) == "aspect":
        records = load(data, replace(aspects.columns(folder), group=(), **_given(changed)), labelled=False)
        return [{"row": r.row, "aspects": found} for r, found in zip(records, aspects.analyse(folder, [r.text for r in records]), strict=True)]
    encoder = open_model(folder)
    return predictions(encoder, load(data, columns_of(encoder, **changed), labelled=False))


@dataclass(frozen=True)
class Scored:
    """A model's outputs [records, size] for records, with their targets and how unlike the training records they are [records]."""

    encoder: Encoder
    kind: Kind
    records: Sequence[Record]
    targets: np.ndarray
    outputs: np.ndarray
    novelty: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """The metrics, per name where there are several, and what they are of."""
        calibration, kind = self.encoder.calibration, self.kind
        scores: dict[str, Any] = dict(scores_of(kind, self.records, self.targets, self.outputs, calibration))
        if kind.size > 1:
            scores["per_label"] = kind.per_name(self.targets, self.outputs, calibration)
        info = self.encoder.info
        return scores | {
            "records": len(self.records),
            "unlike_training": float((self.novelty >= 1.0).mean()),
            "model": {"name": info.name, "version": info.version, "data_label": info.data_label, "task": self.encoder.meta["task"]},
        }


def score(folder: Path, data: Path, **changed: Any) -> Scored:
    """The model in `folder` on the labelled records of `data`; `changed` names columns that are called otherwise there.
    Raises DataError."""
    encoder = open_model(folder)
    records = load(data, columns_of(encoder, **changed))
    kind = from_json(encoder.meta["output"])
    return Scored(encoder, kind, records, kind.encode(records), *outputs_and_novelty(encoder, records))


def _task(folder: Path) -> str:
    file = folder / META
    return str(json.loads(file.read_text(encoding="utf-8")).get("task")) if file.exists() else ""


def _given(changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changed.items() if value}
