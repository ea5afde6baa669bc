"""The study's metrics, computed by hand."""

import numpy as np
import pytest

from finetune.metrics import binary_metrics, expected_calibration_error, multilabel_metrics, regression_metrics


def test_multilabel():
    truth = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])
    predicted = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
    scores = multilabel_metrics(truth, predicted)
    # first label: tp 2, fp 0, fn 1 → 0.8; second: tp 1, fp 1, fn 1 → 0.5; pooled: tp 3, fp 1, fn 2 → 6/9
    assert scores == pytest.approx({"macro_f1": 0.65, "micro_f1": 6 / 9, "partial_score": 2.5 / 4, "exact_match": 0.5, "label_accuracy": 5 / 8})


def test_partial_score_is_recall_only():
    assert multilabel_metrics(np.array([[1, 0, 0]]), np.array([[1, 1, 1]]))["partial_score"] == 1.0


def test_an_example_without_labels_divides_by_nothing():
    assert multilabel_metrics(np.array([[0, 0], [1, 0]]), np.array([[0, 0], [1, 0]]))["exact_match"] == 1.0


def test_binary():
    scores = binary_metrics(np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.5, 0.1]))  # the threshold itself counts as 1
    assert scores["accuracy"] == 0.5 and scores["macro_f1"] == 0.5
    assert scores["ece"] == pytest.approx((0.1 + 0.6 + 0.5 + 0.1) / 4)


def test_regression():
    scores = regression_metrics(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 6.0]))
    assert scores == pytest.approx({"mse": 1.0, "rmse": 1.0, "mae": 0.5, "r2": 1 - 4 / 5, "corr": 8 / (5 * 14) ** 0.5})


def test_no_correlation_with_a_constant():
    assert regression_metrics(np.array([1.0, 2.0]), np.array([3.0, 3.0]))["corr"] == 0.0


@pytest.mark.parametrize(
    ("truth", "probability", "ece"), [([1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], 0.0), ([1, 0], [0.5, 0.5], 0.0), ([0, 0], [0.8, 0.8], 0.8)]
)
def test_calibration_error(truth: list[int], probability: list[float], ece: float):
    assert expected_calibration_error(np.array(truth), np.array(probability)) == pytest.approx(ece)
