"""What one split of a data set holds: rows, texts, labels or amounts, and the quantities that it states."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from finetune.leakage import plain
from finetune.records import Record
from finetune.targets import NORMAL, amounts, labels
from tools.columns import canonical

What = Literal["labels", "classes", "amounts"]
Splits = Mapping[str, list[Record]]
QUANTILES = (("lowest", 0.0), ("5 %", 0.05), ("25 %", 0.25), ("median", 0.5), ("75 %", 0.75), ("95 %", 0.95), ("highest", 1.0))


@dataclass
class Contents:
    """One split. Lengths are in characters and words; `targets` has the quantiles of each target of `amounts`; `quantities` says
    for each setting that texts state, and each numeric column, how often it is there and what values it takes."""

    rows: int
    groups: int
    empty_texts: int
    missing_targets: int
    duplicate_texts: int
    contradictions: int  # texts that occur with different targets
    characters: dict[str, float]
    words: dict[str, float]
    labels: dict[str, int]
    combinations: dict[str, int]
    normal: tuple[int, int] | None  # rows that are Normal, and that are not
    targets: list[dict[str, float]]
    quantities: dict[str, dict[str, Any]]


def describe(records: list[Record], kind: What) -> Contents:
    """What `records` hold. Raises DataError where a target of `amounts` is not a number."""
    texts = [plain(r) for r in records]
    seen: dict[str, set[object]] = {}
    for text, record in zip(texts, records, strict=True):
        seen.setdefault(text, set()).add(_target(record, kind))
    found = [_names(r, kind) for r in records]
    counted = Counter(name for names in found for name in names)
    normal = sum(NORMAL in names for names in found)
    return Contents(
        rows=len(records),
        groups=len({r.group for r in records}),
        empty_texts=sum(not r.text.strip() for r in records),
        missing_targets=sum(_missing(r) for r in records),
        duplicate_texts=len(records) - len(seen),
        contradictions=sum(len(targets) > 1 for targets in seen.values()),
        characters=_quantiles([len(r.text) for r in records]),
        words=_quantiles([len(r.text.split()) for r in records]),
        labels=dict(counted.most_common()),
        combinations=dict(Counter(" or ".join(names) for names in found if names).most_common()),
        normal=(normal, len(records) - normal) if kind != "amounts" and NORMAL in counted else None,
        targets=[_quantiles(column) for column in target_columns(records)] if kind == "amounts" else [],
        quantities=_quantities(records),
    )


def target_columns(records: list[Record]) -> list[list[float]]:
    """The values of each target of `amounts`, without the rows that lack one: [targets][rows]."""
    return [list(column) for column in zip(*(amounts(r) for r in records if not _missing(r)), strict=True)]


def _quantities(records: list[Record]) -> dict[str, dict[str, Any]]:
    held: dict[str, list[Any]] = {}
    for record in records:
        stated: dict[str, Any] = record.conditions.given()
        others = {name: value for name, value in record.numbers if math.isfinite(value) and (canonical(name, value) or name)[0] not in stated}
        for name, value in {**stated, **others}.items():
            held.setdefault(name, []).append(value)
    found: dict[str, dict[str, Any]] = {}
    for name, values in held.items():
        if isinstance(values[0], str):
            found[name] = {"stated": len(values), "values": dict(Counter(values).most_common(12))}
        else:
            found[name] = {"stated": len(values), "lowest": float(min(values)), "median": float(np.median(values)), "highest": float(max(values))}
    return found


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if not len(values):
        return {}
    array = np.asarray(values, dtype=float)
    return {name: float(np.quantile(array, q)) for name, q in QUANTILES} | {"mean": float(array.mean()), "std": float(array.std())}


def _names(record: Record, kind: What) -> tuple[str, ...]:
    if kind == "amounts" or _missing(record):
        return ()
    return labels(record.target) if kind == "labels" else (_class(record.target),)


def _class(target: object) -> str:
    return f"{target:g}" if isinstance(target, float) else str(target).strip()


def _target(record: Record, kind: What) -> object:
    return record.target if kind == "amounts" else _names(record, kind)


def _missing(record: Record) -> bool:
    parts = record.target if isinstance(record.target, tuple) else (record.target,)
    return any(math.isnan(part) if isinstance(part, float) else not str(part).strip() for part in parts)
