"""Planted label errors are found far above chance, for classes, multi-label rows and amounts, from out-of-fold predictions."""

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_predict
from sklearn.multiclass import OneVsRestClassifier

from finetune.label_errors import Suspect, suspects_in_amounts, suspects_in_classes, suspects_in_labels
from finetune.records import DataError

ROWS, PLANTED = 300, 30  # a list of random rows has a precision and a recall of .10
NAMES = ["Humping", "Bead cut", "Balling", "Normal", "Lack of fusion"]


def precision_recall(suspects: list[Suspect], planted: np.ndarray) -> tuple[float, float]:
    hits = len({s.index for s in suspects} & set(planted.tolist()))
    return hits / len(suspects), hits / len(planted)


def sorted_worst_first(suspects: list[Suspect]) -> bool:
    scores = [s.score for s in suspects]
    return scores == sorted(scores) and all(0 <= score <= 1 for score in scores) and len({s.index for s in suspects}) == len(suspects)


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_flipped_classes_are_found(seed: int) -> None:
    features, truth = make_classification(ROWS, 12, n_informative=6, n_classes=4, class_sep=1.5, n_clusters_per_class=1, flip_y=0, random_state=seed)
    rng = np.random.default_rng(seed)
    planted, given = rng.choice(ROWS, PLANTED, replace=False), truth.copy()
    given[planted] = (given[planted] + rng.integers(1, 4, PLANTED)) % 4
    probabilities = cross_val_predict(LogisticRegression(max_iter=500), features, given, cv=5, method="predict_proba")
    suspects = suspects_in_classes(given, probabilities, NAMES[:4])
    precision, recall = precision_recall(suspects, planted)
    assert precision > 0.5 and recall > 0.7
    assert sorted_worst_first(suspects)
    assert precision_recall(suspects[:8], planted)[0] >= 0.75  # the worst are the surest
    assert all(s.given == NAMES[given[s.index]] and s.suggested != s.given for s in suspects)
    found = [s for s in suspects if s.index in planted]
    assert np.mean([s.suggested == NAMES[truth[s.index]] for s in found]) > 0.8


def multilabel(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features, weights = rng.normal(size=(ROWS, 10)), rng.normal(size=(10, 5))
    weights /= np.linalg.norm(weights, axis=0)
    return features, (features @ weights + rng.normal(0, 0.2, (ROWS, 5)) > [0.3, 0.7, 1, 0.7, 1.6]).astype(int)  # the last label is rare


@pytest.mark.parametrize("seed", [100, 101])
def test_flipped_labels_of_multilabel_rows_are_found(seed: int) -> None:
    features, truth = multilabel(seed)
    rng = np.random.default_rng(seed)
    planted, given = rng.choice(ROWS, PLANTED, replace=False), truth.copy()
    given[planted, rng.integers(0, 5, PLANTED)] ^= 1
    model = OneVsRestClassifier(LogisticRegression(max_iter=500))
    suspects = suspects_in_labels(given, cross_val_predict(model, features, given, cv=5, method="predict_proba"), NAMES)
    precision, recall = precision_recall(suspects, planted)
    assert precision > 0.6 and recall > 0.55
    assert sorted_worst_first(suspects)
    found = [s for s in suspects if s.index in planted]
    correct = [" or ".join(name for name, on in zip(NAMES, truth[s.index], strict=True) if on) for s in found]
    assert np.mean([s.suggested == c for s, c in zip(found, correct, strict=True)]) > 0.8


def test_labels_are_written_as_a_person_would() -> None:
    truth = np.tile([[1, 1, 0], [0, 0, 1]], (30, 1))
    probabilities = np.where(truth == 1, 0.9, 0.1)
    truth[0], truth[1] = [1, 0, 0], [0, 0, 0]  # predicted: the first two labels; the third
    assert suspects_in_labels(truth, probabilities, NAMES[:3]) == [
        Suspect(0, pytest.approx(0.1, abs=0.3), "Humping", "Humping or Bead cut"),
        Suspect(1, pytest.approx(0.1, abs=0.3), "", "Balling"),
    ]


def test_only_what_the_model_would_say_otherwise_is_suspect() -> None:
    labels = np.array([0] * 22 + [1] * 20)
    p = np.array([[0.9, 0.05, 0.05]] * 20 + [[0.4, 0.35, 0.25], [0.45, 0.55, 0]] + [[0.25, 0.5, 0.25]] * 20)
    assert 20 not in [s.index for s in suspects_in_classes(labels, p, NAMES[:3])]  # hardly known, but nothing else is likelier


def test_a_single_label_is_judged_too() -> None:
    truth, p = np.array([[1]] * 5 + [[0]] * 25), np.array([[0.05]] + [[0.55]] * 4 + [[0.47]] * 5 + [[0.1]] * 20)
    assert [(s.index, s.given, s.suggested) for s in suspects_in_labels(truth, p, ["Humping"])] == [(0, "Humping", "")]


def test_a_label_that_no_row_has_is_not_judged() -> None:
    _, truth = multilabel(100)
    probabilities = np.where(truth == 1, 0.8, 0.2)
    truth[:, 4], probabilities[:, 4] = 0, 0.9  # a model that insists on a label that was never given
    assert suspects_in_labels(truth, probabilities, NAMES) == []
    assert suspects_in_labels(np.zeros((5, 2), int), np.full((5, 2), 0.9), NAMES[:2]) == []


@pytest.mark.parametrize("seed", [0, 1])
def test_shifted_amounts_are_found(seed: int) -> None:
    features, truth = make_regression(ROWS, 8, n_informative=5, noise=10, random_state=seed)
    rng = np.random.default_rng(seed)
    planted, given = rng.choice(ROWS, PLANTED, replace=False), truth.copy()
    given[planted] += rng.choice([-1, 1], PLANTED) * rng.uniform(1, 3, PLANTED) * truth.std()
    suspects = suspects_in_amounts(given, cross_val_predict(Ridge(), features, given, cv=5))
    precision, recall = precision_recall(suspects, planted)
    assert precision > 0.9 and recall > 0.9
    assert sorted_worst_first(suspects)
    assert suspects[0].given == f"{given[suspects[0].index]:.6g}"


def test_of_several_amounts_the_worst_counts_whatever_their_units() -> None:
    rng = np.random.default_rng(0)
    predicted = np.stack([rng.uniform(100, 900, 200), rng.uniform(0.01, 0.09, 200)], axis=1)
    truth = predicted + rng.normal(size=(200, 2)) * [5, 0.0005]
    truth[7, 1] += 0.02
    truth[50, 0] -= 300
    suspects = suspects_in_amounts(truth, predicted)
    assert [s.index for s in suspects[:2]] == [50, 7]  # 60 and 40 standard deviations
    assert len(suspects) <= 4
    assert suspects[1].given.split(" | ")[1] == f"{truth[7, 1]:.6g}"


def test_clean_amounts_bring_few_suspects_and_an_offset_none() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 1, 4000)
    noise = rng.normal(0, 0.1, 4000)
    assert len(suspects_in_amounts(truth, truth + noise)) < 8  # expected: 2
    shifted = suspects_in_amounts(truth, truth + noise + 3)
    assert [s.index for s in shifted] == [s.index for s in suspects_in_amounts(truth, truth + noise)]


