"""What raw outputs mean: probabilities, thresholds, sets, scales and novelty, by hand."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.outputs import Calibration, Novelty, Scale

LOGITS = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]))


def test_without_calibration_probabilities_are_the_models_own():
    assert Calibration().label_probabilities(np.array([[0.0, math.log(3), -math.log(3)]])) == pytest.approx(np.array([[0.5, 0.75, 0.25]]))
    assert Calibration().class_probabilities(LOGITS) == pytest.approx(np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]))


def test_the_temperature_softens_both():
    assert Calibration(temperature=2.0).label_probabilities(np.array([[math.log(9)]])) == pytest.approx(0.75)
    assert Calibration(temperature=2.0).class_probabilities(np.log(np.array([[0.9, 0.1]])))[0] == pytest.approx([0.75, 0.25])


def test_extreme_outputs_do_not_overflow():
    huge = np.array([[-1e9, 0.0, 1e9]])
    assert Calibration(temperature=0.05).label_probabilities(huge)[0] == pytest.approx([0, 0.5, 1])
    assert Calibration(temperature=0.05).class_probabilities(huge)[0] == pytest.approx([0, 0, 1])


def test_each_label_has_its_threshold_which_itself_counts():
    outputs = np.array([[0.0, 0.0, 0.0]])
    assert Calibration().chosen_labels(outputs).tolist() == [[1, 1, 1]]
    assert Calibration(thresholds=(0.4, 0.5, 0.6)).chosen_labels(outputs).tolist() == [[1, 1, 0]]


@pytest.mark.parametrize(
    ("quantile", "sets"),
    [
        (0.0, [[1, 0, 0], [0, 0, 1]]),  # the likeliest is always in
        (0.25, [[1, 0, 0], [0, 0, 1]]),
        (0.85, [[1, 1, 0], [0, 0, 1]]),
        (1.0, [[1, 1, 1], [1, 1, 1]]),
        (None, [[1, 1, 1], [1, 1, 1]]),
    ],
)
def test_a_class_is_in_the_set_where_it_is_likely_enough(quantile: float | None, sets: list[list[int]]):
    assert Calibration(set_quantile=quantile).class_sets(LOGITS).astype(int).tolist() == sets


@given(st.floats(0.05, 20), st.floats(0, 1), st.lists(st.floats(-50, 50), min_size=2, max_size=6))
def test_no_set_is_empty_and_probabilities_add_up(temperature: float, quantile: float, outputs: list[float]):
    calibration = Calibration(temperature=temperature, set_quantile=quantile)
    row = np.array([outputs])
    assert calibration.class_probabilities(row).sum() == pytest.approx(1)
    inside = calibration.class_sets(row)[0]
    assert inside.any() and calibration.class_probabilities(row)[0][inside].min() >= calibration.class_probabilities(row)[0][~inside].max(initial=0)


@pytest.mark.parametrize("calibration", [Calibration(), Calibration(1.5, (0.4, 0.6), (0.2,), 0.85, 0.8)])
def test_a_calibration_comes_back_from_json(calibration: Calibration):
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


def test_amounts_in_their_own_units_within_their_bounds():
    scale = Scale(("heat", "grade", "width"), (True, False, False), (math.log(400), 0.5, 3.0), (0.5, 0.2, 2.0), (None, 0.0, 1.0), (None, 1.0, None))
    outputs = np.array([[0.0, 0.0, 0.0], [1.0, 9.0, 9.0], [-2.0, -9.0, -9.0]], dtype=np.float32)
    assert scale.decode(outputs) == pytest.approx(np.array([[400, 0.5, 3], [400 * math.exp(0.5), 1.0, 21.0], [400 / math.e, 0.0, 1.0]]))
    assert outputs[1].tolist() == [1.0, 9.0, 9.0], "the outputs are left as they were"


def test_a_wild_logarithm_stays_finite():
    scale = Scale(("heat",), (True,), (0.0,), (1.0,), (None,), (None,))
    assert np.isfinite(scale.decode(np.array([[1e6], [-1e6]]))).all()


def test_novelty_is_the_share_of_training_records_that_lie_nearer():
    shape = Novelty(np.array([1.0, 2.0]), np.array([[1.0], [0.0]]), np.array([0.0, 1.0, 2.0, 3.0]))  # only the first counts
    assert shape.score(np.array([[1.0, 9.0], [2.5, 2.0], [-1.5, 2.0], [99.0, 2.0]])).tolist() == [0.0, 0.5, 0.75, 1.0]
