"""The three kinds of output: targets in, arrays out, losses, scores, and JSON."""

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from finetune.kinds import Amounts, Classes, Kind, Labels, from_json, plain
from finetune.metrics import LOWER_IS_BETTER
from finetune.records import DataError, Record
from tools.outputs import Calibration

DEFECTS = Labels(("Balling", "Humping", "Normal"))
BINARY = Labels(("abnormal",), binary=True)
POLARITY = Classes(("Bad", "Fair", "Good"))
STUDY = Classes(("normal", "abnormal"), study=True)
HEIGHT = Amounts(("height_mm",), (False,), (3.0,), (2.0,), (None,), (None,))
HEAT = Amounts(("heat", "energy"), (True, False), (math.log(400), 60.0), (0.5, 30.0), (None, None), (None, None))
GRADE = Amounts(("grade",), (False,), (0.6,), (0.3,), (0.0,), (1.0,))
TARGETS: dict[Kind, list[Any]] = {
    DEFECTS: ["Normal", "humping", "Balling or Humping", "Balling"],
    BINARY: ["Normal", "Humping", "humping or normal", "Balling"],
    POLARITY: ["good", "Bad", "Fair.", "bad"],
    STUDY: ["Normal", "Humping", "humping or normal", "Balling"],
    HEIGHT: [1.0, "2.5", "Height is 3.0.", 8],
    HEAT: [(100.0, 20.0), (200.0, 30.0), ("Heat input is 656.112.", 61.8), (1200.0, 10.0)],
    GRADE: [0.0, 0.5, 0.75, 1.0],
}
KINDS = pytest.mark.parametrize("kind", TARGETS, ids=["labels", "binary", "classes", "study", "amount", "amounts", "grade"])


def records(*targets: str | float | tuple[str | float, ...]) -> list[Record]:
    return [Record("text", target, str(i), row=i + 1, source="beads.csv") for i, target in enumerate(targets)]


def perfect(kind: Kind, targets: np.ndarray, strength: float = 9.0) -> np.ndarray:
    """Outputs that say exactly what is so."""
    if kind.kind == "amounts":
        return targets
    truth = np.eye(kind.size, dtype=np.float32)[targets] if kind.kind == "classes" else targets
    return np.asarray((truth * 2 - 1) * strength, dtype=np.float32)


