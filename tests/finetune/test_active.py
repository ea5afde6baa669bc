"""What to label next: every criterion finds what it is for, and the budget is shared without repeats or near-duplicates."""

import numpy as np
import pytest

from finetune.active import Pick, cluster_outliers, near_half, rare_entropy, select, small_margin, unknown_rates, unknown_words, wide_interval
from finetune.records import DataError


def order(score: np.ndarray) -> list[int]:
    return [int(i) for i in np.argsort(-score, kind="stable")]


def test_near_half_ranks_by_the_least_certain_label() -> None:
    assert order(near_half(np.array([0.9, 0.55, 0.2, 0.48]))) == [3, 1, 2, 0]
    several = near_half(np.array([[0.01, 0.02, 0.03], [0.01, 0.5, 0.99], [0.3, 0.3, 0.3]]))
    assert order(several) == [1, 2, 0]
    assert several.tolist() == [0.0, 1.0, 0.5]


def test_small_margin_looks_at_the_two_likeliest_classes() -> None:
    p = np.array([[0.5, 0.49, 0.01], [0.4, 0.3, 0.3], [0.98, 0.01, 0.01]])
    assert order(small_margin(p)) == [0, 1, 2]  # entropy would have put the second one first


def test_wide_interval_finds_the_disagreement_of_a_committee() -> None:
    rng = np.random.default_rng(0)
    committee = rng.normal(5, 0.1, (50, 8))
    committee[17] += np.linspace(-3, 3, 8)
    assert order(wide_interval(committee))[0] == 17


def test_wide_interval_compares_targets_of_different_units() -> None:
    rng = np.random.default_rng(0)
    committee = np.stack([rng.normal(500, 30, (50, 8)), rng.normal(0.1, 0.001, (50, 8))], axis=2)
    committee[9, :, 1] += np.linspace(-0.01, 0.01, 8)  # ten times the usual spread, and still little beside the first target's
    assert order(wide_interval(committee))[0] == 9


@pytest.mark.parametrize("exclusive", [True, False])
def test_entropy_counts_more_for_a_rare_label(exclusive: bool) -> None:
    p = np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [1.0, 0.0, 0.0]])
    assert order(rare_entropy(p, np.array([100, 100, 3]), exclusive)) == [1, 0, 2]
    assert order(rare_entropy(p, np.array([100, 3, 100]), exclusive)) == [0, 1, 2]


def test_a_label_that_was_never_seen_weighs_most() -> None:
    assert order(rare_entropy(np.array([[0.5, 0.0], [0.0, 0.5]]), np.array([1, 0]), exclusive=False)) == [1, 0]


def test_unknown_words_rank_by_rate_and_texts_without_any_get_nothing() -> None:
    assert unknown_words(np.array([0, 0.2, 0, 0.5, 0])).tolist() == [0, 0.75, 0, 1, 0]


def test_cluster_outliers_finds_points_between_and_far_from_clusters() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0.0] * 8, [10.0] * 8, [-10.0] * 8])
    points = np.concatenate([centre + rng.normal(0, 0.5, (60, 8)) for centre in centres])
    points[[5, 100]] = [[5.0] * 8, [80.0] * 8]  # between two clusters; so far that k-means gives it a centre of its own
    for clusters in (4, 6, None):
        assert set(order(cluster_outliers(points, clusters))[:2]) == {5, 100}, clusters


def test_the_unit_of_a_feature_does_not_decide_what_is_unusual() -> None:
    points = np.random.default_rng(2).normal(0, 0.1, (60, 3))
    points[7] = [0.0, 2.0, 0.0]
    for unit in (1.0, 1e-3, 1e4):  # of the first column: mm, m, µm
        assert order(cluster_outliers(points * [unit, 1, 1]))[0] == 7
        assert (cluster_outliers(points * [unit, 1, 1]) == cluster_outliers(points)).all()


def test_padding_does_not_make_a_short_text_seem_known() -> None:
    short, long = ["[CLS]", "[UNK]", "bead", "[SEP]", *["[PAD]"] * 4], ["[CLS]", "[UNK]", *["bead"] * 5, "[SEP]"]
    masks = [[1, 0, 0, 1, 1, 1, 1, 1], [1, *[0] * 6, 1]]
    assert unknown_rates([short, long], masks) == pytest.approx([1 / 2, 1 / 6])
    assert unknown_rates([["[CLS]", "[SEP]"]], [[1, 1]]).tolist() == [0]


