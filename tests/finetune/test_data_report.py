"""The data report: what was found in the splits and between them, as JSON and as a page of one piece."""

import json
import re
from pathlib import Path

import pytest

from finetune.data_report import examine, write
from finetune.records import DataError, Record
from finetune.simulator import Experiment, simulate


def records(experiments: list[Experiment], wording: str = "") -> list[Record]:
    return [
        Record(f"{wording}{e.conditions.to_text()}", " or ".join(e.labels), f"{wording}{e.id}", row=row) for row, e in enumerate(experiments, start=1)
    ]


def test_every_two_splits_are_compared_and_each_is_described():
    train, test = records(simulate(112, 1)), records(simulate(28, 2))
    report = examine({"train": train, "validation": [], "test": test}, "labels")
    assert [(name, split.rows) for name, split in report.splits.items()] == [("train", 112), ("validation", 0), ("test", 28)]
    assert list(dict.fromkeys(leak.splits for leak in report.leaks)) == [("train", "validation"), ("train", "test"), ("validation", "test")]
    assert sum(leak.rows for leak in report.leaks) == 0 and report.findings[0].startswith("No leakage between the splits was found")
    leaky = examine({"train": [*train, *test[:8]], "test": test}, "labels")
    assert "8 of 28 test experiments also appear in train (same numbers): scores on this split will be too good." in leaky.findings


def test_no_data_and_amounts_that_are_none():
    with pytest.raises(DataError, match="at least one file"):
        examine({}, "labels")
    with pytest.raises(DataError, match="not a number"):
        examine({"train": [Record("x", "tall", "1", row=3)]}, "amounts")


@pytest.mark.parametrize("kind", ["labels", "classes", "amounts"])
def test_json_and_page_are_written(tmp_path: Path, kind: str):
    target = {"labels": "Humping or <Balling>", "classes": 3.0, "amounts": "Energy is 5.5."}[kind]
    train = [Record(e.conditions.to_text(), target, e.id, row=i) for i, e in enumerate(simulate(12), start=1)]
    splits = {"train": train, "test": [train[0], Record("", target, "e", row=2)]}
    report = examine(splits, kind)  # type: ignore[arg-type]
    page = write(report, splits, tmp_path / "new").read_text(encoding="utf-8")
    saved = json.loads((tmp_path / "new" / "data_report.json").read_text(encoding="utf-8"))
    assert saved == json.loads(json.dumps(report.to_json())) and saved["leaks"][0]["rows"] == 1 and saved["kind"] == kind
    assert sorted(f.name for f in (tmp_path / "new").iterdir()) == ["data_report.html", "data_report.json"]
    assert "1 of 2 test groups also appear in train" in page and page.count("<svg ") >= 3 and "<Balling>" not in page
    assert not re.search(r'(?:src|href)\s*=\s*"(?!#|data:)', page)