def test_targets_as_arrays():
    assert DEFECTS.encode(records(*TARGETS[DEFECTS])).tolist() == [[0, 0, 1], [0, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert BINARY.encode(records(*TARGETS[BINARY])).tolist() == [[0], [1], [0], [1]]
    assert POLARITY.encode(records(*TARGETS[POLARITY])).tolist() == [2, 0, 1, 0]
    assert STUDY.encode(records(*TARGETS[STUDY])).tolist() == [0, 1, 0, 1]
    assert HEIGHT.encode(records(*TARGETS[HEIGHT])).tolist() == [[-1], [-0.25], [0], [2.5]]
    assert HEAT.encode(records((400.0, 90.0), (400 * math.e, 0.0))) == pytest.approx(np.array([[0, 1], [2, -2]]))


@KINDS
def test_arrays_have_the_type_that_the_loss_takes(kind: Kind):
    targets = kind.encode(records(*TARGETS[kind]))
    assert targets.dtype == (np.int64 if kind.kind == "classes" else np.float32)
    assert targets.shape == ((4,) if kind.kind == "classes" else (4, kind.size))


def test_a_record_without_labels_has_none():
    assert DEFECTS.encode(records("")).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("zero", ["0", 0, 0.0, "0.0", " 0. "])
def test_a_positive_value_is_set_against_all_others(zero: str | float):
    kind = Labels(("0",), binary=True, positive="0")
    assert kind.encode(records(zero, "1", "normal", 2.0)).tolist() == [[1], [0], [0], [0]]


@pytest.mark.parametrize(
    ("target", "text"), [(1.0, "1"), ("1.0", "1"), ("Good.", "Good"), (-1.0, "-1"), (1.5, "1.5"), ("v1.0", "v1.0"), (True, "True")]
)
def test_a_class_as_text(target: object, text: str):
    assert plain(target) == text


@pytest.mark.parametrize(
    ("kind", "targets", "said"),
    [
        (DEFECTS, ("Humping", "Humping or corroded"), "the label 'Corroded' was not in the training data, which has Balling, Humping, Normal"),
        (POLARITY, ("good", "awful"), "the label 'awful' was not in the training data, which has Bad, Fair, Good"),
    ],
)
def test_an_unseen_label_names_file_row_and_the_known_ones(kind: Kind, targets: tuple[str, ...], said: str):
    with pytest.raises(DataError, match=rf"^beads\.csv, row 2: {said}; correct it or train again\.$"):
        kind.encode(records(*targets))


@pytest.mark.parametrize("value", [0.0, -5.0])
def test_the_logarithm_of_what_is_not_positive_is_refused(value: float):
    with pytest.raises(DataError, match=rf"^beads\.csv, row 2: heat is {value:g}, .* logarithm; train with --scale linear, or remove the row\.$"):
        HEAT.encode(records((1.0, -1.0), (value, 1.0)))


@pytest.mark.parametrize(("kind", "target"), [(HEIGHT, (1.0, 2.0)), (HEAT, 1.0), (HEAT, (1.0, 2.0, 3.0))])
def test_as_many_amounts_as_the_model_predicts(kind: Kind, target: float | tuple[float, ...]):
    with pytest.raises(DataError, match=rf"^beads\.csv, row 1: the model predicts {', '.join(kind.names)}; name (one target column|as many)\.$"):
        kind.encode(records(target))


@given(
    st.lists(st.tuples(st.floats(1e-3, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=20),
    st.floats(-5, 10), st.floats(0.1, 3), st.floats(-1e3, 1e3), st.floats(1, 1e4),
)  # fmt: skip
def test_amounts_come_back_from_their_standardised_form(values: list[tuple[float, float]], log_mean: float, log_std: float, mean: float, std: float):
    kind = Amounts(("a", "b"), (True, False), (log_mean, mean), (log_std, std), (None, None), (None, None))
    encoded = kind.encode(records(*values))
    assert encoded.dtype == np.float32 and np.isfinite(encoded).all()
    decoded = kind.decode(encoded)
    assert decoded[:, 0] == pytest.approx([a for a, _ in values], rel=1e-3)
    assert decoded[:, 1] == pytest.approx([b for _, b in values], rel=1e-4, abs=1e-3 * std)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=10))
def test_a_bounded_grade_stays_within_its_bounds(outputs: list[float]):
    decoded = GRADE.decode(np.array(outputs)[:, None])[:, 0]
    assert ((decoded >= 0) & (decoded <= 1)).all()
    assert decoded == pytest.approx(np.clip(np.array(outputs) * 0.3 + 0.6, 0, 1))


def test_a_grade_beyond_its_bounds_costs_nothing():
    targets = GRADE.encode(records(0.0, 1.0))
    assert GRADE.score(targets, targets * 3)["rmse"] == pytest.approx(0, abs=1e-6) and HEIGHT.score(targets, targets * 3)["rmse"] > 1


@KINDS
def test_perfect_outputs_score_best_and_lose_least(kind: Kind):
    targets = kind.encode(records(*TARGETS[kind]))
    right = perfect(kind, targets)
    best, worst = kind.score(targets, right), kind.score(targets, -right)
    assert best == pytest.approx({name: float(name not in LOWER_IS_BETTER) for name in best}, abs=1e-3) and kind.metric in best
    assert all(worst[name] > score if name in LOWER_IS_BETTER else worst[name] < score for name, score in best.items())
    loss = [kind.loss(torch.from_numpy(outputs), torch.from_numpy(targets)).item() for outputs in (right, -right)]
    assert 0 <= loss[0] < 0.01 < loss[1]


def test_losses_by_hand():
    outputs = torch.tensor([[0.0, math.log(3)]])
    assert DEFECTS.loss(outputs, torch.tensor([[1.0, 1.0]])).item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert POLARITY.loss(outputs, torch.tensor([1])).item() == pytest.approx(math.log(4 / 3))
    assert HEIGHT.loss(torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [4.0]])).item() == pytest.approx(2.5)


