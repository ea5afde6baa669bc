"""Parts of a data set that share no group: hold-out splits and stratified folds. Knows nothing of models."""

import random
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

from finetune.records import DataError, Record

FEWEST = 10  # groups that can be divided into parts that mean something
BINS = 5  # of a numeric target, so that every fold has low and high ones


def enough(records: Sequence[Record]) -> None:
    """Raises DataError where there are too few distinct groups to train and check a model on."""
    groups = len({record.group for record in records})
    if groups < FEWEST:
        name = records[0].source if records else "The data"
        raise DataError(f"{name or 'The data'} has {groups} distinct experiments (groups), too few to train and check on; give at least {FEWEST}.")


def split_by_group(records: Sequence[Record], shares: Mapping[str, float], seed: int) -> dict[str, list[Record]]:
    """Disjoint parts with the given shares of the groups, and the rest as `train`; a group is never divided. Two groups are the least."""
    groups = sorted({record.group for record in records})
    random.Random(seed).shuffle(groups)
    parts: dict[str, list[Record]] = {}
    start = 0
    for name, share in shares.items():
        count = max(1, round(share * len(groups)))
        chosen = set(groups[start : start + count])
        parts[name] = [record for record in records if record.group in chosen]
        start += count
    rest = set(groups[start:])
    parts["train"] = [record for record in records if record.group in rest]
    return parts


def folds(groups: Sequence[str], strata: np.ndarray, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """`count` pairs (rows to fit, rows held out). Every row is held out once, a group is never divided, and each column of
    `strata` (0/1 [rows, columns]) is spread evenly over the folds as far as whole groups allow (Sechidis et al. 2011)."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    count = min(count, len(names))
    carried = np.zeros((len(names), strata.shape[1] + 1), dtype=int)
    np.maximum.at(carried[:, :-1], member, strata.astype(int))
    carried[:, -1] = np.bincount(member) > np.median(np.bincount(member))  # large groups are spread too
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = MultilabelStratifiedKFold(n_splits=count, shuffle=True, random_state=seed).split(carried, carried)
        return [(np.flatnonzero(~np.isin(member, held)), np.flatnonzero(np.isin(member, held))) for _, held in parts]


def bins(values: np.ndarray) -> np.ndarray:
    """0/1 strata [rows, BINS] of numeric targets [rows], by quantile."""
    edges = np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.eye(BINS, dtype=int)[np.searchsorted(edges, values)]
