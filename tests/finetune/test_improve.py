"""Comparing two models fairly; the whole loop runs in tests/agent/test_finetune_cli.py."""

import numpy as np
import pytest

from finetune.improve import UNKNOWN, aligned
from finetune.kinds import Amounts, Classes, Labels


def amounts(mean: float, std: float, log: bool = False) -> Amounts:
    return Amounts(("height",), (log,), (mean,), (std,), (None,), (None,))


def test_amounts_are_put_on_the_other_models_scale():
    before, after = amounts(3.0, 0.5), amounts(2.0, 2.0)
    assert aligned(np.array([[1.0], [-1.0]]), before, after)[:, 0] == pytest.approx([0.75, 0.25])  # 3.5 and 2.5 mm


def test_a_logarithm_against_a_linear_scale():
    assert aligned(np.array([[0.0]]), amounts(np.log(8.0), 1.0, log=True), amounts(4.0, 2.0))[0, 0] == pytest.approx(2.0)


@pytest.mark.parametrize("kind", [Labels, Classes])
def test_labels_go_by_name_and_a_new_one_is_unknown_to_the_old_model(kind: type[Labels | Classes]):
    outputs = np.array([[1.0, 2.0]])
    assert aligned(outputs, kind(("a", "b")), kind(("b", "c", "a"))).tolist() == [[2.0, UNKNOWN, 1.0]]
