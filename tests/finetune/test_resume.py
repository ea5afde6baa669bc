"""A run that goes on says from where."""

from pathlib import Path
from typing import Any

import numpy as np

from finetune.crossfit import Data
from finetune.resume import goes_on
from finetune.tasks import fit_kind
from finetune.tracking import LOG

NAMES = ("constant", "linear", "fused")


def test_the_candidate_and_its_folds_are_named(beads: Any, quick: Any, tmp_path: Path):
    config, records = quick(folds=3, seeds=(7, 8)), beads()
    kind = fit_kind(records, config)
    data = Data(records, np.zeros((60, 0), np.float32), kind.encode(records), kind)
    assert goes_on(tmp_path, NAMES, data, config) is None, "nothing was begun"
    (tmp_path / LOG).touch()
    assert goes_on(tmp_path, NAMES, data, config) == "Goes on where it was stopped: candidate 1 of 3, constant, with 0 of 6 folds done."
    for name, count in (("constant", 6), ("linear", 4)):
        for place in range(count):
            (tmp_path / f"{name}-{7 + place // 3}-{place % 3}.npz").touch()
    assert goes_on(tmp_path, NAMES, data, config) == "Goes on where it was stopped: candidate 2 of 3, linear, with 4 of 6 folds done."
    assert goes_on(tmp_path, NAMES[:1], data, config) == "Goes on where it was stopped: all 1 candidates are compared."
