"""A grade with its interval, and what stands behind it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tools.fakes import by_words, write_model
from tests.tools.test_clauses import REFERENCE
from tools import grading
from tools.clauses import SHARES
from tools.encoder import ModelMissing
from tools.features import Features
from tools.grading import grade_answer
from tools.outputs import Calibration
from tools.result import ToolInputError, ToolResult

GRADE = {"kind": "amounts", "names": ["grade"], "log": [False], "mean": [0.0], "std": [1.0], "low": [0.0], "high": [1.0]}
RIGHT = "Humping comes from a strong backward flow. Keep the heat input at 0.6 kJ/mm in the wall."
PADDING = " The canteen serves pasta on every Friday, and the forklift is parked outside in the yard."


class ByWords:
    def pool(self, texts: Sequence[str]) -> np.ndarray:
        return by_words(texts)


def write_grader(home: Path, **meta: Any) -> Path:
    """A model whose grade is the share found less half the share that is wrong."""
    features = Features(process=False, names=SHARES, medians=(0.0,) * len(SHARES))
    matrix = [[1.0], [-0.5], [0.0], [0.0], [0.0], [0.0]]
    saved = {"calibration": Calibration(radius=(0.2,)).to_json(), "radii": {"0.5": [0.05]}, "output": GRADE}
    write_model(home / "models" / "grading", [(1.0, {"features": matrix})], features, **(saved | meta))
    return home


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAAM_HOME", str(write_grader(tmp_path_factory.mktemp("home"))))
        patch.setattr(grading, "load_body", lambda name: ByWords())
        yield


def test_a_right_answer_has_the_full_grade_with_its_interval():
    result = grade_answer(RIGHT, REFERENCE)
    grade, right, wrong, missing = result.estimates
    assert (grade.name, grade.value, grade.interval, grade.level) == ("grade", 1.0, (0.8, 1.0), 0.9)
    assert [each.value for each in (right, wrong, missing)] == [2, 0, 0]
    assert result.summary == (
        "The grade is 1.00 (90% interval 0.80 to 1.00). Of 2 clauses of the reference, the answer has 2 right, 0 wrong and leaves out 0. "
        "Right: “Humping comes from a strong backward flow”; “Keep the heat input at 0.6 kJ/mm in the wall”."
    )


def test_what_is_wrong_and_what_is_missing_is_named():
    result = grade_answer("Keep the heat input at 0.9 kJ/mm in the wall.", REFERENCE)
    (wrong,), (missing,) = result.details["wrong"], result.details["missing"]
    assert wrong["fault"] == "says 0.9 kJ/mm where the reference says 0.6 kJ/mm"
    assert missing["reference"] == "Humping comes from a strong backward flow"
    assert "Wrong: “Keep the heat input at 0.9 kJ/mm in the wall” says 0.9 kJ/mm where the reference says 0.6 kJ/mm." in result.summary
    assert "Missing: “Humping comes from a strong backward flow”." in result.summary


def test_a_long_wrong_answer_gains_nothing_and_a_short_right_one_loses_nothing():
    wrong = "Humping does not come from a strong backward flow."
    assert grade_answer(wrong + PADDING * 5, REFERENCE).estimates[0].value == grade_answer(wrong, REFERENCE).estimates[0].value == 0.0
    assert grade_answer(RIGHT, f"{REFERENCE}").estimates[0].value == grade_answer(RIGHT + PADDING, REFERENCE).estimates[0].value == 1.0


def test_clauses_about_nothing_in_the_reference_are_neither_confirmed_nor_refuted():
    result = grade_answer(RIGHT + PADDING, REFERENCE)
    assert len(result.details["extra"]) == 2
    assert any(warning.startswith("2 clauses of the answer are about nothing in the reference") for warning in result.warnings)


def test_repeating_the_question_is_no_answer_to_it():
    question = "What is the cause of humping in WAAM?"
    result = grade_answer(f"What is the cause of humping in WAAM. {RIGHT}", REFERENCE, question)
    assert result.details["repeats_the_question"] == ["What is the cause of humping in WAAM"] and result.details["extra"] == []
    assert result.inputs["question"] == question
    close = grade_answer(f"Humping is suppressed by a slower flow. {RIGHT}", REFERENCE, "How is humping suppressed and by what flow?")
    assert close.details["repeats_the_question"] == [], "what only speaks of the matter of the question is an answer"
    assert grade_answer(question, REFERENCE, question).estimates[0].value == 0.0, "an answer of nothing else is graded as it is"


def test_another_level_has_another_interval_where_the_model_was_calibrated_for_it():
    (grade, *_) = grade_answer(RIGHT, REFERENCE, level=0.5).estimates
    assert (grade.interval, grade.level) == ((0.95, 1.0), 0.5)
    with pytest.raises(ToolInputError, match=r"^The level must be one that the model was calibrated for: 0\.5, 0\.9; not 0\.7\.$"):
        grade_answer(RIGHT, REFERENCE, level=0.7)


def test_a_demo_model_is_said_to_be_one_and_another_script_to_be_a_hint():
    assert any("demo (synthetic)" in w and "--as grading" in w for w in grade_answer(RIGHT, REFERENCE).warnings)
    assert any("encoder of English" in w for w in grade_answer("코사인 유사도는 방향을 본다", "코사인 유사도는 벡터의 방향만 본다").warnings)


def test_far_from_its_training_the_interval_is_the_widest_and_says_so(monkeypatch: pytest.MonkeyPatch):
    korean = grade_answer("코사인 유사도는 방향을 본다", "코사인 유사도는 벡터의 방향만 본다", level=0.5)
    low, high = korean.estimates[0].interval or (0, 0)
    assert high - low == pytest.approx(0.2, abs=0.01) and any("wide as the model has any" in w for w in korean.warnings), "at 0 one side is cut off"
    assert not any("wide as" in w for w in grade_answer(RIGHT, REFERENCE, level=0.5).warnings)
    monkeypatch.setattr("tools.encoder.Encoder.novelty", lambda *given: np.ones(1))
    strange = grade_answer(RIGHT, REFERENCE, level=0.5)
    assert strange.estimates[0].interval == (0.8, 1.0) and any("unlike those" in w for w in strange.warnings)


def test_a_users_own_model_grades_as_it_was_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_model(
        tmp_path / "models" / "grading", [(1.0, {"features": [[1.0]]})], Features(process=False, names=("likeness",), medians=(0.0,)),
        calibration=Calibration(radius=(0.1,)).to_json(), output=GRADE, data_label="our exams",
    )  # fmt: skip
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    result = grade_answer(RIGHT, REFERENCE)
    assert result.estimates[0].value == pytest.approx(1.0, abs=1e-3) and not any("demo" in w for w in result.warnings)


def test_where_the_model_is_missing_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"^The model grading is not built yet; run `waam models build`\.$"):
        grade_answer(RIGHT, REFERENCE)


@pytest.mark.parametrize(("answer", "reference", "named"), [("", "x", "answer"), ("x", " \n", "reference"), ("x", "y", "question")])
def test_an_empty_text_is_named(answer: str, reference: str, named: str):
    with pytest.raises(ToolInputError, match=f"^The {named} is empty; give at least one word.$"):
        grade_answer(answer, reference, "?!" if named == "question" else "")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=60), st.sampled_from([0.9, 0.5]) | st.floats() | st.none())
@example("a b c d. " * 1100, "not 5 kV but 7 mm. " * 500, "", 0.9)
@example("x" * 10_000, "\x00\x1b", "", 0.9)
@example("1e999 A", "9" * 5000, "한국어", 0.9)
def test_any_texts_give_a_result_or_one_sentence(answer: str, reference: str, question: str, level: Any):
    try:
        result = grade_answer(answer, reference, question, level)
    except ToolInputError as refused:
        assert str(refused).endswith(".") and "\n" not in str(refused)
    else:
        assert isinstance(result, ToolResult) and 0 <= float(result.estimates[0].value) <= 1
        assert "NaN" not in json.dumps(result.model_dump(mode="json"))
