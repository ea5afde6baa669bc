"""What a model's waam.json says of the run that made it: of the data, of what was compared, and how well it is expected to do."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from finetune import nested
from finetune.calibrate import for_amounts
from finetune.candidates import ENCODERS, FORMULAS, Formula, make, served
from finetune.config import TrainConfig
from finetune.crossfit import Data, Held
from finetune.kinds import scores_of
from finetune.metrics import Scores, value
from finetune.records import DataError
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
        "records": len(records),
        "groups": len(set(data.groups)),
        "output": data.kind.to_json(),
        "features": features.to_json(),
        "required": [name for name, part in share.items() if part >= ALWAYS],
        "optional": [name for name, part in share.items() if EVER < part < ALWAYS],
        "training_range": {name: (min(stated[name]), max(stated[name])) for name in FIELDS if share.get(name)},
        "training_median": {name: float(np.median(stated[name])) for name in FIELDS if share.get(name)},
        "training_values": {name: sorted(set(stated[name])) for name in ("material", "process") if share.get(name)},
        "metric": metric,
        "config": config.model_dump(mode="json", exclude={"base", "columns"}),
    }


def compared(data: Data, held: Mapping[str, Held], weights: Mapping[str, float], metric: str) -> dict[str, Any]:
    """The candidates beside each other, uncalibrated, and what is to be said of them."""
    targets = data.targets[next(iter(held.values())).rows]
    together = {name: data.kind.score(targets, each.outputs) for name, each in held.items()}
    return {
        "compared": {name: each.spread() for name, each in held.items()},
        "remarks": references(together, weights, metric),
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
    meta: dict[str, Any] = {"calibration": calibration.to_json()}
    if kind.kind == "amounts":
        meta["radii"] = _radii(targets, outputs)
    scored_on = f"out-of-fold outputs of {len(records)} records ({config.folds} folds by group)"
    try:
        found = nested.judged(kind, targets, held, choose, calibrate) if config.folds > 1 else None
    except DataError:  # the other folds are too few to calibrate on
        found = None
    if found is None:
        scored_on = scored_on if config.folds > 1 else f"{len(records)} held-out records"
        scores, per_name = scores_of(kind, records, targets, outputs, calibration), kind.per_name(targets, outputs, calibration)
        return meta | {"scored_on": f"{scored_on}, which also chose and calibrated the model", "scores": scores, "per_name": per_name}
    scores = scores_of(kind, records, targets, found.decided, Calibration()) | found.scores(kind, targets)
    per_name = kind.per_name(targets, found.decided, Calibration())
    return meta | {"scored_on": f"{scored_on}, blended and calibrated on the other folds", "scores": scores, "per_name": per_name}


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
    unserved = [name for name in others if not served(name) and others[name] > max((best[n] for n in weights), default=-math.inf)]
    found += [f"{name}, which is not served, is better than any part of this model ({metric} {scores[name][metric]:.4g})." for name in unserved]
    return found


def _formula_unit(data: Data, formulas: list[str]) -> dict[str, float]:
    """How many of the target's units make one of the best closed formula's (1000 where energy is in J and the formula in kJ)."""
    if not formulas:
        return {}
    formula = make(formulas[0], data.kind, TrainConfig(task="regression", base=Path()), print).fit(data.records, data.features, data.targets)
    assert isinstance(formula, Formula)
    return {"per_formula_unit": float(formula.factor)}
