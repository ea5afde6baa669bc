"""What is in a data set, and what leaks between its splits: figures as JSON, and a page with plots. Trains nothing."""

import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from textwrap import shorten
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_matrix
from scipy.stats import ks_2samp
from sklearn.feature_extraction.text import TfidfVectorizer

from finetune import data_plots
from finetune.records import EXPERIMENT_NUMBERS, DataError, Record
from finetune.report import Page, Section, write_page
from finetune.targets import NORMAL, amounts, labels
from tools.columns import canonical

What = Literal["labels", "classes", "amounts"]
Splits = Mapping[str, list[Record]]
NEAR, EXAMPLES, LISTED, FEW, SHIFT = 0.97, 5, 8, 10, 0.001
BEYOND = 0.05  # of the range that training covers: less than that is no news
CHUNK_CELLS = 4_000_000  # of a block of similarities: below 100 MB
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
QUANTILES = (("lowest", 0.0), ("5 %", 0.05), ("25 %", 0.25), ("median", 0.5), ("75 %", 0.75), ("95 %", 0.95), ("highest", 1.0))


@dataclass
class Split:
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


@dataclass
class Leak:
    """What two splits share. `rows` and `groups` count those of the later split that have a counterpart in the earlier one;
    `examples` are pairs of file rows by split, with the start of the later text."""

    kind: Literal["groups", "identical texts", "same numbers", "near-duplicate texts"]
    splits: tuple[str, str]
    rows: int
    groups: int
    examples: list[dict[str, Any]]


@dataclass
class DataReport:
    """What `examine` found. `findings` are sentences for a person, the gravest first."""

    kind: str
    findings: list[str]
    splits: dict[str, Split]
    leaks: list[Leak]

    def to_json(self) -> dict[str, Any]:
        """Plain values for json.dumps."""
        return asdict(self)


def examine(splits: Splits, kind: What) -> DataReport:
    """Describe each split and look for leakage between every two of them; splits are in the order train, …, test.
    Raises DataError where there is no split, or a target of `amounts` is not a number."""
    if not splits:
        raise DataError("There is no data to report on; give at least one file.")
    described = {name: _describe(records, kind) for name, records in splits.items()}
    leaks = [leak for pair in combinations(splits, 2) for leak in _leaks(pair, splits[pair[0]], splits[pair[1]])]
    return DataReport(kind, list(_findings(described, leaks, splits, kind)), described, leaks)


