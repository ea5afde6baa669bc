"""Numbers under the user's own names have their training range too."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from finetune.features import fit_features
from finetune.ranges import number_ranges, outside
from finetune.records import Record


def beads(*numbers: dict[str, float]) -> list[Record]:
    return [Record("bead", 1.0, str(i), numbers=tuple(row.items())) for i, row in enumerate(numbers)]


def asked(record: Record, meta: dict[str, Any], records: list[Record]) -> list[str]:
    known = SimpleNamespace(meta={"training_range": {}} | meta, features=fit_features(records, pair=False), outside=lambda conditions: [])
    return outside(known, record)  # type: ignore[arg-type]


def test_columns_keep_the_names_of_the_file_and_gaps_do_not_count():
    records = beads({"range_V": 0.5, "Skew (x)": -1.0}, {"range_V": float("nan"), "Skew (x)": 2.0}, {"range_V": 0.1, "Skew (x)": 0.0})
    assert number_ranges(records, fit_features(records, pair=False)) == {"range_V": (0.1, 0.5), "Skew (x)": (-1.0, 2.0)}


def test_process_quantities_are_left_to_themselves_where_they_are_read_as_such():
    text = "The current is {} A, the voltage is 20 V, the travel speed is 8 mm/s."
    records = [Record(text.format(100 + i), 1.0, str(i), numbers=(("current_a", 100.0 + i), ("skew", float(i)))) for i in range(4)]
    process, plain = (fit_features(records, pair=False, process=on) for on in (True, False))
    assert number_ranges(records, process) == {"skew": (0, 3)}
    assert number_ranges(records, plain)["current_a"] == (100, 103)


def test_numbers_in_texts_that_are_features_have_a_range():
    records = [Record(f"porosity index: {i / 10}", 1.0, str(i)) for i in range(5)]
    ranges = number_ranges(records, fit_features(records, pair=False))
    assert ranges == {"porosity_index": (0.0, 0.4)}
    assert asked(replace(records[0], text="porosity index: 7"), {"number_range": ranges}, records) == [
        "porosity_index 7 is outside the training range 0 to 0.4."
    ]


@pytest.mark.parametrize(("value", "warned"), [(0.3, False), (0.5, False), (0.51, True), (-3.0, True), (float("nan"), False)])
def test_what_lies_outside_is_said(value: float, warned: bool):
    records = beads({"range_V": 0.1}, {"range_V": 0.5})
    found = asked(beads({"Range V": value})[0], {"number_range": {"range_V": (0.1, 0.5)}}, records)
    assert found == ([f"range_V {value:g} is outside the training range 0.1 to 0.5."] if warned else [])


def test_a_model_of_before_says_nothing():
    assert asked(beads({"a": 9.0})[0], {}, beads({"a": 1.0})) == []
