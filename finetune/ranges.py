"""The values that the training records had in numbers of the user's own, which are no process quantities, and what lies outside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from finetune.records import Record
from tools.columns import canonical
from tools.encoder import Encoder
from tools.features import Features, name, numbers_in, usable

Ranges = dict[str, tuple[float, float]]


def number_ranges(records: Sequence[Record], features: Features) -> Ranges:
    """Lowest and highest value of each numeric column, and of each number in texts that is a feature, under the user's own names.
    Columns that the model reads as process quantities are left to those."""
    found: dict[str, list[float]] = {}
    spoken = {name(column): column for record in records for column, _ in record.numbers}
    for record in records:
        for key, value in _stated(record, features).items():
            found.setdefault(spoken.get(key, key), []).append(value)
    process = {column for column in found if features.process and canonical(column, found[column][0])}
    return {column: (min(values), max(values)) for column, values in found.items() if column not in process}


def outside(encoder: Encoder, record: Record) -> list[str]:
    """A sentence for each value of the record that lies outside the training range."""
    conditions, meta = record.conditions, encoder.meta
    found = [_said(field, getattr(conditions, field), meta["training_range"][field]) for field in encoder.outside(conditions)]
    stated = _stated(record, encoder.features)
    own: Mapping[str, Any] = meta.get("number_range", {})
    values = ((column, stated.get(name(column)), limits) for column, limits in own.items())
    return found + [_said(column, value, limits) for column, value, limits in values if value is not None and not limits[0] <= value <= limits[1]]


def _stated(record: Record, features: Features) -> dict[str, float]:
    """The record's usable numbers by their names as features have them."""
    columns = {name(column): value for column, value in record.numbers if usable(value)}
    if all(key in columns for key in features.names):
        return columns
    return {key: value for key, value in numbers_in(record.text).items() if key in features.names} | columns


def _said(what: str, value: float, limits: Sequence[float]) -> str:
    return f"{what} {value:g} is outside the training range {limits[0]:g} to {limits[1]:g}."
