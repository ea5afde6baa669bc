"""From a trained model to a folder that the tools can serve: exported, calibrated, scored, described.

What is served (the int8 file) is what is calibrated and scored, not the float model it came from.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from finetune.calibrate import conformal_radius, temperature, thresholds
from finetune.card import write_card
from finetune.export import export_encoder
from finetune.metrics import binary_metrics, multilabel_metrics, regression_metrics
from finetune.records import Record, amount
from finetune.tasks import decode_amounts, sigmoid
from finetune.train import Trained
from tools.encoder import BODY, HEAD, META, Encoder
from tools.fields import FIELDS

LEVEL = 0.9


def publish(
    trained: Trained,
    base: Path,
    folder: Path,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    test: list[Record],
    data_label: str,
    scored_on: str,
    recipe: str | None = None,
) -> None:
    """Export, calibrate the exported model on the calibration split, score it on `test`, write JSON and card.

    `recipe` marks a model that set-up made and may make anew; a user's own has none.
    """
    meta: dict[str, Any] = {
        "name": folder.name,
        "task": trained.task.name,
        "base": base.name,
        "data_label": data_label,
        "labels": trained.encoding.labels,
        "log_mean": trained.encoding.log_mean,
        "log_std": trained.encoding.log_std,
        "required": list(required),
        "optional": list(optional),
        "training_range": _ranges(trained.splits["train"]),
        "training_values": _values(trained.splits["train"]) if required else {},
        "examples": {name: len(part) for name, part in trained.splits.items()},
    } | ({"recipe": recipe} if recipe else {})
    partial = folder.with_name(folder.name + ".partial")
    export_encoder(trained.model, base, partial, meta)
    meta = json.loads((partial / META).read_text())
    meta["version"] = hashlib.sha256((partial / BODY).read_bytes() + (partial / HEAD).read_bytes()).hexdigest()[:12]
    served = Encoder(partial)
    calibration = trained.splits["calibration"]
    meta |= _calibrated(trained, run(served, calibration), calibration)
    meta["scores"] = _scores(trained, meta, run(served, test), test)
    meta["scored_on"] = scored_on
    (partial / META).write_text(json.dumps(meta, indent=1, ensure_ascii=False))
    write_card(partial, meta, trained.history)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def run(encoder: Encoder, records: list[Record]) -> np.ndarray:
    """Outputs of the served model for the records, [records, outputs]."""
    return encoder.run([r.text for r in records], [r.conditions.features() for r in records])


def _calibrated(trained: Trained, outputs: np.ndarray, records: list[Record]) -> dict[str, Any]:
    truth = trained.task.encode(trained.encoding, records)
    if trained.task.name == "regression":
        return {"level": LEVEL, "conformal_radius": conformal_radius(truth - outputs, LEVEL)}
    at = temperature(outputs, truth)
    return {"temperature": at, "thresholds": thresholds(outputs, truth, at) if trained.task.name == "multilabel" else [0.5]}


def _scores(trained: Trained, meta: dict[str, Any], outputs: np.ndarray, records: list[Record]) -> dict[str, float]:
    if trained.task.name == "regression":
        truth = np.array([amount(r.target) for r in records])
        radius = meta["conformal_radius"]
        low, high = decode_amounts(trained.encoding, outputs - radius)[:, 0], decode_amounts(trained.encoding, outputs + radius)[:, 0]
        return regression_metrics(truth, decode_amounts(trained.encoding, outputs)[:, 0]) | {
            "coverage": float(((low <= truth) & (truth <= high)).mean())
        }
    truth = trained.task.encode(trained.encoding, records).astype(int)
    probability = sigmoid(outputs / meta["temperature"])
    if trained.task.name == "binary":
        return binary_metrics(truth[:, 0], probability[:, 0])
    return multilabel_metrics(truth, (probability >= np.array(meta["thresholds"])).astype(int))


def _ranges(records: list[Record]) -> dict[str, tuple[float, float]]:
    values = {name: [v for r in records if (v := getattr(r.conditions, name)) is not None] for name in FIELDS}
    return {name: (min(v), max(v)) for name, v in values.items() if v}


def _values(records: list[Record]) -> dict[str, list[str]]:
    return {name: sorted({v for r in records if (v := getattr(r.conditions, name)) is not None}) for name in ("material", "process")}
