"""The table of tasks: what kind of output each has, how many texts it reads, and how its kind is fitted to the training records.

binary      normal or not (or any two values): one logit with BCE, or two with cross-entropy
multilabel  several labels at once: one logit each; where every record has exactly one label, one class of several
regression  one or several amounts: MSE on the standardised value or its logarithm
pair        two texts, one class (entailment, neutral, contradiction)
similarity  two texts, a grade
aspect      two stages, `aspects.py`: which aspects, then one of five polarities for each
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.config import TrainConfig
from finetune.kinds import Amounts, Classes, Kind, Labels, plain
from finetune.records import DataError, Record
from finetune.targets import amounts, is_normal, labels

LOG_RATIO = 8.0  # of the largest to the smallest amount: from here on a relative error means more than an absolute one


@dataclass(frozen=True)
class Task:
    """One row of the table."""

    name: str
    texts: int
    fit: Callable[[Sequence[Record], TrainConfig], Kind]


def fit_kind(records: Sequence[Record], config: TrainConfig) -> Kind:
    """The kind of output of the configured task, fitted to the training records. Raises DataError."""
    if config.task not in TASKS:
        raise DataError(f"The task {config.task} has two stages; train it with `waam finetune train` or finetune.aspects.train_aspects.")
    task = TASKS[config.task]
    if task.texts == 2 and not all(record.text_b for record in records):
        raise DataError(f"The task {task.name} compares two texts; name the second column with --text-b.")
    if task.fit is not _fit_amounts and isinstance(target := records[0].target, tuple):
        raise DataError(f"The task {task.name} reads one target column, and {len(target)} are named; join labels by ' or ' in one.")
    return task.fit(records, config)


def _fit_binary(records: Sequence[Record], config: TrainConfig) -> Kind:
    study = config.positive is None and any(is_normal(r.target) for r in records)
    values = Counter(plain(r.target) for r in records)
    positive = config.positive and plain(config.positive)
    if study:
        _two_sides(records, [is_normal(r.target) for r in records], "Normal")
    else:
        if positive is None and len(values) > 2:
            raise DataError(
                f"{records[0].source} has {len(values)} different targets ({_some(values)}); a binary task needs two, or labels that contain "
                "'Normal', or --positive VALUE to set one against all others."
            )
        positive = positive or max(values)
        _two_sides(records, [plain(r.target) == positive for r in records], positive)
    if config.loss == "cross_entropy":
        if study or len(values) > 2:
            return Classes(("normal", "abnormal"), study=True) if study else _against(positive or "")
        return Classes(_class_names(records))
    return Labels(("abnormal" if study else positive or "positive",), binary=True, positive=None if study else positive)


def _against(positive: str) -> Kind:
    raise DataError(f"--positive {positive} against all others is one logit; use --loss bce.")


def _two_sides(records: Sequence[Record], is_one: Sequence[bool], name: str) -> None:
    ones = sum(is_one)
    if not 0 < ones < len(records):
        which = "all" if ones else "none"
        raise DataError(f"{records[0].source or 'the data'}: {which} of the {len(records)} records count as {name!r}; a classifier needs both sides.")


def _fit_labels(records: Sequence[Record], config: TrainConfig) -> Kind:
    found = [labels(r.target) for r in records]
    names = sorted({name for those in found for name in those})
    _not_free_text(records, names)
    if len(names) < 2:
        raise DataError(f"{records[0].source} has only the label {names[0]!r}; a classifier needs at least two." if names else "There are no labels.")
    single = all(len(those) == 1 for those in found)
    if config.loss == "cross_entropy" and not single:
        raise DataError("Cross-entropy needs exactly one label a record, and here some have several; use --loss bce.")
    if single and config.loss != "bce":
        return Classes(_class_names(records))
    return Labels(tuple(names))


def _fit_classes(records: Sequence[Record], config: TrainConfig) -> Kind:
    names = _class_names(records)
    _not_free_text(records, names)
    if len(names) < 2:
        raise DataError(f"{records[0].source} has only the class {names[0]!r}; a classifier needs at least two.")
    return Classes(names)


def _fit_amounts(records: Sequence[Record], config: TrainConfig) -> Kind:
    values = np.array([amounts(record) for record in records], dtype=float).reshape(len(records), -1)
    names = config.columns.target if len(config.columns.target) == values.shape[1] else tuple(f"target_{i + 1}" for i in range(values.shape[1]))
    log = tuple(_wants_log(column, config.scale) for column in values.T)
    scaled = np.column_stack([np.log(c) if is_log else c for c, is_log in zip(values.T, log, strict=True)])
    if (flat := np.flatnonzero(scaled.std(axis=0) <= 1e-12 * np.abs(scaled).max(axis=0))).size:
        raise DataError(f"All values of {names[flat[0]]} are the same ({values[0, flat[0]]:g}); there is nothing to predict.")
    bounded = config.task == "similarity" and bool((values >= 0).all() and (values <= 1).all())
    return Amounts(
        names,
        log,
        tuple(map(float, scaled.mean(axis=0))),
        tuple(map(float, scaled.std(axis=0))),
        (0.0 if bounded else None,) * len(names),
        (1.0 if bounded else None,) * len(names),
    )


def _wants_log(values: np.ndarray, scale: str) -> bool:
    if scale == "log" and not (values > 0).all():
        raise DataError("A logarithmic scale needs positive targets; train with --scale linear.")
    return scale == "log" or (scale == "auto" and bool((values > 0).all()) and float(values.max() / values.min()) > LOG_RATIO)


def _not_free_text(records: Sequence[Record], names: Sequence[str]) -> None:
    if len(names) > max(20, len(records) / 3):
        raise DataError(
            f"The target of {records[0].source or 'the data'} has {len(names)} different values in {len(records)} rows, such as {names[0][:60]!r}; "
            "that looks like free text or numbers, not labels: name another column with --target, or use --task regression."
        )


def _class_names(records: Sequence[Record]) -> tuple[str, ...]:
    """The classes as they are first written, in order."""
    spelt: dict[str, str] = {}
    for record in records:
        spelt.setdefault(plain(record.target).casefold(), plain(record.target))
    return tuple(sorted(spelt.values(), key=_by_number))


def _by_number(name: str) -> tuple[float, str]:
    return (float(name), name) if name.lstrip("-").isdigit() else (float("inf"), name)


def _some(values: Counter[str]) -> str:
    return ", ".join(list(values)[:4]) + (", …" if len(values) > 4 else "")


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("binary", 1, _fit_binary),
        Task("multilabel", 1, _fit_labels),
        Task("regression", 1, _fit_amounts),
        Task("pair", 2, _fit_classes),
        Task("similarity", 2, _fit_amounts),
    )
}
