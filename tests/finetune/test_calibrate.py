"""Calibration on synthetic data whose right answer is known."""

import numpy as np
import pytest

from finetune.calibrate import conformal_radius, temperature, thresholds
from finetune.records import DataError
from finetune.tasks import sigmoid


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_recovered(true: float):
    random = np.random.default_rng(1)
    right = random.normal(0, 2, (8000, 1))
    truth = (random.random(right.shape) < sigmoid(right)).astype(np.float32)
    assert temperature((right * true).astype(np.float32), truth) == pytest.approx(true, rel=0.08)


def test_a_perfect_model_gets_a_finite_temperature():
    truth = np.array([[0.0], [1.0]] * 20, dtype=np.float32)
    assert 0.05 <= temperature(truth * 10 - 5, truth) <= 20


@pytest.mark.parametrize(("low", "high", "chosen"), [(-0.5, 3.0, 0.5), (0.6, 3.0, 0.65), (-3.0, -0.6, 0.35)])
def test_the_threshold_separates_and_of_equals_lies_nearest_one_half(low: float, high: float, chosen: float):
    truth = np.array([[0], [0], [1], [1]])
    assert thresholds(np.array([[low]] * 2 + [[high]] * 2), truth, at=1.0) == pytest.approx([chosen], abs=1e-9)


def test_each_label_has_its_own_threshold():
    logits = np.array([[-3.0, 0.9], [-3.0, 0.9], [-0.9, 3.0], [-0.9, 3.0]])
    truth = np.array([[0, 0], [0, 0], [1, 1], [1, 1]])
    low, high = thresholds(logits, truth, at=1.0)
    assert sigmoid(np.array(-3.0)) < low <= sigmoid(np.array(-0.9)) < 0.5 < sigmoid(np.array(0.9)) < high


def test_the_radius_by_hand():
    assert conformal_radius(np.array([-3.0, 1.0, 2.0, -4.0]), level=0.5) == 3.0  # ⌈5 · 0.5⌉ = third smallest
    assert conformal_radius(np.arange(1.0, 100.0), level=0.9) == 90.0  # ⌈100 · 0.9⌉


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_coverage_is_what_was_asked_for(level: float):
    random = np.random.default_rng(2)
    covered = []
    for _ in range(400):
        calibration, new = random.standard_t(3, 99), random.standard_t(3, 200)
        covered.append((np.abs(new) <= conformal_radius(calibration, level)).mean())
    assert float(np.mean(covered)) == pytest.approx(level, abs=0.01)


def test_the_radius_does_not_depend_on_the_shape_of_the_residuals():
    residuals = np.random.default_rng(1).normal(size=450)
    assert conformal_radius(residuals[:, None], 0.9) == conformal_radius(residuals, 0.9)


@pytest.mark.parametrize(("count", "level", "needed"), [(8, 0.9, 9), (1, 0.9, 9), (18, 0.95, 19)])
def test_a_level_that_no_finite_interval_has_is_refused(count: int, level: float, needed: int):
    with pytest.raises(DataError, match=f"takes at least {needed}"):
        conformal_radius(np.ones(count), level)
    assert conformal_radius(np.ones(needed), level) == 1.0
