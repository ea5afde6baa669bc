"""What a fold is judged by was chosen without it."""

import numpy as np
import pytest

from finetune import calibrate
from finetune.crossfit import Held
from finetune.kinds import Amounts, Classes, Labels
from finetune.nested import judged

CHANCE = np.random.default_rng(0)
AMOUNT = Amounts(names=("h",), log=(False,), mean=(0.0,), std=(1.0,), low=(None,), high=(None,))


def test_coverage_is_of_intervals_that_have_not_seen_the_fold():
    """One fold has errors that no other has: its own are in the radius of a calibration that sees them, not in that of the others."""
    rows, fold = np.arange(60), np.repeat([0, 1, 2], 20)
    targets = np.zeros((60, 1))
    outputs = np.where(fold == 2, 5.0, 0.1 * CHANCE.normal(size=60))[:, None]
    found = judged(AMOUNT, targets, {"a": Held(rows, outputs, fold)}, lambda held, t: {"a": 1.0}, lambda t, o: calibrate.for_amounts(o, t))
    assert not found.covered[fold == 2].any() and found.covered[fold != 2].all()
    assert calibrate.for_amounts(outputs, targets).radius[0] == pytest.approx(5.0)


def test_each_fold_is_blended_by_the_others():
    rows, fold = np.arange(40), np.repeat([0, 1], 20)
    targets = np.zeros((40, 1))
    right_on = {name: np.where(fold == number, 0.0, 3.0)[:, None] for number, name in enumerate(("first", "second"))}
    held = {name: Held(rows, outputs, fold) for name, outputs in right_on.items()}

    def choose(others: dict[str, Held], truth: np.ndarray) -> dict[str, float]:
        return {min(others, key=lambda name: float(np.abs(others[name].outputs - truth).sum())): 1.0}

    found = judged(AMOUNT, targets, held, choose, lambda t, o: calibrate.for_amounts(o, t))
    assert (found.decided == 3.0).all(), "on each fold, the candidate that is right on the other one"


def test_decisions_are_those_of_the_other_folds_thresholds():
    """All probabilities are low, so the best threshold is too; without one nothing would be found."""
    rows, fold = np.arange(90), np.arange(90) % 3
    truth = (np.arange(90) % 2)[:, None].astype(np.float32)
    outputs = np.where(truth > 0, -1.0, -3.0)
    kind = Labels(names=("Humping",))
    found = judged(kind, truth, {"a": Held(rows, outputs, fold)}, lambda held, t: {"a": 1.0}, lambda t, o: calibrate.for_labels(o, t))
    assert kind.score(truth, outputs)["macro_f1"] < 0.5 and kind.score(truth, found.decided)["macro_f1"] == 1
    assert found.scores(kind, truth).keys() == {"ece", "loss"}


def test_rows_keep_their_order_and_sets_their_sizes():
    rows, fold = np.arange(60), np.arange(60) % 4
    truth = np.arange(60) % 3
    outputs = 4.0 * np.eye(3)[truth] + CHANCE.normal(size=(60, 3))
    kind = Classes(names=("a", "b", "c"))
    found = judged(kind, truth, {"a": Held(rows, outputs, fold)}, lambda held, t: {"a": 1.0}, lambda t, o: calibrate.for_classes(o, t))
    assert np.array_equal(found.decided, outputs)
    scores = found.scores(kind, truth)
    assert 0.7 < scores["coverage"] <= 1 and 1 <= scores["set_size"] <= 3
