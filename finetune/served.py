"""A model as the tools load it, run on records: outputs, and what they say of each."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from finetune.records import Columns, DataError, Record
from tools.encoder import FORM, META, Encoder, ModelMissing

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
    """What the model says of each record, calibrated: probabilities and the labels or the conformal set, or amounts with intervals; and where
    a record is farther from the training records than any of them, that nothing of this is sure."""
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
                line["labels"] = [n for n, chosen in zip(names, encoder.calibration.chosen_labels(row[None])[0], strict=True) if chosen]
            else:
                line["label"] = names[encoder.calibration.chosen_classes(row[None])[0]]
                line["set"] = [n for n, inside in zip(names, encoder.calibration.class_sets(row[None])[0], strict=True) if inside]
        if unlike >= 1.0:
            line["warning"] = "unlike every training record: the model extrapolates, and neither probability nor interval holds"
        said.append(line)
    return said
