"""Splits that never divide a group, and one small training from records to a better model."""

import itertools
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from finetune.records import DataError, Record
from finetune.simulator import simulate
from finetune.train import TrainConfig, batches_by_length, feature_matrix, split_by_group, train
from tools.conditions import FEATURES

SHARES = {"validation": 0.15, "calibration": 0.15}


@given(st.lists(st.integers(0, 60), min_size=1, max_size=200), st.integers(0, 5))
def test_a_group_is_never_divided_and_nothing_is_lost(groups: list[int], seed: int):
    records = [Record(f"text {i}", "Normal", str(group)) for i, group in enumerate(groups)]
    try:
        parts = split_by_group(records, SHARES, seed)
    except DataError as few:
        assert len(set(groups)) < 10 and "too few to split" in str(few)
        return
    seen = [{r.group for r in part} for part in parts.values()]
    assert sum(map(len, seen)) == len(set.union(*seen)) == len(set(groups))
    assert sorted(r.text for part in parts.values() for r in part) == sorted(r.text for r in records)


def test_shares_are_of_groups():
    parts = split_by_group([Record("x", "y", str(i // 2)) for i in range(200)], SHARES, seed=1)
    assert {name: len(part) for name, part in parts.items()} == {"validation": 30, "calibration": 30, "train": 140}


@pytest.mark.parametrize("groups", [1, 2, 9])
def test_too_few_groups_are_refused(groups: int):
    with pytest.raises(DataError, match=rf"^{groups} distinct experiments are too few"):
        split_by_group([Record("x", "y", str(i % groups)) for i in range(20)], SHARES, seed=1)


def test_batches_hold_every_index_once_and_texts_of_like_length():
    texts = ["x" * (i * 7 % 20) for i in range(50)]
    batches = list(batches_by_length(texts, 8))
    assert sorted(i for batch in batches for i in batch) == list(range(50))
    lengths = [[len(texts[i]) for i in batch] for batch in batches]
    assert all(max(a) <= min(b) for a, b in itertools.pairwise(lengths))


def test_features_of_texts_leave_out_what_is_not_credible():
    matrix = feature_matrix([Record("180 A, 22 V", "y", "1"), Record("180 A, 10 kV", "y", "2")])
    assert matrix.shape == (2, FEATURES) and torch.isfinite(matrix).all()
    assert not torch.equal(matrix[0], matrix[1])


def test_training_learns_heat_input_and_equal_seeds_give_equal_models(tiny_base: Path):
    records = [Record(e.conditions.to_text(digits=4), e.heat_input_j_mm, e.id) for e in simulate(120)]
    config = TrainConfig(task="regression", base=tiny_base, probe_epochs=40, finetune_examples=32)
    lines: list[str] = []
    first, second = train(records, config, lines.append), train(records, config, lambda line: None)
    assert first.scores["r2"] > 0.7 and lines
    assert [row["epoch"] for row in first.history] == [0, 1]
    assert all(torch.equal(a, b) for a, b in zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True))
