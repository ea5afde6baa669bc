"""The words alone: a comparison that learns words, in every kind of target."""

import numpy as np
import pytest

from finetune.tfidf import TfidfLinear

TEXTS = ["good bead", "good weld", "fine good arc", "crack in bead", "a crack", "crack and pore"] * 3
BAD = np.array([0, 0, 0, 1, 1, 1] * 3)


@pytest.mark.parametrize("kind", ["labels", "classes", "amounts"])
def test_words_are_learned(kind: str):
    targets = BAD if kind == "classes" else np.stack([BAD, np.ones_like(BAD)], axis=1).astype(np.float32)
    model = TfidfLinear(kind).fit(TEXTS, targets, 3 if kind == "classes" else 2)
    good, bad = model.outputs(["good", "crack"])
    if kind == "classes":
        assert (good.argmax(), bad.argmax()) == (0, 1) and good[2] < -5
    else:
        assert bad[0] > good[0]
        assert good[1] == pytest.approx(bad[1], abs=1e-3), "a target that never varies"