def test_cluster_outliers_is_deterministic_and_takes_equal_points() -> None:
    points = np.random.default_rng(1).normal(size=(80, 6))
    assert (cluster_outliers(points) == cluster_outliers(points)).all()
    assert cluster_outliers(np.ones((5, 3))).tolist() == [0] * 5


def test_select_takes_from_each_criterion_in_turn_and_never_twice() -> None:
    scores = {"a": np.array([1.0, 0.8, 0.6, 0.4, 0.2, 0.1]), "b": np.array([1.0, 0.1, 0.2, 0.4, 0.6, 0.8])}
    picks = select(scores, 4)
    assert picks == [Pick(0, "a", 1.0), Pick(5, "b", 0.8), Pick(1, "a", 0.8), Pick(4, "b", 0.6)]
    everything = select(scores, 100)
    assert sorted(pick.index for pick in everything) == list(range(6))
    assert select(scores, 100)[:4] == picks  # deterministic, and a larger budget only adds


def test_ties_go_to_the_earlier_text() -> None:
    assert [pick.index for pick in select({"a": np.zeros(5)}, 3)] == [0, 1, 2]
    assert [pick.index for pick in select({"a": np.array([0.5, 1, 1, 0.5])}, 4)] == [1, 2, 0, 3]


def test_a_criterion_that_sees_nothing_passes_its_turn() -> None:
    scores = {"unknown": unknown_words(np.array([0, 0, 0, 0.3, 0])), "margin": np.array([0.2, 0.4, 0.6, 0.8, 1.0])}
    assert [(pick.index, pick.criterion) for pick in select(scores, 3)] == [(3, "unknown"), (4, "margin"), (2, "margin")]


def test_near_duplicates_wait_while_others_remain() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(size=32)
    vectors = np.concatenate([one + rng.normal(0, 0.01, (10, 32)), rng.normal(size=(5, 32))])
    scores = {"a": np.linspace(1, 0, 15)}
    assert [pick.index for pick in select(scores, 4)] == [0, 1, 2, 3]
    assert [pick.index for pick in select(scores, 4, vectors)] == [0, 10, 11, 12]
    assert [pick.index for pick in select(scores, 4, vectors * np.arange(1, 16)[:, None])] == [0, 10, 11, 12]  # the angle counts, not the length
    assert [pick.index for pick in select(scores, 8, vectors)] == [0, 10, 11, 12, 13, 14, 1, 2]


def test_the_four_criteria_together_share_a_budget() -> None:
    rng = np.random.default_rng(3)
    n = 200
    p, vectors = rng.uniform(0, 0.2, (n, 3)), rng.normal(size=(n, 16))
    p[10, 0], p[20, 2], vectors[30] = 0.5, 0.35, 9.0
    rates = np.zeros(n)
    rates[40] = 0.4
    scores = {
        "uncertain": near_half(p),
        "rare": rare_entropy(p, np.array([90, 90, 1]), exclusive=False),
        "unknown": unknown_words(rates),
        "outlier": cluster_outliers(vectors),
    }
    assert all(score.shape == (n,) and score.min() == 0 and score.max() == 1 for score in scores.values())
    picks = select(scores, 10, vectors)
    assert [pick.index for pick in picks[:4]] == [10, 20, 40, 30]
    assert len({pick.index for pick in picks}) == 10
    assert [pick.criterion for pick in picks[4:]] == ["uncertain", "rare", "outlier"] * 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: near_half(np.array([3.0, -2.0])), "not logits"),
        (lambda: small_margin(np.ones((4, 1))), "at least two classes"),
        (lambda: wide_interval(np.ones(4)), "not one of shape (4,)"),
        (lambda: unknown_words(np.array([0.1, np.nan])), "finite"),
        (lambda: rare_entropy(np.full((4, 3), 0.2), np.array([1, 2]), exclusive=False), "one count a label"),
        (lambda: cluster_outliers(np.empty((0, 4))), "at least one text"),
        (lambda: select({"a": np.ones(3), "b": np.ones(4)}, 2), "3, 4 lengths"),
        (lambda: select({"a": np.ones(3)}, 2, np.ones((4, 2))), "3, 4 lengths"),
        (lambda: select({}, 2), "no lengths"),
        (lambda: select({"a": np.ones(3)}, 0), "1 or more"),
    ],
)
def test_bad_input_gets_one_sentence(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError) as error:
        call()
    assert says in str(error.value)
    assert "\n" not in str(error.value)
