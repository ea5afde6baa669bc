"""What a target column says: labels joined by " or ", amounts in the study's sentences."""

import pytest

from finetune.records import DataError, Record
from finetune.targets import amounts, is_normal, labels, unit_of


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("Humping", ("Humping",)),
        ("humping or Bead cut", ("Bead cut", "Humping")),
        (" lack of fusion  or HUMPING.", ("Humping", "Lack of fusion")),
        ("Normal or Normal", ("Normal",)),
        ("Corroded", ("Corroded",)),
        ("Corroded or ", ("Corroded",)),
        (3, ("3",)),
        ("", ()),
        (" . ", ()),
    ],
)
def test_labels(target: object, names: tuple[str, ...]):
    assert labels(target) == names


@pytest.mark.parametrize(("target", "normal"), [("Normal", True), ("humping or normal.", True), ("Abnormal", False), ("", False)])
def test_labels_that_contain_normal_are_normal(target: str, normal: bool):
    assert is_normal(target) is normal


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("656.112.", 656.112),
        ("Heat input is 656.112.", 656.112),
        ("Energy is 61808.5.", 61808.5),
        ("Heat input is 656.112 J/mm.", 656.112),
        ("656", 656),
        (656.112, 656.112),
        (656, 656),
        ("6.5e2 J/mm", 650),
        (" -0.25 ", -0.25),
        ("12 %", 12),
    ],
)
def test_amounts(target: str | float, value: float):
    assert amounts(Record("text", target, "g")) == (value,)


def test_several_amounts():
    assert amounts(Record("text", ("3.5", 7, "Width is 9."), "g")) == (3.5, 7.0, 9.0)


@pytest.mark.parametrize("target", ["unknown", "", "1,5", "3 of 5", "between 3 and 5", "Layer 3 failed", "2024-05-01"])
def test_what_is_not_one_number_is_refused_with_its_place(target: str):
    with pytest.raises(DataError, match=r"^beads\.csv, row 12: the target '.*' is not a number such as 656\.1"):
        amounts(Record("text", target, "g", row=12, source="beads.csv"))


@pytest.mark.parametrize("target", [float("nan"), float("inf"), 10**400, "1e400"])
def test_an_amount_must_be_finite(target: str | float):
    with pytest.raises(DataError, match=r"^beads\.csv, row 12: the target is not a finite number"):
        amounts(Record("text", target, "g", row=12, source="beads.csv"))


@pytest.mark.parametrize(
    ("column", "unit"),
    [("height_mean_mm", "mm"), ("height_variance_mm2", "mm²"), ("heat_input_j_mm", "J/mm"), ("energy_kj", "kJ"), ("UTS (MPa)", "MPa"),
     ("porosity [%]", "%"), ("Width mm", "mm"), ("voltage", "V"), ("travel_speed_mm_min", "mm/min"), ("rate_kg_h", "kg/h"),
     ("heat", None), ("group_a", None), ("score_m", None), ("count_in", None), ("class (1)", None), ("mm", None), ("output", None)],
)  # fmt: skip
def test_the_unit_that_a_column_states(column: str, unit: str | None):
    assert unit_of(column) == unit
