"""Calibration on synthetic data whose right answer is known."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from finetune.calibrate import for_amounts, for_classes, for_labels, novelty
from finetune.records import DataError
from tools.outputs import Novelty


def drawn(rng: np.random.Generator, logits: np.ndarray) -> np.ndarray:
    """Classes [examples] with the probabilities that logits [examples, classes] state."""
    return np.asarray((softmax(logits, axis=1).cumsum(axis=1) > rng.random((len(logits), 1))).argmax(axis=1))


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_a_known_temperature_of_labels_is_recovered(true: float):
    rng = np.random.default_rng(1)
    right = rng.normal(0, 2, (2500, 2))
    truth = (rng.random(right.shape) < expit(right)).astype(np.float32)
    found = for_labels((right * true).astype(np.float32), truth)
    assert found.temperature == pytest.approx(true, rel=0.08)
    assert found.label_probabilities(right * true) == pytest.approx(expit(right), abs=0.03)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_a_known_temperature_of_classes_is_recovered(true: float):
    rng = np.random.default_rng(1)
    right = rng.normal(0, 2, (3000, 4))
    found = for_classes((right * true).astype(np.float32), drawn(rng, right))
    assert found.temperature == pytest.approx(true, rel=0.08)
    assert found.class_probabilities(right * true) == pytest.approx(softmax(right, axis=1), abs=0.03)


def test_a_perfect_or_a_hopeless_model_gets_a_finite_temperature():
    truth = np.array([[0.0], [1.0]] * 20, dtype=np.float32)
    for outputs in (truth * 10 - 5, 5 - truth * 10, truth * 0, truth * 1e4 - 5e3):
        assert 0.05 <= for_labels(outputs, truth).temperature <= 20
        assert 0.05 <= for_classes(np.hstack([-outputs, outputs]), truth[:, 0].astype(int)).temperature <= 20


@pytest.mark.parametrize(("low", "high", "threshold"), [(0.1, 0.9, 0.5), (0.04, 0.36, 0.35), (0.1, 0.5, 0.5), (0.2, 0.45, 0.45)])
def test_the_threshold_separates_and_of_equals_lies_nearest_one_half(low: float, high: float, threshold: float):
    """Half of the examples have one probability, half the other, and both are true, so that the temperature is 1."""
    p, truth = np.repeat([low, high], 1000), np.zeros(2000)
    truth[: round(low * 1000)] = truth[1000 : 1000 + round(high * 1000)] = 1
    found = for_labels(np.log(p / (1 - p))[:, None], truth[:, None])
    assert found.temperature == pytest.approx(1, abs=0.01)
    assert found.thresholds == (pytest.approx(threshold),)


def test_each_label_has_its_own_threshold():
    outputs = np.array([[-3.0, 0.9], [-3.0, 0.9], [-0.9, 3.0], [-0.9, 3.0]] * 5)
    truth = np.array([[0, 0], [0, 0], [1, 1], [1, 1]] * 5)
    found = for_labels(outputs, truth)
    assert found.thresholds[0] < 0.5 < found.thresholds[1]
    assert np.array_equal(found.chosen_labels(outputs), truth) and not np.array_equal(outputs > 0, truth)


def test_thresholds_are_one_half_where_nothing_can_be_learnt_or_was_asked_for():
    outputs, truth = np.array([[-3.0, 0.9], [3.0, 3.0]]), np.array([[0, 1], [1, 1]])
    assert for_labels(outputs, truth).thresholds[1] == 0.5, "a label that all have"
    assert for_labels(outputs - 2.5, truth, tune=False).thresholds == (0.5, 0.5)


def test_the_radius_by_hand():
    def radius(residuals: np.ndarray, level: float) -> tuple[float, ...]:
        return for_amounts(np.zeros((len(residuals), 1)), residuals[:, None], level).radius

    assert radius(np.array([-3.0, 1.0, 2.0, -4.0]), level=0.6) == pytest.approx((3.0,))  # ⌈5 · 0.6⌉ = third smallest
    assert radius(np.arange(1.0, 100.0), level=0.9) == pytest.approx((90.0,))  # ⌈100 · 0.9⌉


def test_each_amount_has_its_own_radius():
    residuals = np.arange(1.0, 100.0)[:, None] * [1.0, 10.0]
    assert for_amounts(np.ones((99, 2)), np.ones((99, 2)) + residuals).radius == pytest.approx((90.0, 900.0))


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_intervals_cover_as_often_as_was_asked_for(level: float):
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(200):
        calibration, new = rng.standard_t(3, (99, 1)), rng.standard_t(3, 200)
        covered.append((np.abs(new) <= for_amounts(np.zeros((99, 1)), calibration, level).radius[0]).mean())
    assert float(np.mean(covered)) == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize(("level", "spread"), [(0.8, 1.0), (0.9, 1.0), (0.9, 4.0)])
def test_class_sets_cover_as_often_as_was_asked_for_even_of_an_overconfident_model(level: float, spread: float):
    rng = np.random.default_rng(3)
    covered, sizes = [], []
    for _ in range(100):
        right = rng.normal(0, 1, (150, 5))
        truth, outputs = drawn(rng, right), right * spread + rng.normal(0, 0.5, right.shape)
        inside = for_classes(outputs[:100], truth[:100], level).class_sets(outputs[100:])
        covered.append(inside[np.arange(50), truth[100:]].mean())
        sizes.append(inside.sum(axis=1).mean())
    assert level - 0.015 <= float(np.mean(covered)) <= level + 0.02
    assert 1 < float(np.mean(sizes)) < 5, "sets that say something"


def test_too_few_examples_for_a_set_put_every_class_in():
    found = for_classes(np.array([[9.0, 0.0, 0.0]] * 5), np.zeros(5, dtype=int), level=0.9)
    assert found.class_sets(np.array([[9.0, 0.0, 0.0]])).all()


@pytest.mark.parametrize(("count", "level", "needed"), [(8, 0.9, 9), (1, 0.9, 9), (18, 0.95, 19), (3, 0.8, 4)])
def test_a_level_that_no_finite_interval_has_is_refused(count: int, level: float, needed: int):
    with pytest.raises(DataError, match=rf"^{count} calibration examples are too few for a {level:.0%} interval; it takes at least {needed}\.$"):
        for_amounts(np.zeros((count, 1)), np.ones((count, 1)), level)
    assert for_amounts(np.zeros((needed, 1)), np.ones((needed, 1)), level).radius == (1.0,)


@pytest.mark.parametrize(("features", "hidden"), [(1, None), (6, None), (0, 4), (0, 40), (1, 4), (6, 40)])
def test_novelty_is_spread_over_fresh_records_of_the_kind_and_1_far_from_them(features: int, hidden: int | None):
    rng = np.random.default_rng(4)

    def drawn(count: int) -> tuple[np.ndarray, np.ndarray | None]:
        pooled = None if hidden is None else rng.normal(0, 0.1, (count, hidden)).astype(np.float32)
        return rng.normal(5, 2, (count, features)).astype(np.float32), pooled

    def joined(numbers: np.ndarray, pooled: np.ndarray | None) -> np.ndarray:
        return numbers if pooled is None else np.hstack([numbers, pooled])

    shape = novelty(*(train := drawn(200)))
    scores = shape.score(joined(*drawn(1000)))
    assert np.quantile(scores, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.15)
    assert np.mean(scores >= 0.99) < 0.05, "records like those of the training are seldom called novel"
    inputs = joined(*train)
    assert (shape.score(inputs + 30) == 1).all() and shape.score(inputs.mean(axis=0, keepdims=True)) < 0.05


def test_novelty_heeds_how_quantities_go_together():
    rng = np.random.default_rng(5)
    current = rng.normal(180, 30, 300)
    numbers = np.column_stack([current, current / 8 + rng.normal(0, 0.5, 300), np.ones(300)])
    shape = novelty(numbers, None)
    usual, odd = shape.score(np.array([[220.0, 27.5, 1.0], [220.0, 17.5, 1.0]]))
    assert usual < 0.9 and odd == 1, "both values are usual, their pairing is not"


def test_features_that_do_not_vary_count_for_nothing():
    rng = np.random.default_rng(6)
    pooled = rng.normal(size=(50, 3))
    shape = novelty(np.full((50, 2), 7.0), pooled)
    assert np.array_equal(shape.score(np.hstack([np.full((50, 2), 7.0), pooled])), shape.score(np.hstack([np.full((50, 2), 9.0), pooled])))
    assert shape.score(np.hstack([np.full((50, 2), 7.0), pooled + 30])).min() == 1


@pytest.mark.parametrize(("features", "pooled"), [(np.ones((20, 3)), None), (np.zeros((20, 0)), None), (np.ones((20, 3)), np.ones((20, 5)))])
def test_records_that_are_all_alike_make_nothing_novel(features: np.ndarray, pooled: np.ndarray | None):
    inputs = features if pooled is None else np.hstack([features, pooled])
    shape = novelty(features, pooled)
    assert isinstance(shape, Novelty) and shape.score(inputs).tolist() == shape.score(inputs + 9).tolist() == [0.0] * 20


def test_few_records_are_enough():
    rng = np.random.default_rng(7)
    features, pooled = rng.normal(size=(10, 30)), rng.normal(size=(10, 384))
    shape = novelty(features, pooled)
    assert np.isfinite(shape.whiten).all() and (shape.score(np.hstack([features, pooled]) + 10) == 1).all()
