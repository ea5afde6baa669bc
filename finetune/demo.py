"""The four demo encoders, made from the simulator: what the tools answer with until the user retrains them.

Each experiment is written with some of its optional settings left out at random, so that the models know
both full and sparse descriptions; what is served (the int8 file) is what is calibrated and scored.
"""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from finetune.calibrate import conformal_radius, temperature, thresholds
from finetune.card import write_card
from finetune.export import META, export_encoder
from finetune.metrics import binary_metrics, multilabel_metrics, regression_metrics
from finetune.records import QUESTIONS, Record, amount
from finetune.simulator import DATA_LABEL, Experiment, simulate
from finetune.tasks import decode_amounts, sigmoid
from finetune.train import Progress, TrainConfig, Trained, train
from tools.conditions import ProcessConditions
from tools.encoder import ENCODER_DIGITS, Encoder
from tools.fields import FIELDS

LEVEL = 0.9
EXPERIMENTS, TEST_EXPERIMENTS = 2400, 400
KEEP = 0.6  # chance that an optional setting is stated
ALWAYS = ("current_a", "voltage_v", "travel_speed_mm_s")
DEMO = {
    "anomaly": ("binary", ALWAYS, "p1"),
    "defects": ("multilabel", ALWAYS, "p1"),
    "heat_input": ("regression", ALWAYS, "p5"),
    "energy": ("regression", (*ALWAYS, "bead_length_mm"), "energy"),
}


def train_demo(base: Path, home: Path, progress: Progress = print, seed: int = 7) -> None:
    """Train, calibrate and export the four demo encoders into `home`; those already there are kept."""
    for name, (task, required, question) in DEMO.items():
        if (home / name / META).exists():
            progress(f"{name}: already built")
            continue
        records = to_records(simulate(EXPERIMENTS, seed), name, required, question, seed)
        trained = train(records, TrainConfig(task=task, base=base, seed=seed), lambda line, name=name: progress(f"{name}: {line}"))  # type: ignore[misc]
        test = to_records(simulate(TEST_EXPERIMENTS, seed + 1), name, required, question, seed + 1)
        save(trained, base, home / name, required, test, DATA_LABEL, f"{len(test)} simulated experiments of another seed")
        progress(f"{name}: built")


def to_records(experiments: list[Experiment], name: str, required: tuple[str, ...], question: str, seed: int) -> list[Record]:
    """Experiments as texts with some optional settings left out, and the target that `name` predicts."""
    chance = random.Random(seed)
    targets = {
        "heat_input": lambda e: e.heat_input_j_mm,
        "energy": lambda e: e.energy_kj,
    }
    records = []
    for e in experiments:
        stated = {k: v for k, v in e.conditions.given().items() if k in required or chance.random() < KEEP}
        text = ProcessConditions(**stated).to_text(QUESTIONS[question], digits=ENCODER_DIGITS)  # type: ignore[arg-type]
        target = targets[name](e) if name in targets else " or ".join(e.labels)
        records.append(Record(text, target, e.id))
    return records


def save(trained: Trained, base: Path, folder: Path, required: tuple[str, ...], test: list[Record], data_label: str, scored_on: str) -> None:
    """Export, calibrate the exported model on the calibration split, score it on `test`, write JSON and card."""
    meta: dict[str, Any] = {
        "name": folder.name,
        "task": trained.task.name,
        "base": base.name,
        "data_label": data_label,
        "labels": trained.encoding.labels,
        "log_mean": trained.encoding.log_mean,
        "log_std": trained.encoding.log_std,
        "question": QUESTIONS["p1"],
        "required": list(required),
        "optional": [name for name in ProcessConditions.model_fields if name not in required],
        "training_range": _ranges(trained.splits["train"]),
        "examples": {name: len(part) for name, part in trained.splits.items()},
    }
    partial = folder.with_name(folder.name + ".partial")
    export_encoder(trained.model, base, partial, meta)
    meta["version"] = hashlib.sha256((partial / "model.onnx").read_bytes()).hexdigest()[:12]
    served = Encoder(partial)
    calibration = trained.splits["calibration"]
    meta |= _calibrated(trained, run(served, calibration), calibration)
    meta["scores"] = _scores(trained, meta, run(served, test), test)
    meta["scored_on"] = scored_on
    (partial / META).write_text(json.dumps(meta, indent=1, ensure_ascii=False))
    write_card(partial, meta, trained.history)
    partial.rename(folder)


def run(encoder: Encoder, records: list[Record]) -> np.ndarray:
    """Outputs of the served model for the records, [records, outputs]."""
    parts = [records[i : i + 32] for i in range(0, len(records), 32)]
    return np.concatenate([encoder.run([r.text for r in part], [ProcessConditions.from_text(r.text).features() for r in part]) for part in parts])


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
        return regression_metrics(truth, decode_amounts(trained.encoding, outputs)[:, 0]) | {"coverage": float(((low <= truth) & (truth <= high)).mean())}
    truth = trained.task.encode(trained.encoding, records).astype(int)
    probability = sigmoid(outputs / meta["temperature"])
    if trained.task.name == "binary":
        return binary_metrics(truth[:, 0], probability[:, 0])
    return multilabel_metrics(truth, (probability >= np.array(meta["thresholds"])).astype(int))


def _ranges(records: list[Record]) -> dict[str, tuple[float, float]]:
    stated = [ProcessConditions.from_text(r.text) for r in records]
    values = {name: [v for c in stated if (v := getattr(c, name)) is not None] for name in FIELDS}
    return {name: (min(v), max(v)) for name, v in values.items() if v}
