"""Every figure that is printed is explained."""

import numpy as np

from finetune.kinds import Amounts, Classes, Labels
from finetune.meanings import MEANINGS, meaning
from finetune.metrics import length_bias
from tools.outputs import Calibration


def test_every_metric_has_its_line():
    rng, level = np.random.default_rng(0), Calibration(set_quantile=0.5, radius=(1.0,))
    amounts = Amounts(("h",), (False,), (0.0,), (1.0,), (None,), (None,))
    cases = (
        (Labels(("a", "b")), rng.integers(0, 2, (9, 2)).astype(np.float32)),
        (Classes(("a", "b")), rng.integers(0, 2, 9)),
        (amounts, rng.normal(size=(9, 1)).astype(np.float32)),
    )
    for kind, targets in cases:
        outputs = rng.normal(size=(9, kind.size))
        each = kind.per_name(targets, outputs, level)
        for metric in [*kind.score(targets, outputs, level), *next(iter(each.values()))]:
            assert meaning(metric), metric
    assert all(meaning(metric) for metric in length_bias(np.arange(3), np.arange(3), np.arange(3)))
    assert {"unlike_training", "seen_in_training"} <= set(MEANINGS)


def test_a_stage_is_left_out_and_other_things_have_no_line():
    assert meaning("polarity_accuracy") == meaning("accuracy") and meaning("records") == ""
