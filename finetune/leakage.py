"""What leaks from one split of a data set into another: shared groups, equal texts and equal numbers, and near-duplicate texts."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from finetune.grouping import tells_apart
from finetune.records import Record
from finetune.tables import NUMBER

NEAR, EXAMPLES = 0.97, 5
CHUNK_CELLS = 4_000_000  # of a block of similarities: below 100 MB


@dataclass
class Leak:
    """What two splits share. `rows` and `groups` count those of the later split that have a counterpart in the earlier one;
    `examples` are pairs of file rows by split, with the start of the later text."""

    kind: Literal["groups", "identical texts", "same numbers", "near-duplicate texts"]
    splits: tuple[str, str]
    rows: int
    groups: int
    examples: list[dict[str, Any]]


def leaks(pair: tuple[str, str], first: list[Record], second: list[Record]) -> Iterator[Leak]:
    """Leaks from `first` into `second`. A row counts under each kind that it is an instance of, except that identical texts are
    not counted as near duplicates again."""

    def leak(kind: Any, twins: Mapping[int, int]) -> Leak:
        """`twins`: row index in `second` → in `first`."""
        examples = [
            {pair[0]: first[i].row or i + 1, pair[1]: second[j].row or j + 1, "text": shorten(second[j].text, 120, placeholder=" …")}
            for j, i in list(twins.items())[:EXAMPLES]
        ]
        return Leak(kind, pair, len(twins), len({second[j].group for j in twins}), examples)

    identical = _twins(first, second, lambda r: plain(r) or None)
    yield leak("groups", _twins(first, second, lambda r: r.group or None))
    yield leak("identical texts", identical)
    yield leak("same numbers", _twins(first, second, _signature))
    yield leak("near-duplicate texts", {j: i for j, i in _near(first, second).items() if j not in identical})


def plain(record: Record) -> str:
    """The record's words as they are compared: two texts as one, whatever the case and the spacing."""
    return " ".join(f"{record.text} {record.text_b}".casefold().split())


def _twins(first: list[Record], second: list[Record], key: Callable[[Record], Hashable]) -> dict[int, int]:
    known: dict[Hashable, int] = {}
    for i, record in enumerate(first):
        known.setdefault(key(record), i)
    keys = [key(record) for record in second]
    return {j: known[k] for j, k in enumerate(keys) if k is not None and k in known}


def _signature(record: Record) -> Hashable:
    """The numbers that a record states, in any order: equal for paraphrases of one experiment. None where they do not tell one
    experiment from another."""
    values = sorted(float(n) for n in NUMBER.findall(f"{record.text} {record.text_b}"))
    return tuple(values) if tells_apart(values) else None


def _near(first: list[Record], second: list[Record]) -> dict[int, int]:
    """For rows of `second`, one row of `first` whose TF-IDF cosine with it is above NEAR.

    Only pairs that share one of a text's rarest terms are compared: where the other terms' weights have a norm below NEAR, a text
    that shares none of the rarest cannot reach it (prefix filtering; Bayardo, Ma and Srikant 2007). Numbers are whole terms.
    """
    if not first or not second:
        return {}
    vectorizer = TfidfVectorizer(token_pattern=r"\d+(?:\.\d+)?|[^\W\d_]+", dtype=np.float32)
    try:
        vectorizer.fit(plain(r) for r in (*first, *second))
    except ValueError:  # no text has a word
        return {}
    a, b = (csr_matrix(vectorizer.transform(plain(r) for r in part)) for part in (first, second))
    columns = a.T.tocsr()
    rare = _rarest(b, vectorizer.idf_)
    found: dict[int, int] = {}
    step = max(1, CHUNK_CELLS // max(len(first), 1))
    for start in range(0, len(second), step):
        candidates = (rare[start : start + step] @ columns).tocoo()
        for part in range(0, candidates.nnz, 200_000):
            rows, others = candidates.row[part : part + 200_000] + start, candidates.col[part : part + 200_000]
            cosines = np.asarray(b[rows].multiply(a[others]).sum(axis=1)).ravel()
            for j, i in zip(rows[cosines > NEAR], others[cosines > NEAR], strict=True):
                found.setdefault(int(j), int(i))
    return dict(sorted(found.items()))


def _rarest(rows: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """Of each row of unit length, its rarest terms, as many as bring the norm of the rest below NEAR."""
    kept = rows.copy()
    for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        order = np.argsort(-idf[rows.indices[start:end]], kind="stable")
        rest = 1 - np.cumsum(rows.data[start:end][order] ** 2)
        kept.data[start:end][order[int((rest >= (NEAR - 1e-3) ** 2).sum()) + 1 :]] = 0
    kept.eliminate_zeros()
    return kept
