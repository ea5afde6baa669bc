"""The mean of what is nearly as good as the best; the best alone where nothing is, or where the mean is worse than each."""

import numpy as np
import pytest

from finetune.blending import NEAR, blend

TRUTH = np.linspace(-1, 1, 50)
ERROR = np.tile([1.0, -1.0], 25)


def score(outputs: np.ndarray) -> float:
    return -float(np.sqrt(((outputs - TRUTH) ** 2).mean()))


def test_errors_that_cancel_are_blended():
    weights = blend({"high": TRUTH + ERROR, "low": TRUTH - ERROR, "bad": -9 * TRUTH}, score)
    assert weights == {"high": 0.5, "low": 0.5}


@pytest.mark.parametrize(("behind", "counts"), [(0.9 * NEAR, True), (1.1 * NEAR, False)])
def test_nearly_as_good_is_a_share_of_the_best_score(behind: float, counts: bool):
    weights = blend({"near": TRUTH + ERROR, "far": TRUTH - (1 + behind) * ERROR}, score)
    assert weights == ({"near": 0.5, "far": 0.5} if counts else {"near": 1.0})


def test_the_best_alone_where_the_mean_is_worse_than_each():
    def decides(outputs: np.ndarray) -> float:  # such as a metric of decisions, which a mean can spoil
        return 1.0 if outputs[0] in (0, 3) else 0.1

    assert blend({"one": np.array([0.0]), "other": np.array([3.0])}, decides) in ({"one": 1.0}, {"other": 1.0})


def test_a_score_that_cannot_be_reckoned_is_the_worst():
    weights = blend({"broken": np.full(50, np.nan), "fine": TRUTH + ERROR}, score)
    assert weights == {"fine": 1.0}


def test_nothing_to_blend():
    with pytest.raises(ValueError, match="no candidates"):
        blend({}, score)