def test_residuals_as_ratios_find_small_amounts_that_are_far_off() -> None:
    rng = np.random.default_rng(0)
    predicted = np.exp(rng.uniform(np.log(10), np.log(10_000), 300))
    truth = predicted * np.exp(rng.normal(0, 0.05, 300))
    smallest = int(predicted.argmin())
    truth[smallest] *= 3
    assert suspects_in_amounts(truth, predicted, log=True)[0].index == smallest
    assert smallest not in [s.index for s in suspects_in_amounts(truth, predicted)]
    with pytest.raises(DataError, match="above zero"):
        suspects_in_amounts(truth - 50, predicted, log=True)


def test_rounding_of_an_exact_model_is_no_label_error() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(100, 900, 200)
    predicted = truth * (1 + rng.standard_t(1, 200) * 1e-12)
    assert suspects_in_amounts(truth, predicted) == []
    truth[3] += 100
    assert [s.index for s in suspects_in_amounts(truth, predicted)] == [3]
    assert suspects_in_amounts(np.ones(20), np.ones(20)) == []


def test_two_classes_may_come_as_one_column() -> None:
    labels = np.repeat([0, 1], 40)
    p = np.where(labels == 1, 0.75, 0.25)
    labels[[3, 60]] = [1, 0]
    both = suspects_in_classes(labels, p, ["Normal", "abnormal"])
    assert [(s.index, s.given, s.suggested) for s in both] == [(3, "abnormal", "Normal"), (60, "Normal", "abnormal")]
    assert both == suspects_in_classes(labels, np.stack([1 - p, p], axis=1), ["Normal", "abnormal"])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: suspects_in_classes(np.zeros(9, int), np.full((9, 2), 0.5), NAMES[:2]), "All 9 examples are 'Humping'"),
        (lambda: suspects_in_classes(np.array([0, 2]), np.full((2, 2), 0.5), NAMES[:2]), "from 0 to 1"),
        (lambda: suspects_in_classes(np.array([0, 1]), np.full((3, 2), 0.5), NAMES[:2]), "not (3, 2)"),
        (lambda: suspects_in_classes(np.array([0, 1]), np.array([[3.0, -1], [0, 1]]), NAMES[:2]), "not logits"),
        (lambda: suspects_in_classes(np.empty(0, int), np.empty((0, 2)), NAMES[:2]), "at least one"),
        (lambda: suspects_in_labels(np.full((4, 2), 2), np.full((4, 2), 0.5), NAMES[:2]), "0 or 1"),
        (lambda: suspects_in_labels(np.zeros((4, 2)), np.full((4, 2), np.nan), NAMES[:2]), "from 0 to 1"),
        (lambda: suspects_in_amounts(np.ones(4), np.ones(5)), "(5,)"),
        (lambda: suspects_in_amounts(np.empty(0), np.empty(0)), "not empty"),
        (lambda: suspects_in_amounts(np.array([1, np.nan]), np.ones(2)), "finite"),
        (lambda: suspects_in_amounts(np.ones((4, 2)), np.ones((4, 2)), log=[True]), "one for each"),
    ],
)
def test_bad_input_gets_one_sentence(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError) as error:
        call()
    assert says in str(error.value)
    assert "\n" not in str(error.value)
