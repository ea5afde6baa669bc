"""The contract's metrics, computed by hand."""

import numpy as np
import pytest

from finetune.metrics import (
    LOWER_IS_BETTER,
    amounts_scores,
    classes_scores,
    expected_calibration_error,
    labels_scores,
    length_bias,
    lower_is_better,
    metric_title,
    value,
)


def test_labels():
    truth = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])
    predicted = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
    # first label: tp 2, fp 0, fn 1 → 0.8; second: tp 1, fp 1, fn 1 → 0.5; pooled: tp 3, fp 1, fn 2 → 6/9
    assert labels_scores(truth, predicted) == pytest.approx(
        {"macro_f1": 0.65, "micro_f1": 6 / 9, "partial_score": 2.5 / 4, "exact_match": 0.5, "label_accuracy": 5 / 8}
    )


def test_partial_score_is_recall_only():
    assert labels_scores(np.array([[1, 0, 0]]), np.array([[1, 1, 1]]))["partial_score"] == 1.0


def test_an_example_without_labels_divides_by_nothing():
    scores = labels_scores(np.array([[0, 0], [1, 0]]), np.array([[0, 0], [1, 0]]))
    assert scores["exact_match"] == 1.0 and scores["partial_score"] == 0.5


def test_classes():
    # class 0: tp 1, fp 1, fn 1 → 0.5; class 1: tp 1, fp 1, fn 0 → 2/3; class 2: tp 0, fp 0, fn 1 → 0; 2 of 4 right
    scores = classes_scores(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]))
    assert scores == pytest.approx({"accuracy": 0.5, "macro_f1": (0.5 + 2 / 3) / 3, "micro_f1": 0.5})


def test_a_class_that_does_not_occur_is_not_averaged():
    assert classes_scores(np.array([0, 2]), np.array([0, 2]))["macro_f1"] == 1.0


def test_always_abnormal_is_accurate_and_has_a_bad_macro_f1():
    scores = classes_scores(np.array([1] * 97 + [0] * 3), np.ones(100, dtype=int))
    assert scores["accuracy"] == 0.97 and scores["macro_f1"] == pytest.approx(2 * 0.97 / 1.97 / 2)


def test_amounts():
    scores = amounts_scores(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 6.0]))
    assert scores == pytest.approx({"mse": 1.0, "rmse": 1.0, "mae": 0.5, "r2": 1 - 4 / 5, "corr": 8 / (5 * 14) ** 0.5})


@pytest.mark.parametrize(("truth", "predicted"), [([1.0, 2.0], [3.0, 3.0]), ([2.0, 2.0], [1.0, 3.0]), ([2.0], [1.0])])
def test_no_correlation_with_a_constant(truth: list[float], predicted: list[float]):
    assert amounts_scores(np.array(truth), np.array(predicted))["corr"] == 0.0


def test_no_r2_where_the_truth_does_not_vary():
    assert amounts_scores(np.array([2.0, 2.0]), np.array([1.0, 3.0]))["r2"] == 0.0
    assert amounts_scores(np.array([2.0]), np.array([1.0]))["r2"] == 0.0


@pytest.mark.parametrize(
    ("truth", "probability", "ece"),
    [
        ([1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], 0.0),
        ([1, 0], [0.5, 0.5], 0.0),
        ([0, 0], [0.8, 0.8], 0.8),
        ([1, 1, 0, 0], [0.9, 0.4, 0.5, 0.1], (0.1 + 0.6 + 0.5 + 0.1) / 4),
        ([1, 1, 0, 1], [0.62, 0.68, 0.65, 0.05], 0.75 * abs(2 / 3 - 0.65) + 0.25 * 0.95),
    ],
)
def test_calibration_error(truth: list[int], probability: list[float], ece: float):
    assert expected_calibration_error(np.array(truth), np.array(probability)) == pytest.approx(ece)


@pytest.mark.parametrize("metric", ["macro_f1", "partial_score", "accuracy", "r2", "coverage", *LOWER_IS_BETTER])
def test_a_better_metric_has_the_higher_value(metric: str):
    better, worse = (0.9, 0.1) if metric in ("macro_f1", "partial_score", "accuracy", "r2", "coverage") else (0.1, 0.9)
    assert value({metric: better}, metric) > value({metric: worse}, metric)


@pytest.mark.parametrize(("error", "expected"), [([-0.2, 0.0, 0.2], 1.0), ([0.2, 0.0, -0.2], -1.0), ([0.1, 0.1, 0.1], 0.0)])
def test_length_bias_is_positive_where_long_answers_are_graded_too_high(error: list[float], expected: float):
    truth = np.array([0.5, 0.4, 0.3])
    assert length_bias(truth, truth + error, np.array([10.0, 20.0, 30.0]))["error_length_corr"] == pytest.approx(expected)


@pytest.mark.parametrize("metric", ["eval_loss", "validation_loss", "size_mb", "ms", "training_seconds"])
def test_a_metric_of_any_prefix_is_judged_by_what_it_measures(metric: str):
    assert lower_is_better(metric) and value({metric: 0.1}, metric) > value({metric: 0.9}, metric)
    assert not lower_is_better("macro_f1")


def test_metric_names():
    assert [metric_title(n) for n in ("macro_f1", "rmse", "partial_score")] == ["macro F1", "RMSE", "partial score"]
