"""A model as the tools load it, run on records: outputs, and what they say of each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from finetune.ranges import outside
from finetune.records import Columns, DataError, Record
from tools.encoder import FORM, META, Encoder, ModelMissing
from tools.features import name, numbers_in, usable
from tools.fields import FIELDS

UNLIKE = (
    "This row is farther from the training rows than any of them, so the model extrapolates and neither probability nor interval holds; "
    "check it by hand, or label rows like it and train again."
)
AT_ONCE = 512  # records; keeps memory flat on large files


def open_model(folder: Path) -> Encoder:
    """The model in `folder`. Raises DataError where there is none."""
    if not (folder / META).exists():
        raise DataError(f"There is no model in {folder}; give the folder that `waam finetune train --out` wrote.")
    meta = json.loads((folder / META).read_text(encoding="utf-8"))
    if meta.get("form") == FORM and "heads" not in meta:
        raise DataError(f"{folder.name} is not one model with a head; of an aspect model give a stage, {folder.name}/aspects or polarity.")
    try:
        return Encoder(folder)
    except ModelMissing as wrong:
        raise DataError(str(wrong)) from None


def columns_of(encoder: Encoder, **changed: Any) -> Columns:
    """The columns that the model was trained on, with those that are named otherwise in another file."""
    saved = TypeAdapter(Columns).validate_python(encoder.meta["columns"])
    return replace(saved, **({"group": ()} | {key: value for key, value in changed.items() if value}))


def outputs(encoder: Encoder, records: Sequence[Record]) -> np.ndarray:
    """Raw outputs [records, size]."""
    return np.concatenate([encoder.run(*part) for part in _parts(encoder, records)])


def outputs_and_novelty(encoder: Encoder, records: Sequence[Record]) -> tuple[np.ndarray, np.ndarray]:
    """Raw outputs [records, size], and how unlike the training records each one is [records]; every part is read once."""
    said = [(encoder.run(*part), encoder.novelty(*part)) for part in _parts(encoder, records)]
    return np.concatenate([raw for raw, _ in said]), np.concatenate([novelty for _, novelty in said])


def _parts(encoder: Encoder, records: Sequence[Record]) -> Iterator[tuple[list[str], np.ndarray, list[str]]]:
    """Texts, features and second texts of AT_ONCE records at a time."""
    for start in range(0, len(records), AT_ONCE):
        part = records[start : start + AT_ONCE]
        texts_b = [r.text_b for r in part] if encoder.meta["two_texts"] is not None else []
        yield [r.text for r in part], features_of(encoder, part), texts_b


def features_of(encoder: Encoder, records: Sequence[Record]) -> np.ndarray:
    """The records' features [records, features] as this model reads them."""
    return encoder.rows([r.text for r in records], [r.text_b for r in records], [dict(r.numbers) for r in records])


def predictions(encoder: Encoder, records: Sequence[Record]) -> list[dict[str, Any]]:
    """What the model says of each record, calibrated: probabilities with the labels over their thresholds, or with the class and the
    conformal set, or amounts with intervals; and as `warnings` what speaks against relying on it: a model that is not clearly better
    than a constant, what is not given, values outside the training range, a record unlike all training records."""
    (raw, novelty), names = outputs_and_novelty(encoder, records), encoder.names
    said: list[dict[str, Any]] = []
    for record, row, unlike in zip(records, raw, novelty, strict=True):
        line: dict[str, Any] = {"row": record.row}
        if encoder.meta["output"]["kind"] == "amounts":
            value, low, high = encoder.amounts(row)
            line |= {
                n: {"value": v, "interval": [a, b], "level": encoder.calibration.level} for n, v, a, b in zip(names, value, low, high, strict=True)
            }
        else:
            line["probabilities"] = encoder.probabilities(row)
            if encoder.meta["output"]["kind"] == "labels":
                line["thresholds"] = dict(zip(names, encoder.calibration.thresholds or [0.5] * len(names), strict=True))
                line["labels"] = [n for n, chosen in zip(names, encoder.calibration.chosen_labels(row[None])[0], strict=True) if chosen]
            else:
                line["label"] = names[encoder.calibration.chosen_classes(row[None])[0]]
                if note := _less_probable(line["label"], line["probabilities"]):
                    line["note"] = note
                line["set"] = [n for n, inside in zip(names, encoder.calibration.class_sets(row[None])[0], strict=True) if inside]
        if warnings := [*encoder.unproven, *absent(encoder, record), *outside(encoder, record), *[UNLIKE] * bool(unlike >= 1.0)]:
            line["warnings"] = warnings
        said.append(line)
    return said


def absent(encoder: Encoder, record: Record) -> list[str]:
    """A sentence on what every training row had and this one has not, if anything: the middle of the training rows stands for it."""
    features = encoder.features
    stated = {name(key) for key, value in record.numbers if usable(value)} | set(numbers_in(record.text) if features.names else ())
    wanted = [key for key in features.names if key not in features.optional and key not in stated]
    wanted += [FIELDS[key].title for key in encoder.meta["required"] if features.process and getattr(record.conditions, key) is None]
    if not wanted:
        return []
    return [f"Not given, though all training rows have it: {', '.join(wanted)}. The model guesses there; is a column named otherwise?"]


def _less_probable(label: str, probabilities: Mapping[str, float]) -> str:
    """Why the chosen class is not the likeliest one, where it is not: it is chosen before the bias that makes probabilities true."""
    likeliest = max(probabilities, key=lambda name: probabilities[name])
    if probabilities[label] >= probabilities[likeliest]:
        return ""
    return f"{label} is chosen although {likeliest} is more probable: the choice counts rare classes as much as frequent ones, probabilities do not."