def test_scores_of_amounts_are_in_the_targets_unit():
    targets = HEIGHT.encode(records(1.0, 2.0, 3.0, 4.0))
    assert HEIGHT.score(targets, HEIGHT.encode(records(1.0, 2.0, 3.0, 6.0))) == pytest.approx(
        {"mse": 1.0, "rmse": 1.0, "mae": 0.5, "r2": 1 - 4 / 5, "corr": 8 / (5 * 14) ** 0.5, "loss": 1 / HEIGHT.std[0] ** 2}, rel=1e-5
    )
    targets = HEAT.encode(records((100.0, 1.0), (200.0, 3.0)))
    each = HEAT.per_name(targets, HEAT.encode(records((110.0, 1.0), (190.0, 5.0))))
    assert each["heat"]["mae"] == pytest.approx(10, rel=1e-4) and each["energy"]["mae"] == pytest.approx(1, rel=1e-4)
    assert HEAT.score(targets, HEAT.encode(records((110.0, 1.0), (190.0, 5.0))))["mae"] == pytest.approx(5.5, rel=1e-4)


def test_labels_one_by_one():
    targets = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0]], dtype=np.float32)
    chosen = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]])
    each = DEFECTS.per_name(targets, (chosen * 2 - 1) * 100.0)
    assert {name: (s["precision"], s["recall"], s["f1"], s["support"]) for name, s in each.items()} == {
        "Balling": (1.0, pytest.approx(2 / 3), pytest.approx(0.8), 3.0), "Humping": (0.5, 0.5, 0.5, 2.0), "Normal": (0.0, 0.0, 0.0, 0.0),
    }  # fmt: skip
    assert [s["ece"] for s in each.values()] == pytest.approx([0.25, 0.5, 0.0])
    assert DEFECTS.score(targets, (chosen * 2 - 1) * 100.0)["ece"] == pytest.approx(0.25)


def test_classes_one_by_one():
    outputs = np.eye(3)[[0, 1, 1, 0]] * 100
    each = POLARITY.per_name(np.array([0, 0, 1, 2]), outputs)
    assert {n: (s["precision"], s["recall"], s["support"]) for n, s in each.items()} == {"Bad": (0.5, 0.5, 2), "Fair": (0.5, 1, 1), "Good": (0, 0, 1)}


def test_thresholds_decide_and_the_temperature_softens():
    targets, outputs = np.array([[1.0, 1.0, 0.0]]), np.array([[-1.0, 1.0, 1.0]])  # probabilities 0.27, 0.73, 0.73
    assert DEFECTS.score(targets, outputs)["exact_match"] == 0.0
    assert DEFECTS.score(targets, outputs, Calibration(thresholds=(0.2, 0.6, 0.8)))["exact_match"] == 1.0
    sure = BINARY.score(np.array([[1.0], [0.0]]), np.array([[4.0], [4.0]]))
    soft = BINARY.score(np.array([[1.0], [0.0]]), np.array([[4.0], [4.0]]), Calibration(temperature=100.0))
    assert sure["ece"] == pytest.approx(0.482, abs=1e-3) and soft["ece"] == pytest.approx(0.01, abs=1e-3)


def test_coverage_is_scored_where_there_is_a_calibration():
    targets, outputs = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.1], [1.3], [2.0], [2.0]])
    assert HEIGHT.score(targets, outputs, Calibration(radius=(0.5,)))["coverage"] == 0.75
    assert "coverage" not in HEIGHT.score(targets, outputs)
    # probabilities of the classes: 0.7, 0.2, 0.1
    outputs = np.log(np.tile([0.7, 0.2, 0.1], (4, 1)))
    scores = POLARITY.score(np.array([0, 0, 1, 2]), outputs, Calibration(set_quantile=0.85))
    assert scores["coverage"] == 0.75 and scores["set_size"] == 2.0
    assert "coverage" not in POLARITY.score(np.array([0, 0, 1, 2]), outputs, Calibration())


@KINDS
def test_strata_are_yes_or_no_for_each_record(kind: Kind):
    strata = kind.strata(kind.encode(records(*TARGETS[kind])))
    assert strata.shape[0] == 4 and set(np.unique(strata)) <= {0, 1}
    if kind.kind != "labels":
        assert (strata.sum(axis=1) == 1).all(), "one class or bin each"


@KINDS
def test_a_kind_comes_back_from_json(kind: Kind):
    back = from_json(json.loads(json.dumps(kind.to_json())))
    assert back == kind and type(back) is type(kind)
    assert np.array_equal(back.encode(records(*TARGETS[kind])), kind.encode(records(*TARGETS[kind])))
