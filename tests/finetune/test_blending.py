"""Greedy blends: better than the best alone where errors cancel, the best alone where they do not."""

import numpy as np
import pytest

from finetune.blending import blend

TRUTH = np.linspace(-1, 1, 50)
ERROR = np.tile([1.0, -1.0], 25)


def score(outputs: np.ndarray) -> float:
    return -float(((outputs - TRUTH) ** 2).mean())


def test_errors_that_cancel_are_blended():
    weights = blend({"high": TRUTH + ERROR, "low": TRUTH - ERROR, "bad": -9 * TRUTH}, score)
    assert weights == {"high": 0.5, "low": 0.5}


def test_picks_are_with_replacement():
    weights = blend({"near": TRUTH + 0.5 * ERROR, "far": TRUTH - ERROR}, score)
    assert weights == pytest.approx({"near": 2 / 3, "far": 1 / 3})


def test_a_tie_goes_to_fewer_members():
    assert blend({"one": TRUTH, "same": TRUTH.copy()}, score) == {"one": 1.0}
    assert blend({"only": ERROR}, score) == {"only": 1.0}


def test_no_more_picks_than_allowed():
    assert blend({"high": TRUTH + ERROR, "low": TRUTH - ERROR}, score, most=1) in ({"high": 1.0}, {"low": 1.0})


def test_a_score_that_cannot_be_reckoned_is_the_worst():
    weights = blend({"broken": np.full(50, np.nan), "fine": TRUTH}, score)
    assert weights == {"fine": 1.0}


def test_nothing_to_blend():
    with pytest.raises(ValueError, match="no candidates"):
        blend({}, score)
