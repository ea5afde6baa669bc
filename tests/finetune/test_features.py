"""Which numbers of the training records become features."""

import pytest

from finetune.features import fit_features
from finetune.records import DataError, Record
from tools.features import Features


def record(text: str, text_b: str = "", **numbers: float) -> Record:
    return Record(text, 1.0, "g", text_b=text_b, numbers=tuple(numbers.items()))


def test_numeric_columns_and_named_numbers_that_most_texts_state():
    features = fit_features([record("roughness 3, porosity 1", x=1), record("roughness 5", x=3), record("no number", x=8)], pair=False)
    assert features == Features(process=False, names=("x", "roughness"), medians=(3.0, 4.0), optional=("roughness",))


def test_process_quantities_are_not_counted_twice():
    texts = ["The travel speed is 8 mm/s and the current 180 A, roughness 3.", "The travel speed is 9 mm/s and the current 190 A, roughness 4."]
    features = fit_features([record(text) for text in texts], pair=False)
    assert features.process and features.names == ("roughness",)
    assert not fit_features([record(text) for text in texts], pair=False, process=False).process


def test_the_bead_size_counts_where_nearly_all_state_both_speeds():
    both, one = Record("wire feed speed 6 m/min, travel speed 5 mm/s", 1.0, "a"), Record("travel speed 5 mm/s", 1.0, "b")
    assert fit_features([both] * 9 + [one], pair=False).bead_size
    assert not fit_features([both] * 8 + [one] * 2, pair=False).bead_size


def test_columns_stay_beside_process_quantities():
    features = fit_features([record("voltage 24 V", voltage_v=24.0), record("voltage 25 V", voltage_v=25.0)], pair=False)
    assert features.process and features.names == ("voltage_v",), "raw and as a logarithm"


def test_a_pair_is_compared_and_its_texts_are_weighed():
    features = fit_features([record("one 1 two", "three"), record("one 1", "two")], pair=True)
    assert features.idf is not None and {"one", "two", "three"} < set(features.idf)
    assert features.names == () and not features.process


def test_unusable_values_count_as_absent():
    features = fit_features([record("a", x=float("nan")), record("b", x=2.0), record("c", x=4.0)], pair=False)
    assert (features.medians, features.optional) == ((3.0,), ("x",))


def test_what_cannot_be_used_is_said():
    with pytest.raises(DataError, match="no training records"):
        fit_features([], pair=False)
    with pytest.raises(DataError, match="300 numeric columns"):
        fit_features([record("a", **{f"x{i}": float(i) for i in range(300)})], pair=False)
