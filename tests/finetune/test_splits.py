"""Parts that share no group: every row held out once, labels spread evenly, equal calls equal parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.records import DataError, Record
from finetune.splits import BINS, FEWEST, bins, enough, folds, split_by_group


def records(groups: list[str]) -> list[Record]:
    return [Record(f"text {i}", "Normal", group, row=i + 1, source="beads.csv") for i, group in enumerate(groups)]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=30, max_size=120).filter(lambda g: len(set(g)) >= 5),
    st.integers(2, 6),
    st.integers(0, 2**16),
    st.integers(1, 3),
)
def test_folds_divide_no_group_and_hold_every_row_out_once(numbers: list[int], count: int, seed: int, columns: int):
    groups = [f"g{n}" for n in numbers]
    strata = np.random.default_rng(seed).integers(0, 2, (len(groups), columns))
    parts = folds(groups, strata, count, seed)
    assert len(parts) == min(count, len(set(groups)))
    assert sorted(np.concatenate([held for _, held in parts])) == list(range(len(groups)))
    for fit, held in parts:
        assert sorted([*fit, *held]) == list(range(len(groups))) and len(held) > 0
        assert not {groups[i] for i in fit} & {groups[i] for i in held}


def test_rare_labels_are_in_every_fold():
    rng = np.random.default_rng(3)
    groups = [f"g{i // 3}" for i in range(600)]  # three paraphrases of an experiment
    of_group = (rng.random((200, 4)) < (0.5, 0.25, 0.1, 0.05)).astype(int)
    strata = of_group[np.arange(600) // 3]
    for _, held in folds(groups, strata, 5, seed=7):
        count = strata[held].sum(axis=0) / 3
        assert abs(len(held) - 120) <= 12
        assert np.abs(count - of_group.sum(axis=0) / 5).max() <= 1.5, "within a group or so of its share"


def test_large_groups_are_spread_too():
    groups = [f"big{i}" for i in range(5) for _ in range(20)] + [f"small{i}" for i in range(50)]
    strata = np.ones((len(groups), 1))
    assert [sum(groups[i].startswith("big") for i in held) for _, held in folds(groups, strata, 5, seed=1)] == [20] * 5


def test_more_folds_than_groups_leave_one_group_out():
    parts = folds(["a", "a", "b", "c"], np.array([[1], [1], [0], [1]]), 5, seed=0)
    assert sorted(tuple(held) for _, held in parts) == [(0, 1), (2,), (3,)]


def test_equal_seeds_give_equal_folds_and_others_do_not():
    groups, strata = [f"g{i}" for i in range(60)], np.arange(60)[:, None] % 2
    first, again, other = ([held.tolist() for _, held in folds(groups, strata, 3, seed)] for seed in (1, 1, 2))
    assert first == again != other


def test_a_split_keeps_groups_whole_and_has_the_shares_asked_for():
    given_ = records([f"g{i % 40}" for i in range(200)])
    shares = {"test": 0.2, "validation": 0.1}
    parts = split_by_group(given_, shares, seed=1)
    assert {name: len({r.group for r in part}) for name, part in parts.items()} == {"test": 8, "validation": 4, "train": 28}
    assert sorted(r.row for part in parts.values() for r in part) == list(range(1, 201))
    assert parts == split_by_group(given_, shares, seed=1) != split_by_group(given_, shares, seed=2)


def test_the_order_of_the_rows_does_not_change_the_split():
    given_ = records([f"g{i}" for i in range(20)])
    first, second = (split_by_group(rows, {"test": 0.3}, 5)["test"] for rows in (given_, given_[::-1]))
    assert {r.row for r in first} == {r.row for r in second}


def test_too_few_groups_are_refused():
    few = records([f"g{i % (FEWEST - 1)}" for i in range(100)])
    with pytest.raises(DataError, match=r"^beads\.csv has 9 distinct experiments \(groups\), too few to train and check on; give at least 10\.$"):
        enough(few)
    assert all(split_by_group(few, {"test": 0.2}, 1).values()), "but a fold may be divided again"
    with pytest.raises(DataError, match=r"^The data has 0 distinct experiments"):
        enough([])
    enough(records([f"g{i}" for i in range(FEWEST)]))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_every_number_is_in_one_bin_and_larger_ones_in_no_lower_bin(values: list[float]):
    found = bins(np.array(values))
    assert found.shape == (len(values), BINS) and (found.sum(axis=1) == 1).all()
    order = np.argsort(values)
    assert (np.diff(found.argmax(axis=1)[order]) >= 0).all()


def test_bins_hold_equal_shares():
    assert bins(np.arange(100.0)).sum(axis=0).tolist() == [20] * 5