def write(report: DataReport, splits: Splits, folder: Path) -> Path:
    """Write data_report.json and data_report.html into `folder`; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "data_report.json.partial"
    partial.write_text(json.dumps(report.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(partial, folder / "data_report.json")
    return write_page(_page(report, splits), folder / "data_report.html")


def _describe(records: list[Record], kind: What) -> Split:
    texts = [_plain(r) for r in records]
    seen: dict[str, set[object]] = {}
    for text, record in zip(texts, records, strict=True):
        seen.setdefault(text, set()).add(_target(record, kind))
    found = [_names(r, kind) for r in records]
    counted = Counter(name for names in found for name in names)
    values = [amounts(r) for r in records if not _missing(r)] if kind == "amounts" else []
    normal = sum(NORMAL in names for names in found)
    return Split(
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
        targets=[_quantiles(column) for column in zip(*values, strict=True)],
        quantities=_quantities(records),
    )


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


def _leaks(pair: tuple[str, str], first: list[Record], second: list[Record]) -> Iterator[Leak]:
    """Leaks from `first` into `second`. A row counts under each kind that it is an instance of, except that identical texts are
    not counted as near duplicates again."""

    def leak(kind: Any, twins: Mapping[int, int]) -> Leak:
        """`twins`: row index in `second` → in `first`."""
        examples = [
            {pair[0]: first[i].row or i + 1, pair[1]: second[j].row or j + 1, "text": shorten(second[j].text, 120, placeholder=" …")}
            for j, i in list(twins.items())[:EXAMPLES]
        ]
        return Leak(kind, pair, len(twins), len({second[j].group for j in twins}), examples)

    identical = _twins(first, second, lambda r: _plain(r) or None)
    yield leak("groups", _twins(first, second, lambda r: r.group or None))
    yield leak("identical texts", identical)
    yield leak("same numbers", _twins(first, second, _signature))
    yield leak("near-duplicate texts", {j: i for j, i in _near(first, second).items() if j not in identical})


def _twins(first: list[Record], second: list[Record], key: Callable[[Record], Hashable]) -> dict[int, int]:
    known: dict[Hashable, int] = {}
    for i, record in enumerate(first):
        known.setdefault(key(record), i)
    keys = [key(record) for record in second]
    return {j: known[k] for j, k in enumerate(keys) if k is not None and k in known}


def _signature(record: Record) -> Hashable:
    """The numbers that a record states, in any order: equal for paraphrases of one experiment. None where they do not tell one
    experiment from another: too few, or the small whole numbers of lists and scales."""
    values = sorted(float(n) for n in _NUMBER.findall(f"{record.text} {record.text_b}"))
    telling = {value for value in values if abs(value) > 10 or value % 1}
    return tuple(values) if len(values) >= EXPERIMENT_NUMBERS and len(telling) >= 2 else None


def _near(first: list[Record], second: list[Record]) -> dict[int, int]:
    """For rows of `second`, one row of `first` whose TF-IDF cosine with it is above NEAR.

    Only pairs that share one of a text's rarest terms are compared: where the other terms' weights have a norm below NEAR, a text
    that shares none of the rarest cannot reach it (prefix filtering; Bayardo, Ma and Srikant 2007). Numbers are whole terms.
    """
    if not first or not second:
        return {}
    vectorizer = TfidfVectorizer(token_pattern=r"\d+(?:\.\d+)?|[^\W\d_]+", dtype=np.float32)
    try:
        vectorizer.fit(_plain(r) for r in (*first, *second))
    except ValueError:  # no text has a word
        return {}
    a, b = (csr_matrix(vectorizer.transform(_plain(r) for r in part)) for part in (first, second))
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


def _findings(described: dict[str, Split], leaks: list[Leak], splits: Splits, kind: What) -> Iterator[str]:
    for leak in leaks:
        if leak.rows:
            yield _leak_sentence(leak, described[leak.splits[1]])
    if len(splits) > 1 and not any(leak.rows for leak in leaks):
        yield "No leakage between the splits was found: no shared group, no identical or nearly identical text, no text with the same numbers."
    for name, split in described.items():
        if split.rows == 0:
            yield f"{name} is empty."
        for count, what in (
            (split.empty_texts, "have no text"),
            (split.missing_targets, "have no target"),
            (split.duplicate_texts, "repeat the text of an earlier row"),
        ):
            if count:
                yield f"{count} of {split.rows} rows of {name} {what if count > 1 else what.replace('have', 'has').replace('repeat', 'repeats')}."
        if split.contradictions:
            yield f"{split.contradictions} texts of {name} occur with different targets: no model can get all of them right."
    yield from _target_findings(described, splits, kind)
    yield from _range_findings(described)


def _leak_sentence(leak: Leak, second: Split) -> str:
    one, other = leak.splits
    noun = "experiments" if second.quantities else "groups"
    share = {
        "groups": f"{leak.groups} of {second.groups} {other} groups also appear in {one}",
        "identical texts": f"{leak.rows} of {second.rows} {other} rows have a text that is also in {one}",
        "same numbers": f"{leak.groups} of {second.groups} {other} {noun} also appear in {one} (same numbers)",
        "near-duplicate texts": f"{leak.rows} of {second.rows} {other} rows have almost the same text as a row of {one}",
    }[leak.kind]
    return f"{share}: scores on this split will be too good."


def _target_findings(described: dict[str, Split], splits: Splits, kind: What) -> Iterator[str]:
    if kind == "amounts":
        for (one, a), (other, b) in combinations(splits.items(), 2):
            for i, (x, y) in enumerate(zip(_columns(a), _columns(b), strict=False), 1):
                if min(len(x), len(y)) >= FEW and (p := float(ks_2samp(x, y, method="asymp").pvalue)) < SHIFT:
                    which = f"target {i}" if len(_columns(a)) > 1 else "the target"
                    yield f"{which.capitalize()} is distributed differently in {one} and {other} (Kolmogorov-Smirnov p = {p:.1g})."
        return
    first, *others = described
    trained = described[first]
    if trained.rows and len(trained.labels) < 2:
        yield f"{first} has only {'one label' if trained.labels else 'no label'}: nothing can be learnt from it."
    few = {name: count for name, count in trained.labels.items() if count < FEW}
    if few:
        yield f"Rare in {first}: {_listed([f'{name} ({count})' for name, count in few.items()])}; fewer than {FEW} rows of a label teach little."
    for name in others:
        if unseen := [label for label in described[name].labels if label not in trained.labels]:
            yield f"{name} has labels that {first} never has: {_listed(unseen)}."
    for name, split in described.items():
        if split.labels and split.rows >= FEW and (top := max(split.combinations.items(), key=lambda item: item[1]))[1] > 0.9 * split.rows:
            yield f"Always answering {top[0]} is right for {top[1] / split.rows:.1%} of {name}: judge by macro F1, not by accuracy."


def _range_findings(described: dict[str, Split]) -> Iterator[str]:
    first, *others = described
    known = described[first].quantities
    for name in others:
        outside = []
        for quantity, there in described[name].quantities.items():
            here = known.get(quantity)
            if here is None:
                outside.append(f"{quantity} (never in {first})")
            elif "values" in there:
                if new := [value for value in there["values"] if value not in here.get("values", {})]:
                    outside.append(f"{quantity} ({_listed(new)})")
            elif max(here["lowest"] - there["lowest"], there["highest"] - here["highest"]) > BEYOND * (here["highest"] - here["lowest"]):
                outside.append(f"{quantity} ({there['lowest']:.4g} to {there['highest']:.4g}, {first} {here['lowest']:.4g} to {here['highest']:.4g})")
        if outside:
            yield f"{name} goes beyond what {first} covers: {'; '.join(outside)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def _page(report: DataReport, splits: Splits) -> Page:
    split_rows = [
        {"split": n, "rows": s.rows, "groups": s.groups, "empty texts": s.empty_texts, "missing targets": s.missing_targets,
         "duplicate texts": s.duplicate_texts, "contradictions": s.contradictions}
        for n, s in report.splits.items()
    ]  # fmt: skip
    leak_rows = [{"between": " and ".join(k.splits), "what": k.kind, "rows": k.rows, "groups": k.groups} for k in report.leaks]
    examples = {
        f"{leak.kind}, {' and '.join(leak.splits)}": [{f"{k} row" if k != "text" else k: v for k, v in example.items()} for example in leak.examples]
        for leak in report.leaks
    }
    lengths = {
        what: data_plots.histogram({n: [count(r.text) for r in part] for n, part in splits.items()}, f"text length, {what}")
        for what, count in (("characters", len), ("words", lambda text: len(text.split())))
    }
    sections = [
        Section("Splits", tables={"": split_rows}),
        Section("Leakage between the splits", "Counts are of the second split; rows are those of the files.", tables={"": leak_rows, **examples}),
        _targets_section(report, splits),
        Section("Texts", tables={"": [{"split": n, "length": what, **getattr(s, what)} for what in lengths for n, s in report.splits.items()]},
                figures={f"Text length in {what}": figure for what, figure in lengths.items()}),
        Section("Quantities that the data states", "From the texts, in canonical units, and from numeric columns.", tables=_quantity_tables(report)),
    ]  # fmt: skip
    facts = {"Kind of target": report.kind, "Rows": ", ".join(f"{s.rows} {n}" for n, s in report.splits.items())}
    return Page("Data report", facts, report.findings, sections, first_title="Findings")


def _targets_section(report: DataReport, splits: Splits) -> Section:
    if report.kind == "amounts":
        columns = {n: _columns(part) for n, part in splits.items()}
        names = [f"target {i}" for i in range(1, max(map(len, columns.values()), default=0) + 1)]
        rows = [{"target": t, "split": n, **s.targets[i]} for i, t in enumerate(names) for n, s in report.splits.items() if i < len(s.targets)]
        figures = {
            f"Values of {t}": data_plots.histogram({n: c[i] if i < len(c) else [] for n, c in columns.items()}, t) for i, t in enumerate(names)
        }
        return Section("Targets", tables={"": rows}, figures=figures)
    names = list(dict.fromkeys(name for s in report.splits.values() for name in s.labels))
    rows = [{"label": name, **{n: s.labels.get(name, 0) for n, s in report.splits.items()}} for name in names]
    together = Counter[str]()
    for s in report.splits.values():
        together.update(s.combinations)
    counts = {n: s.labels for n, s in report.splits.items()}
    figures = {
        "All splits together": data_plots.label_combinations(together, "Label combinations" if report.kind == "labels" else "Classes"),
        "Split by split": data_plots.label_shares(counts, {n: s.rows for n, s in report.splits.items()}),
    }
    if any(s.normal for s in report.splits.values()):
        figures["Labels that contain Normal are Normal"] = data_plots.balance({n: s.normal or (0, s.rows) for n, s in report.splits.items()})
    return Section("Labels" if report.kind == "labels" else "Classes", tables={"": rows}, figures=figures)


def _quantity_tables(report: DataReport) -> dict[str, list[dict[str, Any]]]:
    names = dict.fromkeys(name for s in report.splits.values() for name in s.quantities)
    rows = []
    for name in names:
        for split, described in report.splits.items():
            if held := described.quantities.get(name):
                values = ", ".join(f"{value} ({count})" for value, count in held.get("values", {}).items())
                numbers = {key: held.get(key) for key in ("lowest", "median", "highest")}
                rows.append({"quantity": name, "split": split, "stated in": f"{held['stated'] / described.rows:.0%}", **numbers, "values": values})
    return {"": rows}


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if not len(values):
        return {}
    array = np.asarray(values, dtype=float)
    return {name: float(np.quantile(array, q)) for name, q in QUANTILES} | {"mean": float(array.mean()), "std": float(array.std())}


def _columns(records: list[Record]) -> list[list[float]]:
    return [list(column) for column in zip(*(amounts(r) for r in records if not _missing(r)), strict=True)]


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


def _plain(record: Record) -> str:
    return " ".join(f"{record.text} {record.text_b}".casefold().split())
