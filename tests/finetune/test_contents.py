"""What a split holds: counts are those of the experiments, whatever is wrong with single rows."""

from collections import Counter

import numpy as np
import pytest

from finetune.contents import describe, target_columns
from finetune.records import DataError, Record
from finetune.simulator import simulate


def test_counts_are_those_of_the_experiments():
    experiments = simulate(28, 2)
    held = describe(
        [Record(e.conditions.to_text(), " or ".join(e.labels), str(e.id), row=row) for row, e in enumerate(experiments, start=1)], "labels"
    )
    normal = sum(e.labels == ("Normal",) for e in experiments)
    assert (held.rows, held.groups, held.normal) == (28, 28, (normal, 28 - normal))
    assert held.combinations == Counter(" or ".join(e.labels) for e in experiments)
    assert held.labels == Counter(label for e in experiments for label in e.labels) and held.labels["Humping"] > 1
    assert held.words["lowest"] > 50 and held.characters["lowest"] <= held.characters["median"] <= held.characters["highest"]


def test_quantities_are_those_that_the_texts_state():
    rows = [Record(e.conditions.to_text(), "Normal", str(e.id)) for e in simulate(112, 1)]
    held, current = describe(rows, "labels").quantities, [row.conditions.current_a for row in rows]
    assert held["current_a"] == {"stated": 112, "lowest": min(current), "median": float(np.median(current)), "highest": max(current)}
    assert set(held["process"]["values"]) <= {"GMAW", "CMT", "GTAW", "PAW"}


def test_a_numeric_column_adds_to_what_the_text_states_and_does_not_count_it_twice():
    numbers = (("Current (A)", 150.0), ("gap", 0.5), ("lost", float("nan")))
    held = describe([Record("The current is 150 A.", "a", "1", numbers=numbers)], "classes").quantities
    assert set(held) == {"current_a", "gap"} and held["gap"] == {"stated": 1, "lowest": 0.5, "median": 0.5, "highest": 0.5}


def test_faults_of_rows_are_counted():
    rows = [
        Record("same", "a", "1"), Record("Same ", "b", "2"), Record(" ", "a", "3"), Record("other", "", "4"), Record("third", "a", "5"),
    ]  # fmt: skip
    held = describe(rows, "classes")
    assert (held.empty_texts, held.missing_targets, held.duplicate_texts, held.contradictions) == (1, 1, 1, 1)
    assert (held.labels, held.normal, held.targets) == ({"a": 3, "b": 1}, None, [])


def test_classes_are_taken_as_they_are_and_labels_are_taken_apart():
    rows = [Record("x", "balling or Humping", "1"), Record("y", 3.0, "2")]
    assert describe(rows, "classes").labels == {"balling or Humping": 1, "3": 1}
    assert describe(rows[:1], "labels").labels == {"Balling": 1, "Humping": 1}


def test_amounts_have_quantiles_of_each_target():
    rows = [Record(f"a {'z' * i}", (f"Heat input is {100 + i}.", float(i)), str(i)) for i in range(50)]
    missing = Record("b", ("", float("nan")), "b")
    held = describe([*rows, missing], "amounts")
    assert [quantiles["median"] for quantiles in held.targets] == [124.5, 24.5] and held.missing_targets == 1 and held.labels == {}
    assert target_columns([*rows, missing]) == [[100.0 + i for i in range(50)], [float(i) for i in range(50)]]
    with pytest.raises(DataError, match="row 3: the target 'tall' is not a number"):
        describe([Record("x", "tall", "1", row=3)], "amounts")


def test_nothing():
    held = describe([], "amounts")
    assert (held.rows, held.words, held.targets, held.quantities) == (0, {}, [], {}) and target_columns([]) == []
