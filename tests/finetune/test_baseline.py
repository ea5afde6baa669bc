"""Better than a constant, or not: by the metric and by more than chance."""

import numpy as np
import pytest

from finetune.baseline import against_constant, gain, row_losses
from finetune.kinds import Amounts, Classes, Kind, Labels

AMOUNTS = Amounts(("h",), (False,), (0.0,), (1.0,), (None,), (None,))
RNG = np.random.default_rng(0)
GROUPS = [str(i) for i in range(100)]


def verdict(kind: Kind, targets: np.ndarray, outputs: np.ndarray, constant: np.ndarray, metric: str, groups: list[str] = GROUPS) -> dict[str, object]:
    both = [(kind.score(targets, each), each) for each in (outputs, constant)]
    return against_constant(kind, targets, groups, metric, both[0], both[1])


def test_a_model_that_knows_something_is_not_warned_of():
    truth = RNG.normal(size=(100, 1)).astype(np.float32)
    found = verdict(AMOUNTS, truth, truth + RNG.normal(0, 0.5, (100, 1)), np.zeros((100, 1)), "rmse")
    assert found["beaten"] and found["says"] == "" and found["served"] < found["constant"]


def test_a_model_that_is_worse_than_the_mean_is_named():
    truth = RNG.normal(size=(100, 1)).astype(np.float32)
    found = verdict(AMOUNTS, truth, RNG.normal(0, 0.5, (100, 1)), np.zeros((100, 1)), "rmse")
    assert not found["beaten"] and str(found["says"]).startswith("No better than a constant: always answering the mean has rmse")


def test_random_answers_beat_the_commonest_class_in_macro_f1_but_know_nothing():
    truth = (RNG.random(100) < 0.3).astype(np.int64)
    guesses = np.log(np.where(RNG.random((100, 1)) < 0.5, [[0.45, 0.55]], [[0.55, 0.45]]))
    constant = np.tile(np.log([0.7, 0.3]), (100, 1))
    found = verdict(Classes(("good", "bad")), truth, guesses, constant, "macro_f1")
    assert found["served"] > found["constant"], "the trap"
    assert not found["beaten"] and str(found["says"]).startswith("Not clearly better than a constant")


def test_labels_are_judged_alike():
    truth = (RNG.random((100, 2)) < 0.4).astype(np.float32)
    constant = np.full((100, 2), np.log(0.4 / 0.6))
    assert verdict(Labels(("a", "b")), truth, (2 * truth - 1) * 2.0, constant, "macro_f1")["beaten"]
    assert not verdict(Labels(("a", "b")), truth, constant.copy(), constant, "macro_f1")["beaten"]


def test_repeats_of_one_experiment_count_once():
    differences = np.repeat(RNG.normal(0.5, 1.0, 10), 40)
    apart, together = gain(differences, [str(i) for i in range(400)]), gain(differences, [str(i // 40) for i in range(400)])
    assert together == pytest.approx(apart / np.sqrt(40), rel=0.1)
    assert gain(np.zeros(5), list("abcde")) == 0 and gain(np.ones(5), list("abcde")) == np.inf


@pytest.mark.parametrize("kind", [Labels(("a", "b")), Classes(("a", "b")), AMOUNTS])
def test_the_rows_losses_are_those_of_training(kind: Kind):
    targets = {"labels": RNG.integers(0, 2, (9, 2)).astype(np.float32), "classes": RNG.integers(0, 2, 9)}.get(
        kind.kind, RNG.normal(size=(9, 1)).astype(np.float32)
    )
    outputs = RNG.normal(size=(9, kind.size)).astype(np.float32)
    assert row_losses(kind, targets, outputs).mean() == pytest.approx(kind.score(targets, outputs)["loss"], rel=1e-5)
