"""The data report: it finds the leaks that were put there, and no others; its page is of one piece."""

import json
import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finetune.data_report import DataReport, Leak, examine, write
from finetune.records import Columns, DataError, Record, load
from finetune.simulator import Experiment, simulate
from finetune.splits import split_by_group

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real data of ../shared/data is not here")


def records(experiments: list[Experiment], wording: str = "") -> list[Record]:
    return [
        Record(f"{wording}{e.conditions.to_text()}", " or ".join(e.labels), f"{wording}{e.id}", row=row) for row, e in enumerate(experiments, start=1)
    ]


def paraphrase(record: Record, row: int) -> Record:
    """The same settings in another order of sentences, under another group."""
    return replace(record, text="Judge this weld. " + " ".join(reversed(record.text.split(", "))), group=f"paraphrase {row}", row=row)


def leak(report: DataReport, kind: str) -> Leak:
    return next(found for found in report.leaks if found.kind == kind)


@pytest.fixture(scope="module")
def study() -> dict[str, list[Record]]:
    return {"train": records(simulate(112, 1)), "test": records(simulate(28, 2))}


def test_counts_are_those_of_the_experiments(study: dict[str, list[Record]]):
    report = examine(study, "labels")
    train, test = report.splits["train"], report.splits["test"]
    experiments = simulate(28, 2)
    normal = sum(e.labels == ("Normal",) for e in experiments)
    assert (train.rows, test.rows, train.groups, test.groups, test.normal) == (112, 28, 112, 28, (normal, 28 - normal))
    assert test.combinations == Counter(" or ".join(e.labels) for e in experiments)
    assert test.labels == Counter(label for e in experiments for label in e.labels) and test.labels["Humping"] > 1
    assert test.words["lowest"] > 50 and test.characters["lowest"] <= test.characters["median"] <= test.characters["highest"]
    current = [r.conditions.current_a for r in study["train"]]
    assert train.quantities["current_a"] == {"stated": 112, "lowest": min(current), "median": float(np.median(current)), "highest": max(current)}
    assert set(train.quantities["process"]["values"]) <= {"GMAW", "CMT", "GTAW", "PAW"}
    assert sum(found.rows for found in report.leaks) == 0 and report.findings[0].startswith("No leakage between the splits was found")
    rare = next(f"{label} ({count})" for label, count in train.labels.items() if count < 10)
    assert any(sentence.startswith("Rare in train: ") and rare in sentence for sentence in report.findings)


def test_every_kind_of_leak_is_found_and_its_rows_are_named(study: dict[str, list[Record]]):
    train, test = study["train"], study["test"]
    nearly = replace(test[8], text=test[8].text.replace("What is", "So what is"), group="nearly", row=303)
    spoilt = [
        *train,
        *(paraphrase(r, 200 + i) for i, r in enumerate(test[:6])),
        replace(test[6], group="other", row=300, text="  " + test[6].text.upper()),
        replace(train[0], group=test[7].group, row=301),
        nearly,
    ]
    report = examine({"train": spoilt, "test": test}, "labels")
    assert leak(report, "groups").rows == 1 and leak(report, "groups").examples[0]["train"] == 301 and leak(report, "groups").examples[0]["test"] == 8
    assert leak(report, "identical texts").rows == 1 and leak(report, "identical texts").examples[0]["train"] == 300
    assert leak(report, "same numbers").rows == 8 and len(leak(report, "same numbers").examples) == 5
    assert leak(report, "near-duplicate texts").rows == 7  # six with their words in another order, and the ninth
    assert [e["train"] for e in leak(examine({"train": [nearly], "test": test}, "labels"), "near-duplicate texts").examples] == [303]
    assert "8 of 28 test experiments also appear in train (same numbers): scores on this split will be too good." in report.findings


def test_near_duplicates_are_those_that_comparing_all_pairs_finds():
    from sklearn.feature_extraction.text import TfidfVectorizer

    chance = np.random.default_rng(0)
    words = [f"w{chr(97 + i)}" for i in range(26)]
    base = [list(chance.choice(words, 30, p=np.arange(26, 0, -1) / 351)) for _ in range(60)]
    near = [[*b[:-1], str(chance.choice(words))] for b in base]
    first, second = ([Record(" ".join(b), "x", f"{name}{i}", row=i + 1) for i, b in enumerate(part)] for name, part in (("a", base), ("b", near)))
    everything = TfidfVectorizer(token_pattern=r"\d+(?:\.\d+)?|[^\W\d_]+").fit([r.text for r in (*first, *second)])
    cosine = (everything.transform(r.text for r in second) @ everything.transform(r.text for r in first).T).toarray()
    wanted = sum(cosine.max(axis=1) > 0.97) - leak(examine({"a": first, "b": second}, "classes"), "identical texts").rows
    assert 5 < wanted < 60 and leak(examine({"a": first, "b": second}, "classes"), "near-duplicate texts").rows == wanted


