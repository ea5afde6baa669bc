"""Fitting tools.features.Features to training records: which numbers count, what stands in for an absent one."""

import statistics
from collections import Counter
from collections.abc import Sequence

import numpy as np

from finetune.config import TrainConfig
from finetune.records import DataError, Record
from tools.columns import field_named, quantity
from tools.features import Features, name, numbers_in, usable
from tools.fields import FIELDS
from tools.lexical import fit_idf

SHARE = 0.5  # of the texts that must state a number for it to be a feature
MOST = 256  # numbers in a row; more is a table of raw samples, not of features


def fit_features(records: list[Record], pair: bool, process: bool | None = None) -> Features:
    """The features of these training records; nothing of any other record is looked at.

    process: whether to read process quantities; if None, where at least half of the texts state one.
    pair: whether the two texts are to be compared. Raises DataError where there are no records or too many numeric columns.
    """
    if not records:
        raise DataError("There are no training records to take features from; give at least one.")
    if process is None:
        stating = sum(any(key in FIELDS for key in record.conditions.given()) for record in records)
        process = stating >= SHARE * len(records)
    columns: list[dict[str, float]] = [{name(key): float(value) for key, value in record.numbers if usable(value)} for record in records]
    counted = Counter(key for row in columns for key in row)
    names = [key for key in counted if key]
    if not pair:  # numbers in two running texts are their words' matter
        texts = [numbers_in(record.text) for record in records]
        stated = Counter(key for row in texts for key in row)
        names += [key for key, count in stated.items() if key not in counted and count >= SHARE * len(records) and not (process and _covered(key))]
        columns = [text | row for text, row in zip(texts, columns, strict=True)]
    if len(names) > MOST:
        raise DataError(f"The records have {len(names)} numeric columns; name at most {MOST} that describe an experiment.")
    values = {key: [row[key] for row in columns if key in row] for key in names}
    return Features(
        process=process,
        names=tuple(names),
        medians=tuple(float(statistics.median(values[key])) for key in names),
        idf=fit_idf(text for record in records for text in (record.text, record.text_b)) if pair else None,
        optional=tuple(key for key in names if len(values[key]) < len(records)),
    )


def features_for(records: list[Record], config: TrainConfig) -> Features:
    """The features of these training records that the configuration asks for."""
    return fit_features(records, pair=config.two_texts is not None) if config.features else Features(process=False)


def rows(features: Features, records: Sequence[Record]) -> np.ndarray:
    """The records' features, float32 [records, features]."""
    found = [features.row(r.text, r.text_b, dict(r.numbers)) for r in records]
    return np.array(found, dtype=np.float32).reshape(len(records), features.size)


def _covered(key: str) -> bool:
    spoken = key.replace("_", " ")
    return field_named(spoken) is not None or quantity(spoken) is not None
