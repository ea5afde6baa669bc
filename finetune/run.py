"""One training, whatever the task: data in, features, every candidate held out, the best chosen, calibrated, fitted to all, exported.

Python: `train(load(Path("beads.csv"), columns), config, Path("model"))`; the command line and YAML come to the same.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from finetune import calibrate, registry, tracking
from finetune.candidates import ENCODERS, Candidate, make, names, served
from finetune.card import write_card
from finetune.care import keep_held_out
from finetune.config import TrainConfig
from finetune.crossfit import Data, Held, blended, choose, cross_fit, plan
from finetune.describe import write_page
from finetune.engine import Progress
from finetune.export import export_model
from finetune.features import features_for, rows
from finetune.kinds import Kind
from finetune.measure import LOST, lost, said
from finetune.meta import compared, judged, told
from finetune.metrics import Scores, value
from finetune.nested import Choose
from finetune.neural import Neural
from finetune.records import DataError, Record
from finetune.splits import enough
from finetune.tasks import fit_kind
from tools.encoder import META, NOVELTY, Encoder
from tools.features import Features
from tools.outputs import Calibration

CHECKED = 512  # records on which the served model is compared with the one it was made from


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

    def features_of(fitted: np.ndarray) -> Features:
        return features_for([records[int(i)] for i in fitted], config)

    data = Data(records, np.zeros((len(records), 0)), kind.encode(records), kind, lambda fitted: rows(features_of(fitted), records))
    whole = np.arange(len(records)) if config.refit else plan(data, config, config.seeds[0])[0][0]  # what the served model is fitted to
    features = features_of(whole)
    data.features = rows(features, records)
    metric = checked_metric(kind, data, config)
    work = out.parent / f".{out.name}.run" / _fingerprint(data, config)
    log = tracking.RunLog(work / tracking.LOG)
    log("start", records=len(records), source=records[0].source, config=config.model_dump(mode="json"))
    held: dict[str, Held] = {}
    for name in names(records, kind, features.size, config):
        rivals = {other: each for other, each in held.items() if served(other) and other not in ENCODERS} if config.promote == "best" else {}
        held[name] = cross_fit(name, data, config, progress, work, rivals)
        log("candidate", name=name, folds=held[name].fold_scores, epochs=held[name].history)
        progress(f"{name}: {metric} {held[name].spread()[metric][0]:.3f} held out")
    rows_held = next(iter(held.values())).rows
    choosing, calibrating = _choosing(kind, config, metric), partial(_calibrated, kind, config)
    weights = choosing(held, data.targets[rows_held])
    outputs = blended(held, weights)
    calibration = calibrating(data.targets[rows_held], outputs)
    final: dict[str, tuple[Candidate, float]] = {}
    for name, weight in weights.items():
        fitted = held[name].fitted
        if fitted is None:
            progress(f"{name}: fitting to {'all ' if config.refit else ''}{len(whole)} records")
            fitted = make(name, kind, config, progress, work / f"{name}-final", held[name].epochs).fit(*data.of(whole))
        final[name] = fitted, weight
    meta = told(config, data, features, metric) | compared(data, held, weights, metric)
    meta |= judged(config, data, held, outputs, calibration, choosing, calibrating) | dict(extra or {})
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


def _choosing(kind: Kind, config: TrainConfig, metric: str) -> Choose:
    """How candidates are blended. Raises DataError where none of them can be served."""

    def weights(held: Mapping[str, Held], targets: np.ndarray) -> dict[str, float]:
        allowed = [name for name in held if served(name) and (config.promote == "best" or name in ENCODERS)]
        if not allowed:
            raise DataError("None of the chosen candidates can be served; add one such as fused to --candidates.")
        return choose(held, allowed, lambda outputs: value(kind.score(targets, outputs), metric))

    return weights


def _calibrated(kind: Kind, config: TrainConfig, targets: np.ndarray, outputs: np.ndarray) -> Calibration:
    if kind.kind == "amounts":
        return calibrate.for_amounts(outputs, targets, config.level)
    if kind.kind == "classes":
        return calibrate.for_classes(outputs, targets, config.level)
    return calibrate.for_labels(outputs, targets, config.level)


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
    failed = f"Failure: serving in int8 costs {said(int8_loss, meta['metric'])}, more than {said(LOST, meta['metric'])}; use another encoder."
    remarks = meta["remarks"] + ([failed] if int8_loss > LOST else [])
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
    """How much worse the served model decides than the float32 one it was made from, by the metric, on records that both know alike."""
    rows = np.linspace(0, len(data.records) - 1, min(CHECKED, len(data.records))).astype(int)
    records, features, targets = data.of(rows)
    exact = [weight * (c.in_float32 if isinstance(c, Neural) else c.outputs)(records, features) for c, weight in final.values()]
    before = np.asarray(sum(exact))
    after = encoder.run([r.text for r in records], features, [r.text_b for r in records])
    scores: list[Scores] = [data.kind.score(targets, each, encoder.calibration) for each in (before, after)]
    return lost(scores[0], scores[1], metric)


def _fingerprint(data: Data, config: TrainConfig) -> str:
    """Of everything that decides the held-out outputs: a changed run starts anew."""
    base = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(config.base.glob("*.safetensors")))).hexdigest()
    told = [config.model_dump_json(), base, *(repr((r.text, r.text_b, r.target, r.group, r.numbers)) for r in data.records)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
