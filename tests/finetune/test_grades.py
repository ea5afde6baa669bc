"""Graded answers made from facts: the grade is known from how each was made."""

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from finetune import grades
from finetune.config import TrainConfig
from finetune.grades import KINDS, contradict, graded_records, reword, train_grades, with_shares
from finetune.records import Record
from tests.tools.fakes import by_words
from tools.clauses import SHARES, clauses, compare

FACTS = [
    f"In plan {i} the {name} of the wall rises with the heat input. It is {i + 10} mm high after {i + 2} layers of wire." for i, name in
    enumerate(["height", "width", "hardness", "strength", "roughness", "porosity", "curvature", "weight"])
]  # fmt: skip
QUIZ = Path(__file__).parents[3] / "shared" / "data" / "quiz_train.csv"


def test_every_kind_of_answer_is_made_of_every_fact_and_graded_between_0_and_1():
    records = graded_records(FACTS)
    references = {r.text for r in records}
    assert set(FACTS) <= references and len(records) == len(references) * len(KINDS)
    assert all(0 <= float(str(r.target)) <= 1 and r.text_b for r in records)


def test_two_facts_and_the_reference_of_both_are_one_group():
    groups = {r.text: r.group for r in graded_records(FACTS)}
    assert groups[FACTS[0]] == groups[FACTS[1]] == groups[f"{FACTS[0]} {FACTS[1]}"] != groups[FACTS[2]]


ONE, OTHER = 13 / 23, 10 / 23  # the shares of the terms of FACTS[0] in its two clauses
GRADES = {
    "_all": {1.0}, "_telegraphic": {1.0}, "_dropped": {ONE, OTHER}, "_elsewhere": {0.0}, "_padded": {ONE, OTHER, 1.0},
    "_twisted": {0.0, ONE - OTHER / 2, OTHER - ONE / 2}, "_long_and_wrong": {0.0, ONE - OTHER / 2, OTHER - ONE / 2},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_the_grade_is_what_was_done(kind: grades.Kind):
    """Of two clauses one or both are said, or one said and the other twisted, or none said; never more or less than that."""
    assert len(clauses(FACTS[0])) == 2
    found = {kind(FACTS[0], FACTS[2:], random.Random(seed))[1] for seed in range(40)}
    assert sorted(found) == pytest.approx(sorted(GRADES[kind.__name__]))


@pytest.mark.parametrize("kind", [grades._dropped, grades._padded], ids=["dropped", "padded"])
def test_what_is_said_earns_the_grade(kind: grades.Kind):
    """A clause earns its share where its own numbers are in the answer, which other facts and rewording do not have."""
    for seed in range(40):
        answer, grade = kind(FACTS[0], FACTS[2:], random.Random(seed))
        said = ONE * ("plan 0" in answer.lower()) + OTHER * ("10 mm" in answer)
        assert grade == pytest.approx(said)


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
