"""Graded answers made from facts: the grade is known from how each was made."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from finetune import grades
from finetune.config import TrainConfig
from finetune.grades import KINDS, contradict, graded_records, reword, train_grades, with_shares
from finetune.records import Record
from tools.clauses import SHARES, clauses, compare

FACTS = [
    f"In plan {i} the {name} of the wall rises with the heat input. It is {i + 10} mm high after {i + 2} layers of wire." for i, name in
    enumerate(["height", "width", "hardness", "strength", "roughness", "porosity", "curvature", "weight"])
]  # fmt: skip
QUIZ = Path(__file__).parents[3] / "shared" / "data" / "quiz_train.csv"


def by_words(texts: Sequence[str]) -> np.ndarray:
    vectors = np.zeros((len(texts), 512))
    for row, text in enumerate(texts):
        for word in text.lower().replace(",", " ").split():
            vectors[row, crc32(word.encode()) % 512] += 1
    return vectors


def test_every_kind_of_answer_is_made_of_every_fact_and_graded_between_0_and_1():
    records = graded_records(FACTS)
    references = {r.text for r in records}
    assert set(FACTS) <= references and len(records) == len(references) * len(KINDS)
    assert all(0 <= float(str(r.target)) <= 1 and r.text_b for r in records)


def test_two_facts_and_the_reference_of_both_are_one_group():
    groups = {r.text: r.group for r in graded_records(FACTS)}
    assert groups[FACTS[0]] == groups[FACTS[1]] == groups[f"{FACTS[0]} {FACTS[1]}"] != groups[FACTS[2]]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_the_grade_is_what_was_done(kind: grades.Kind):
    found = [kind(FACTS[0], FACTS[2:], random.Random(seed)) for seed in range(40)]
    grade = [value for _, value in found]
    whole = len(clauses(FACTS[0]))
    expected = {"_all": (1, 1), "_telegraphic": (1, 1), "_elsewhere": (0, 0)}.get(kind.__name__, (0, 1))
    assert (min(grade), max(grade)) >= (expected[0], 0) and max(grade) <= expected[1] and whole == 2
    if kind.__name__ in ("_twisted", "_long_and_wrong"):
        assert max(grade) < 0.5, "half of it wrong is worth less than half"


def test_neither_length_nor_brevity_pays():
    records = graded_records(FACTS)
    grade, length = np.array([float(str(r.target)) for r in records]), np.array([len(r.text_b) / len(r.text) for r in records])
    assert np.corrcoef(grade, length)[0, 1] < 0.1


@pytest.mark.parametrize(
    "clause", ["keep it below 150 °C", "the strength increases with speed", "humping is caused by a flow", "argon flow", "ER70S-6 wire 1.2 mm"]
)
def test_a_contradiction_is_another_clause_and_keeps_names(clause: str):
    twisted = contradict(clause, random.Random(1))
    assert twisted != clause and ("ER70S-6" in twisted) is ("ER70S-6" in clause)


def test_a_rewording_keeps_numbers():
    assert reword("the wall needs about 5 mm", random.Random(0)).split()[-2:] == ["5", "mm"]


def test_equal_seeds_give_equal_answers():
    assert graded_records(FACTS, seed=1) == graded_records(FACTS, seed=1) != graded_records(FACTS, seed=2)


def test_the_shares_of_clauses_are_numbers_of_the_record():
    records = with_shares(graded_records(FACTS)[: len(KINDS)], by_words)
    assert all(tuple(name for name, _ in r.numbers) == SHARES for r in records)
    full = next(r for r in records if r.target == 1.0)
    assert dict(full.numbers) == compare(full.text, full.text_b, by_words).shares


def test_the_grader_is_trained_on_the_frozen_body_with_the_shares(monkeypatch: pytest.MonkeyPatch, tiny_base: Path, tmp_path: Path):
    seen: list[tuple[list[Record], TrainConfig, Path, dict[str, str]]] = []
    monkeypatch.setattr(grades, "served", lambda body, base, typed, near: near)
    monkeypatch.setattr(grades, "reader", lambda folder, tokens: type("Read", (), {"pool": staticmethod(by_words)}))
    monkeypatch.setattr(grades, "train", lambda records, config, out, progress, extra: seen.append((records, config, out, extra)))
    lines: list[str] = []
    train_grades(FACTS, tiny_base, tmp_path, lines.append, seed=3, recipe="r1")
    (records, config, out, extra), = seen  # fmt: skip
    assert records == with_shares(graded_records(FACTS, seed=3), by_words) and out == tmp_path / "grading" and extra == {"recipe": "r1"}
    assert (config.task, config.two_texts, config.adapt, config.data_label) == ("similarity", "separate", "frozen", "demo (synthetic)")
    assert lines[-1] == "grading: built"


@pytest.mark.skipif(not QUIZ.exists(), reason="../shared/data/quiz_train.csv is not here")
def test_real_answers_can_be_compared_and_what_is_found_goes_with_the_teachers_grade():
    with QUIZ.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))[:120]
    found = [compare(row["good_answer"], row["user_answer"], by_words).shares["likeness"] for row in rows]
    assert np.corrcoef(found, [float(row["similarity_score"]) for row in rows])[0, 1] > 0.3