def test_few_numbers_make_no_experiment():
    for one, other, found in (
        ("about 55 of 65 welds", "in 55 or 65 days", 0),
        ("1. clean 2. weld 3. look", "1) split 2) train 3) test, from 1 to 3", 0),
        ("150 A, 22.5 V, 8 mm/s", "8 mm/s at 22.50 V and 150 A", 1),
    ):
        report = examine({"train": [Record(one, "a", "1", row=1)], "test": [Record(other, "b", "2", row=1)]}, "classes")
        assert leak(report, "same numbers").rows == found


def test_faults_of_rows_are_counted():
    rows = [
        Record("same", "a", "1"), Record("Same ", "b", "2"), Record(" ", "a", "3"), Record("other", "", "4"), Record("third", "a", "5"),
    ]  # fmt: skip
    report = examine({"data": rows}, "classes")
    split = report.splits["data"]
    assert (split.empty_texts, split.missing_targets, split.duplicate_texts, split.contradictions) == (1, 1, 1, 1)
    assert "1 of 5 rows of data has no text." in report.findings and "1 of 5 rows of data repeats the text of an earlier row." in report.findings
    assert not any("leak" in sentence.lower() for sentence in report.findings)  # one split: nothing to leak into


def test_labels_that_only_the_test_split_has_and_lopsided_data():
    train = [Record(f"text {'x' * i}", "Normal", str(i)) for i in range(30)]
    test = [Record(f"words {'y' * i}", "Normal" if i else "Humping", f"t{i}") for i in range(12)]
    findings = examine({"train": train, "test": test}, "labels").findings
    assert "test has labels that train never has: Humping." in findings and "train has only one label: nothing can be learnt from it." in findings
    assert any(sentence.startswith("Always answering Normal is right for 91.7% of test") for sentence in findings)


def test_amounts_have_quantiles_and_a_shift_is_told():
    def part(name: str, low: float) -> list[Record]:
        return [Record(f"{name} {'z' * i}", (f"Heat input is {low + i}.", float(i)), f"{name}{i}") for i in range(50)]

    report = examine({"train": part("a", 0), "test": part("b", 100)}, "amounts")
    assert [q["median"] for q in report.splits["test"].targets] == [124.5, 24.5] and report.splits["train"].normal is None
    assert any(sentence.startswith("Target 1 is distributed differently in train and test") for sentence in report.findings)
    assert not any(sentence.startswith("Target 2") for sentence in report.findings)
    with pytest.raises(DataError, match="not a number"):
        examine({"train": [Record("x", "tall", "1", row=3)]}, "amounts")


def test_ranges_beyond_training_are_told_and_a_hair_beyond_is_not():
    def part(name: str, currents: list[float]) -> list[Record]:
        return [Record(f"{name} {i}", "a", f"{name}{i}", numbers=(("current_a", c), ("gap", float("nan")))) for i, c in enumerate(currents)]

    findings = examine({"train": part("a", [100, 200]), "test": part("b", [150, 300]), "more": part("c", [99, 201])}, "classes").findings
    assert "test goes beyond what train covers: current_a (150 to 300, train 100 to 200)." in findings
    assert not any(sentence.startswith("more goes beyond") for sentence in findings)


def test_no_data():
    with pytest.raises(DataError, match="at least one file"):
        examine({}, "labels")
    report = examine({"train": [], "test": []}, "amounts")
    assert "train is empty." in report.findings


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


def test_a_thousand_rows_take_seconds():
    rows = [Record(f"bead {i} at {i % 97} A and {i % 89}.5 V moving {i % 83} mm/s steadily", "Normal", str(i), row=i) for i in range(1000)]
    started = time.process_time()
    assert leak(examine({"train": rows[:800], "test": rows[800:1000]}, "labels"), "near-duplicate texts").rows == 0
    assert time.process_time() - started < 10


@needs_data
def test_splitting_answers_by_row_leaks_and_by_question_does_not():
    rows = load(DATA / "quiz_train.csv", Columns(text=("user_answer",), text_b="good_answer", target=("similarity_score",), group=("quiz",)))
    by_row = examine({"train": rows[::2], "test": rows[1::2]}, "amounts")
    assert leak(by_row, "groups").groups == by_row.splits["test"].groups == 52 and leak(by_row, "near-duplicate texts").rows > 20
    parts = split_by_group(rows, {"test": 0.2}, 7)
    assert sum(found.rows for found in examine({"train": parts["train"], "test": parts["test"]}, "amounts").leaks) == 0
