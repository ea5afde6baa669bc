"""What a model's waam.json says of the run that made it: of the data, of what was compared, and how well it is expected to do."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from finetune import grouping, nested
from finetune.baseline import CONSTANT, against_constant
from finetune.calibrate import for_amounts
from finetune.candidates import ENCODERS, FORMULAS, Formula, make, served
from finetune.config import TrainConfig
from finetune.crossfit import Data, Held
from finetune.kinds import Kind, scores_of
from finetune.metrics import Scores, value
from finetune.ranges import number_ranges
from finetune.records import DataError, Record
from finetune.sketch import sketch
from finetune.targets import unit_of
from tools.features import Features
from tools.fields import FIELDS
from tools.outputs import Calibration

ALWAYS, EVER = 0.99, 0.01  # shares of records that state a quantity
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # of intervals that a model can state beside its own


def told(config: TrainConfig, data: Data, features: Features, metric: str) -> dict[str, Any]:
    """What the model was trained on, and how to read a question as it was read then."""
    records = data.records
    stated = {name: [v for r in records if (v := getattr(r.conditions, name)) is not None] for name in type(records[0].conditions).model_fields}
    share = {name: len(values) / len(records) for name, values in stated.items()} if features.process else {}
    return {
        "task": config.task,
        "base": config.base.name,
        "two_texts": config.two_texts,
        "max_tokens": config.max_tokens,
        "columns": {k: list(v) if isinstance(v, tuple) else v for k, v in vars(config.columns).items()},
        "data_label": config.data_label,
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
        "data": files(records),
        "records": len(records),
        "groups": len(set(data.groups)),
        "grouping": grouping.told(records),
        "output": data.kind.to_json(),
        "units": {name: unit for name in data.kind.names if data.kind.kind == "amounts" and (unit := unit_of(name))},
        "features": features.to_json(),
        "required": [name for name, part in share.items() if part >= ALWAYS],
        "optional": [name for name, part in share.items() if EVER < part < ALWAYS],
        "training_range": {name: (min(stated[name]), max(stated[name])) for name in FIELDS if share.get(name)},
        "number_range": number_ranges(records, features),
        "training_median": {name: float(np.median(stated[name])) for name in FIELDS if share.get(name)},
        "training_values": {name: sorted(set(stated[name])) for name in ("material", "process") if share.get(name)},
        "sketch": sketch(records),
        "metric": metric,
        "config": config.model_dump(mode="json", exclude={"base", "columns"}),
    }


def files(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The data files that records are from, with what was noted when they were read."""
    origins = dict.fromkeys(record.origin for record in records if record.origin)
    return [{"file": each.file, "sha256": each.sha256, "rows": sum(r.origin == each for r in records), "notes": list(each.notes)} for each in origins]


def compared(data: Data, held: Mapping[str, Held], weights: Mapping[str, float], metric: str) -> dict[str, Any]:
    """The candidates beside each other, uncalibrated, and what is to be said of them."""
    targets = data.targets[next(iter(held.values())).rows]
    together = {name: data.kind.score(targets, each.outputs) for name, each in held.items()}
    return {
        "compared": {name: each.spread() for name, each in held.items()},
        "remarks": [*filter(None, [grouping.divided(data.records)]), *references(together, weights, metric)],
        "history": {name: each.history for name, each in held.items() if each.history},
        **_formula_unit(data, [name for name in sorted(together, key=lambda n: together[n]["loss"]) if name in FORMULAS]),
    }


