"""The table of tasks: targets in, arrays out, and back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from finetune.records import DataError, Record
from finetune.tasks import TASKS, decode_amounts, sigmoid


def records(*targets: str | float) -> list[Record]:
    return [Record("text", target, str(i)) for i, target in enumerate(targets)]


def test_binary_counts_whatever_contains_normal_as_normal():
    task, given_ = TASKS["binary"], records("Normal", "Humping", "humping or normal", "Bead cut or Balling")
    assert task.encode(task.fit(given_), given_).tolist() == [[0.0], [1.0], [0.0], [1.0]]


def test_multilabel_has_one_column_per_label_seen_in_training():
    task = TASKS["multilabel"]
    encoding = task.fit(records("Humping or balling", "Normal"))
    assert encoding.labels == ["Balling", "Humping", "Normal"]
    assert task.encode(encoding, records("humping", "Corroded")).tolist() == [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20))
def test_amounts_are_standardised_and_decoded(values: list[float]):
    task = TASKS["regression"]
    encoding = task.fit(records(*values))
    encoded = task.encode(encoding, records(*values))
    assert np.isfinite(encoded).all() and abs(float(encoded.mean())) < 1e-3
    assert decode_amounts(encoding, encoded)[:, 0] == pytest.approx(values, rel=1e-3)


def test_equal_amounts_do_not_divide_by_dust():
    assert TASKS["regression"].fit(records(*[656.112] * 10)).log_std == 1.0  # their computed spread is 9e-16


@pytest.mark.parametrize("target", [0.0, -1.0, "Heat input is -5.", "unknown", float("nan")])
def test_amounts_must_be_positive_numbers(target: str | float):
    with pytest.raises(DataError):
        TASKS["regression"].fit(records(1.0, target))


@pytest.mark.parametrize("name", TASKS)
def test_perfect_logits_score_best_and_lose_least(name: str):
    task = TASKS[name]
    train = records("Normal", "Humping", "Balling or Humping") if name != "regression" else records(100.0, 200.0, 400.0)
    encoding = task.fit(train)
    truth = task.encode(encoding, train)
    perfect = truth if name == "regression" else (truth * 2 - 1) * 9
    metric, sign = task.best.lstrip("-"), -1 if task.best.startswith("-") else 1
    assert sign * task.score(encoding, truth, perfect)[metric] > sign * task.score(encoding, truth, -perfect)[metric]
    loss = [task.loss(torch.from_numpy(logits), torch.from_numpy(truth)).item() for logits in (perfect, -perfect)]
    assert loss[0] < 0.01 < loss[1]


def test_sigmoid_does_not_overflow():
    assert sigmoid(np.array([-1e9, 0.0, 1e9])) == pytest.approx([0, 0.5, 1])
