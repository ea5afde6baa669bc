"""The table of tasks: which kind of output each is given by its records, and what is refused."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.config import TrainConfig
from finetune.kinds import Amounts, Classes, Kind, Labels
from finetune.records import Columns, DataError, Record
from finetune.tasks import TASKS, fit_kind

Target = str | float | tuple[str | float, ...]


def fit(task: str, *targets: Target, text_b: str = "", target: tuple[str, ...] = ("output",), **settings: Any) -> Kind:
    records = [Record("text", each, str(i), text_b=text_b, row=i + 1, source="beads.csv") for i, each in enumerate(targets)]
    columns = Columns(target=target, text_b="model" if task in ("pair", "similarity") else None)
    return fit_kind(records, TrainConfig(task=task, base=Path("base"), columns=columns, **settings))  # type: ignore[arg-type]


def test_binary_with_normal_is_the_studys_rule():
    assert fit("binary", "Normal", "Humping", "humping or normal") == Labels(("abnormal",), binary=True)
    assert fit("binary", "Normal", "Humping", loss="cross_entropy") == Classes(("normal", "abnormal"), study=True)


@pytest.mark.parametrize(
    ("targets", "positive"), [(("ok", "faulty", "ok"), "ok"), ((0, 1, 1.0, "0"), "1"), (("no", "yes"), "yes"), ((False, True), "True")]
)
def test_binary_of_two_values_takes_the_last_as_positive(targets: tuple[Target, ...], positive: str):
    assert fit("binary", *targets) == Labels((positive,), binary=True, positive=positive)


def test_binary_of_two_values_by_cross_entropy_has_a_logit_each():
    assert fit("binary", 1, 0, 1, loss="cross_entropy") == Classes(("0", "1"))


@pytest.mark.parametrize("positive", ["0", "0.0"])
def test_one_value_against_all_others(positive: str):
    kind = fit("binary", 0, 3.0, "7", "0", positive=positive)
    assert kind == Labels(("0",), binary=True, positive="0")
    assert fit("binary", "Normal", "Humping", "Balling", positive="Humping") == Labels(("Humping",), binary=True, positive="Humping")


@pytest.mark.parametrize(
    ("targets", "settings", "said"),
    [
        (("a", "b", "c", "d", "e"), {}, r"has 5 different targets \(a, b, c, d, …\); a binary task needs two, .* or --positive VALUE"),
        (("Normal", "humping or normal"), {}, "all of the 2 records count as 'Normal'; a classifier needs both sides"),
        (("a", "a"), {}, "all of the 2 records count as 'a'; a classifier needs both sides"),
        (("a", "b"), {"positive": "c"}, "none of the 2 records count as 'c'; a classifier needs both sides"),
        (("a", "b", "c"), {"positive": "a", "loss": "cross_entropy"}, "--positive a against all others is one logit; use --loss bce"),
    ],
)
def test_what_has_no_two_sides_is_refused(targets: tuple[Target, ...], settings: dict[str, Any], said: str):
    with pytest.raises(DataError, match=said) as error:
        fit("binary", *targets, **settings)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_multilabel_where_each_record_has_one_label_is_one_class_of_several():
    targets = ("Humping", "balling", "Normal", "humping")
    assert fit("multilabel", *targets) == Classes(("Humping", "Normal", "balling"))
    assert fit("multilabel", *targets).encode([Record("t", t, "g") for t in ("Humping", "HUMPING")]).std() == 0, "capitals do not count"
    assert fit("multilabel", *targets, loss="bce") == Labels(("Balling", "Humping", "Normal"))


def test_multilabel_where_some_record_has_two_is_a_logit_each():
    assert fit("multilabel", "Humping or Balling", "Normal") == Labels(("Balling", "Humping", "Normal"))
    assert fit("multilabel", "", "Normal", "Humping") == Labels(("Humping", "Normal"))
    with pytest.raises(DataError, match=r"^Cross-entropy needs exactly one label a record, and here some have several; use --loss bce"):
        fit("multilabel", "Humping or Balling", "Normal", loss="cross_entropy")


def test_classes_that_are_numbers_are_in_their_order():
    assert fit("multilabel", 10, 2, "1", 2.0, "good").names == ("1", "2", "10", "good")


@pytest.mark.parametrize("task", ["multilabel", "pair"])
def test_one_class_only_is_refused(task: str):
    with pytest.raises(DataError, match=r"^beads\.csv has only the (label|class) 'Normal'; a classifier needs at least two\.$"):
        fit(task, "Normal", "Normal", text_b="b")


@pytest.mark.parametrize("task", ["multilabel", "pair"])
@pytest.mark.parametrize("what", ["remark number {}", "{}.5"])
def test_free_text_or_numbers_in_the_target_column_are_refused(task: str, what: str):
    with pytest.raises(DataError, match=r"beads\.csv has 40 different values in 40 rows, such as .*; .* --target, or use --task regression\.$"):
        fit(task, *(what.format(i) for i in range(40)), text_b="b")
    assert fit(task, *(what.format(i % 14) for i in range(40)), text_b="b").size == 14


def test_a_pair_has_classes():
    assert fit("pair", "entailment", "neutral", "contradiction", "neutral", text_b="b") == Classes(("contradiction", "entailment", "neutral"))


@pytest.mark.parametrize("task", ["pair", "similarity"])
def test_a_comparison_needs_a_second_text(task: str):
    with pytest.raises(DataError, match=rf"^The task {task} compares two texts; name the second column with --text-b\.$"):
        fit(task, 0.0, 1.0)


@pytest.mark.parametrize("task", ["binary", "multilabel", "pair"])
def test_a_classifier_reads_one_target_column(task: str):
    with pytest.raises(DataError, match=rf"^The task {task} reads one target column, and 2 are named; join labels by ' or ' in one\.$"):
        fit(task, ("Humping", "Normal"), ("Normal", "Balling"), text_b="b")


def test_amounts_are_standardised_by_the_training_records():
    kind = fit("regression", 2.0, "4", "Height is 6.")
    assert isinstance(kind, Amounts) and kind.names == ("output",) and kind.log == (False,)
    assert (kind.mean, kind.std) == ((4.0,), (pytest.approx(math.sqrt(8 / 3)),))
    assert kind.low == kind.high == (None,)


def test_several_amounts_are_named_by_their_columns():
    kind = fit("regression", (1, 100.0), (2, 20000.0), target=("h", "heat"))
    assert isinstance(kind, Amounts) and kind.names == ("h", "heat") and kind.log == (False, True)
    assert kind.mean == pytest.approx((1.5, (math.log(100) + math.log(20000)) / 2))


@pytest.mark.parametrize(
    ("values", "scale", "log"),
    [
        ((1, 8), "auto", False), ((1, 8.1), "auto", True), ((0, 100), "auto", False), ((-1, 100), "auto", False),
        ((1, 100), "linear", False), ((1, 2), "log", True),
    ],
)  # fmt: skip
def test_a_wide_range_of_positive_amounts_is_learnt_as_a_logarithm(values: tuple[float, ...], scale: str, log: bool):
    kind = fit("regression", *values, scale=scale)
    assert isinstance(kind, Amounts) and kind.log == (log,)


def test_a_logarithm_that_was_asked_for_needs_positive_amounts():
    with pytest.raises(DataError, match=r"^A logarithmic scale needs positive targets; train with --scale linear\.$"):
        fit("regression", 0.0, 1.0, scale="log")


@pytest.mark.parametrize("value", [656.112, 0.0, -3e9, 1e-12])
def test_equal_amounts_are_refused_for_there_is_nothing_to_predict(value: float):
    with pytest.raises(DataError, match=rf"^All values of output are the same \({value:g}\); there is nothing to predict\.$".replace("+", r"\+")):
        fit("regression", *[value] * 10)  # the computed spread of 656.112 is 9e-16


@pytest.mark.parametrize("values", [(1e-12, 2e-12), (1e9, 1e9 + 1)])
def test_what_differs_little_still_differs(values: tuple[float, float]):
    kind = fit("regression", *values, scale="linear")
    assert kind.encode([Record("t", v, "g") for v in values])[:, 0] == pytest.approx([-1, 1], abs=1e-3)


def test_words_are_not_amounts():
    with pytest.raises(DataError, match=r"^beads\.csv, row 2: the target 'high' is not a number"):
        fit("regression", 1.0, "high")


@pytest.mark.parametrize(
    ("grades", "bounds"), [((0, 0.5, 1), (0.0, 1.0)), ((0.2, 0.4), (0.0, 1.0)), ((0, 5, 10), (None, None)), ((-0.1, 1), (None, None))]
)
def test_grades_between_0_and_1_stay_there(grades: tuple[float, ...], bounds: tuple[float | None, float | None]):
    kind = fit("similarity", *grades, text_b="model answer")
    assert isinstance(kind, Amounts) and (kind.low, kind.high) == ((bounds[0],), (bounds[1],))
    assert fit("regression", 0.2, 0.4).low == (None,)  # type: ignore[attr-defined]


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_kind_that_encodes_its_own_records(task: str):
    targets: tuple[Target, ...] = ("Normal", "Humping", "Normal") if task in ("binary", "multilabel", "pair") else (0.1, 0.5, 0.9)
    kind = fit(task, *targets, text_b="b")
    encoded = kind.encode([Record("t", target, "g") for target in targets])
    assert len(encoded) == 3 and np.isfinite(encoded).all() and len(np.unique(encoded, axis=0)) == len(set(targets))
