"""One training, whatever the task: data in, features, every candidate held out, the best chosen, calibrated, fitted to all, exported.

Python: `train(load(Path("beads.csv"), columns), config, Path("model"))`; the command line and YAML come to the same.
"""

import hashlib
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from finetune import calibrate, registry, tracking
from finetune.candidates import FORMULAS, Candidate, Formula, make, names, served
from finetune.card import write_card
from finetune.care import keep_held_out
from finetune.config import TrainConfig
from finetune.crossfit import Data, Held, blended, choose, cross_fit
from finetune.describe import write_page
from finetune.engine import Progress
from finetune.export import export_model
from finetune.features import fit_features
from finetune.kinds import Kind, scores_of
from finetune.measure import LOST, lost
from finetune.metrics import Scores, value
from finetune.neural import Neural
from finetune.records import DataError, Record
from finetune.splits import enough
from finetune.tasks import fit_kind
from tools.encoder import META, NOVELTY, Encoder
from tools.features import Features
from tools.fields import FIELDS
from tools.outputs import Calibration

ALWAYS, EVER = 0.99, 0.01  # shares of records that state a quantity
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # of intervals that a model can state beside its own
CHECKED = 128  # records on which the served model is compared with the one it was made from


@dataclass
class Run:
    """What a training came to. `meta` is the model's waam.json; `held` has every candidate's held-out outputs."""

    folder: Path
    meta: dict[str, Any]
    data: Data
    held: dict[str, Held]
    weights: dict[str, float]

    @property
    def outputs(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and held-out outputs of the promoted blend."""
        return next(iter(self.held.values())).rows, blended(self.held, self.weights)


def train(records: Sequence[Record], config: TrainConfig, out: Path, progress: Progress = print, extra: Mapping[str, Any] | None = None) -> Run:
    """Train on `records` and put the model at `out`, where the last one stays until this one is whole; a killed run goes on
    where it stopped. `extra` is added to waam.json. Raises DataError for data that cannot be trained on."""
    tracking.available(config.track)
    enough(records)
    kind = fit_kind(records, config)
    features = fit_features(list(records), pair=config.two_texts is not None) if config.features else Features(process=False)
    rows = np.array([features.row(r.text, r.text_b, dict(r.numbers)) for r in records], dtype=np.float32).reshape(len(records), features.size)
    data = Data(records, rows, kind.encode(records), kind)
    metric = checked_metric(kind, data, config)
    work = out.parent / f".{out.name}.run" / _fingerprint(data, config)
    log = tracking.RunLog(work / tracking.LOG)
    log("start", records=len(records), source=records[0].source, config=config.model_dump(mode="json"))
    held: dict[str, Held] = {}
    for name in names(records, kind, features.size, config):
        rivals = {other: each for other, each in held.items() if served(other)} if config.promote == "best" else {}
        held[name] = cross_fit(name, data, config, progress, work, rivals)
        log("candidate", name=name, folds=held[name].fold_scores, epochs=held[name].history)
        progress(f"{name}: {metric} {held[name].spread()[metric][0]:.3f} held out")
    weights = _promoted(held, data, config, metric)
    rows_held, outputs = next(iter(held.values())).rows, blended(held, weights)
    calibration = _calibrated(kind, data.targets[rows_held], outputs, config)
    final: dict[str, tuple[Candidate, float]] = {}
    for name, weight in weights.items():
        fitted = held[name].fitted
        if fitted is None:
            progress(f"{name}: fitting to all {len(records)} records")
            fitted = make(name, kind, config, progress, work / f"{name}-final", held[name].epochs).fit(*data.of(np.arange(len(records))))
        final[name] = fitted, weight
    meta = _meta(config, data, features, calibration, held, weights, metric) | dict(extra or {})
    log("promoted", weights=weights, scores=meta["scores"], remarks=meta["remarks"])
    _write(out, final, data, meta, rows_held, outputs, log.file)
    shutil.rmtree(work.parent)
    meta = json.loads((out / META).read_text(encoding="utf-8"))
    tracking.send(config.track, meta)
    progress(f"{out.name}: {' + '.join(weights)} promoted, {metric} {meta['scores'][metric]:.3f} held out")
    return Run(out, meta, data, held, weights)


def checked_metric(kind: Kind, data: Data, config: TrainConfig) -> str:
    """The metric that selects. Raises DataError if the task does not have it."""
    metric = config.metric or kind.metric
    zero = np.zeros((2, kind.size), dtype=np.float32)
    known = kind.score(data.targets[:2], zero)
    if metric not in known:
        raise DataError(f"There is no metric {metric!r} for this task; choose among {', '.join(known)}.")
    return metric


def references(held: Mapping[str, Held], weights: Mapping[str, float], metric: str) -> list[str]:
    """Sentences on what beats the encoder, or the model, for the card."""
    best = {name: value({metric: each.spread()[metric][0]}, metric) for name, each in held.items()}
    encoders = {name: score for name, score in best.items() if name in ("encoder", "fused")}
    others = {name: score for name, score in best.items() if name not in encoders}
    found = []
    if encoders and others and max(others.values()) > max(encoders.values()):
        winner = max(others, key=lambda name: others[name])
        found.append(f"The encoder loses here: {winner} has {metric} {abs(best[winner]):.4g}, the better encoder {abs(max(encoders.values())):.4g}.")
    unserved = [name for name in others if not served(name) and others[name] > max((best[n] for n in weights), default=-math.inf)]
    found += [f"{name}, which is not served, is better than any part of this model ({metric} {abs(best[name]):.4g})." for name in unserved]
    return found


def _promoted(held: Mapping[str, Held], data: Data, config: TrainConfig, metric: str) -> dict[str, float]:
    allowed = [name for name in held if served(name)]
    if config.promote == "encoder":
        allowed = [name for name in allowed if name in ("encoder", "fused")]
    if not allowed:
        raise DataError("None of the chosen candidates can be served; add one such as fused to --candidates.")
    targets = data.targets[next(iter(held.values())).rows]
    return choose(held, allowed, lambda outputs: value(data.kind.score(targets, outputs), metric))


def _calibrated(kind: Kind, targets: np.ndarray, outputs: np.ndarray, config: TrainConfig) -> Calibration:
    if kind.kind == "amounts":
        return calibrate.for_amounts(outputs, targets, config.level)
    if kind.kind == "classes":
        return calibrate.for_classes(outputs, targets, config.level)
    return calibrate.for_labels(outputs, targets, config.level)


def _meta(
    config: TrainConfig, data: Data, features: Features, calibration: Calibration, held: Mapping[str, Held], weights: Mapping[str, float], metric: str
) -> dict[str, Any]:
    rows, outputs = next(iter(held.values())).rows, blended(held, weights)
    targets, records = data.targets[rows], data.records
    stated = {name: [v for r in records if (v := getattr(r.conditions, name)) is not None] for name in type(records[0].conditions).model_fields}
    share = {name: len(values) / len(records) for name, values in stated.items()} if features.process else {}
    return {
        "task": config.task,
        "base": config.base.name,
        "two_texts": config.two_texts,
        "max_tokens": config.max_tokens,
        "columns": {k: list(v) if isinstance(v, tuple) else v for k, v in vars(config.columns).items()},
        "data_label": config.data_label,
        "records": len(records),
        "groups": len(set(data.groups)),
        "output": data.kind.to_json(),
        "features": features.to_json(),
        "calibration": calibration.to_json(),
        "required": [name for name, part in share.items() if part >= ALWAYS],
        "optional": [name for name, part in share.items() if EVER < part < ALWAYS],
        "training_range": {name: (min(stated[name]), max(stated[name])) for name in FIELDS if share.get(name)},
        "training_median": {name: float(np.median(stated[name])) for name in FIELDS if share.get(name)},
        "training_values": {name: sorted(set(stated[name])) for name in ("material", "process") if share.get(name)},
        "scored_on": f"out-of-fold outputs of {len(rows)} records ({config.folds} folds by group)"
        if config.folds > 1
        else f"{len(rows)} held-out records, which also chose and calibrated the model",
        "metric": metric,
        "scores": scores_of(data.kind, [records[i] for i in rows], targets, outputs, calibration),
        "per_name": data.kind.per_name(targets, outputs, calibration),
        "compared": {name: each.spread() for name, each in held.items()},
        "remarks": references(held, weights, metric),
        "history": {name: each.history for name, each in held.items() if each.history},
        "config": config.model_dump(mode="json", exclude={"base", "columns"}),
        **_formula_unit(held, data),
        **({"radii": _radii(targets, outputs)} if data.kind.kind == "amounts" else {}),
    }


def _radii(targets: np.ndarray, outputs: np.ndarray) -> dict[str, tuple[float, ...]]:
    """The half width of each target's interval at each of LEVELS that so many held-out records can tell."""
    return {f"{level:g}": calibrate.for_amounts(outputs, targets, level).radius for level in LEVELS if len(targets) * (1 - level) > level}


def _formula_unit(held: Mapping[str, Held], data: Data) -> dict[str, float]:
    """How many of the target's units make one of the closed formula's (1000 where energy is in J and the formula in kJ)."""
    for name in FORMULAS:
        if name in held:
            formula = make(name, data.kind, TrainConfig(task="regression", base=Path()), print).fit(data.records, data.features, data.targets)
            assert isinstance(formula, Formula)
            return {"per_formula_unit": float(formula.factor)}
    return {}


def _write(
    out: Path, final: Mapping[str, tuple[Candidate, float]], data: Data, meta: dict[str, Any], rows: np.ndarray, outputs: np.ndarray, log: Path
) -> None:
    """Export, compare what is served with what was trained, describe, and promote."""
    staged = out.parent / f"{out.name}.partial"
    shutil.rmtree(staged, ignore_errors=True)
    digest = hashlib.sha256()
    export_model(final, staged, {"name": out.name} | meta | {"version": ""})
    for file in sorted(staged.glob("*.onnx")):
        digest.update(file.read_bytes())
    _write_novelty(staged, final, data)
    encoder = Encoder(staged)
    int8_loss = _lost(encoder, final, data, meta["metric"])
    remarks = meta["remarks"] + ([f"Serving in int8 costs {int8_loss:.3f} {meta['metric']}, more than {LOST}."] if int8_loss > LOST else [])
    saved = json.loads((staged / META).read_text(encoding="utf-8")) | {"version": digest.hexdigest()[:12], "int8_loss": int8_loss, "remarks": remarks}
    (staged / META).write_text(json.dumps(saved, indent=1, ensure_ascii=False), encoding="utf-8")
    shutil.copy(log, staged / log.name)
    keep_held_out(staged, data.records, rows, outputs)
    write_card(staged, saved)
    write_page(staged, saved, data.kind, data.targets[rows], outputs)
    registry.promote(staged, out, saved["version"])


def _write_novelty(folder: Path, final: Mapping[str, tuple[Candidate, float]], data: Data) -> None:
    neural = next((candidate for candidate, _ in final.values() if isinstance(candidate, Neural)), None)
    pooled = neural.pooled(data.records).numpy() if neural else None
    shape = calibrate.novelty(data.features, pooled)
    np.savez(folder / NOVELTY, mean=shape.mean, whiten=shape.whiten, distances=shape.distances)


def _lost(encoder: Encoder, final: Mapping[str, tuple[Candidate, float]], data: Data, metric: str) -> float:
    """How much worse the served model is than the float32 one it was made from, by the metric, on training records."""
    rows = np.linspace(0, len(data.records) - 1, min(CHECKED, len(data.records))).astype(int)
    records, features, targets = data.of(rows)
    exact = [weight * (c.in_float32 if isinstance(c, Neural) else c.outputs)(records, features) for c, weight in final.values()]
    before = np.asarray(sum(exact))
    after = encoder.run([r.text for r in records], features, [r.text_b for r in records])
    scores: list[Scores] = [data.kind.score(targets, each) for each in (before, after)]
    return lost(scores[0], scores[1], metric)


def _fingerprint(data: Data, config: TrainConfig) -> str:
    """Of everything that decides the held-out outputs: a changed run starts anew."""
    told = [config.model_dump_json(), *(repr((r.text, r.text_b, r.target, r.group, r.numbers)) for r in data.records)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
