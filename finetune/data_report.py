"""The report on a data set, as JSON and as a page with plots: what each split holds, and what leaks between them. Trains nothing."""

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from finetune import data_plots
from finetune.contents import Contents, Splits, What, describe, target_columns
from finetune.findings import findings
from finetune.leakage import Leak, leaks
from finetune.records import DataError
from finetune.report import Page, Section, write_page


@dataclass
class DataReport:
    """What `examine` found. `findings` are sentences for a person, the gravest first."""

    kind: str
    findings: list[str]
    splits: dict[str, Contents]
    leaks: list[Leak]

    def to_json(self) -> dict[str, Any]:
        """Plain values for json.dumps."""
        return asdict(self)


def examine(splits: Splits, kind: What) -> DataReport:
    """Describe each split and look for leakage between every two of them; splits are in the order train, …, test.
    Raises DataError where there is no split, or a target of `amounts` is not a number."""
    if not splits:
        raise DataError("There is no data to report on; give at least one file.")
    described = {name: describe(records, kind) for name, records in splits.items()}
    found = [leak for pair in combinations(splits, 2) for leak in leaks(pair, splits[pair[0]], splits[pair[1]])]
    return DataReport(kind, list(findings(described, found, splits, kind)), described, found)


def write(report: DataReport, splits: Splits, folder: Path) -> Path:
    """Write data_report.json and data_report.html into `folder`; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "data_report.json.partial"
    partial.write_text(json.dumps(report.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(partial, folder / "data_report.json")
    return write_page(_page(report, splits), folder / "data_report.html")


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
        columns = {n: target_columns(part) for n, part in splits.items()}
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