def judged(
    config: TrainConfig,
    data: Data,
    held: Mapping[str, Held],
    outputs: np.ndarray,
    calibration: Calibration,
    choose: nested.Choose,
    calibrate: nested.Calibrate,
) -> dict[str, Any]:
    """The scores of what is served, with these held-out `outputs` and `calibration`: with several folds, each judged by what the others
    chose."""
    kind, first = data.kind, next(iter(held.values()))
    targets, records = data.targets[first.rows], [data.records[i] for i in first.rows]
    scored_on = (
        f"out-of-fold outputs of {len(records)} records ({config.folds} folds by group)" if config.folds > 1 else f"{len(records)} held-out records"
    )
    found = _by_other_folds(config, kind, targets, held, choose, calibrate)
    if found is not None:
        scored_on += ", blended and calibrated on the other folds"
        decided, stated, own = found.decided, found.stated, Calibration()
        scores = scores_of(kind, records, targets, decided, own) | found.scores(kind, targets)
    else:
        scored_on += ", which also chose and calibrated the model"
        decided, stated, own = outputs, _stated(kind, outputs, calibration), calibration
        scores = scores_of(kind, records, targets, outputs, calibration)
    folds = [kind.score(targets[inside], decided[inside], own) for inside in (first.fold == number for number in range(int(first.fold.max()) + 1))]
    metric = config.metric or kind.metric
    baseline = against_constant(
        kind, targets, [r.group for r in records], metric, (scores, stated), _constant(config, kind, targets, held[CONSTANT], calibrate)
    )
    return {
        "calibration": calibration.to_json(),
        **({"radii": _radii(targets, outputs)} if kind.kind == "amounts" else {}),
        "scored_on": scored_on,
        "scores": scores,
        "spread": {name: float(np.std([each[name] for each in folds])) for name in folds[0]} if len(folds) > 1 else {},
        "per_name": kind.per_name(targets, decided, own),
        "baseline": baseline,
    }


def _by_other_folds(
    config: TrainConfig, kind: Kind, targets: np.ndarray, held: Mapping[str, Held], choose: nested.Choose, calibrate: nested.Calibrate
) -> nested.Judged | None:
    try:
        return nested.judged(kind, targets, held, choose, calibrate) if config.folds > 1 else None
    except DataError:  # the other folds are too few to calibrate on
        return None


def _constant(config: TrainConfig, kind: Kind, targets: np.ndarray, held: Held, calibrate: nested.Calibrate) -> tuple[Scores, np.ndarray]:
    """Scores and calibrated outputs of the constant, judged as what is served is: thresholds alone may make it better."""
    if found := _by_other_folds(config, kind, targets, {CONSTANT: held}, lambda *_: {CONSTANT: 1.0}, calibrate):
        return kind.score(targets, found.decided) | found.scores(kind, targets), found.stated
    calibration = calibrate(targets, held.outputs)
    return kind.score(targets, held.outputs, calibration), _stated(kind, held.outputs, calibration)


def _stated(kind: Kind, outputs: np.ndarray, calibration: Calibration) -> np.ndarray:
    """Outputs whose probabilities are the calibrated ones."""
    return calibration.class_logits(outputs) if kind.kind == "classes" else outputs / calibration.temperature


def _radii(targets: np.ndarray, outputs: np.ndarray) -> dict[str, tuple[float, ...]]:
    """The half width of each target's interval at each of LEVELS that so many held-out records can tell."""
    return {f"{level:g}": for_amounts(outputs, targets, level).radius for level in LEVELS if len(targets) * (1 - level) > level}


def references(scores: Mapping[str, Scores], weights: Mapping[str, float], metric: str) -> list[str]:
    """Sentences on what beats the encoder, or the model, for the card; `scores` of each candidate's held-out outputs together."""
    best = {name: value(each, metric) for name, each in scores.items()}
    encoders = {name: score for name, score in best.items() if name in ENCODERS}
    others = {name: score for name, score in best.items() if name not in encoders}
    found = []
    if encoders and others and max(others.values()) > max(encoders.values()):
        winner, better = max(others, key=lambda name: others[name]), max(encoders, key=lambda name: encoders[name])
        found.append(f"The encoder loses here: {winner} has {metric} {scores[winner][metric]:.4g}, the better encoder {scores[better][metric]:.4g}.")
    unserved = [
        name for name in others if not served(name) and name != CONSTANT and others[name] > max((best[n] for n in weights), default=-math.inf)
    ]
    found += [f"{name}, which is not served, is better than any part of this model ({metric} {scores[name][metric]:.4g})." for name in unserved]
    return found


def _formula_unit(data: Data, formulas: list[str]) -> dict[str, float]:
    """How many of the target's units make one of the best closed formula's (1000 where energy is in J and the formula in kJ)."""
    if not formulas:
        return {}
    formula = make(formulas[0], data.kind, TrainConfig(task="regression", base=Path()), print).fit(data.records, data.features, data.targets)
    assert isinstance(formula, Formula)
    return {"per_formula_unit": float(formula.factor)}
