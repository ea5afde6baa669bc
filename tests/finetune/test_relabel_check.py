"""What may be written into a re-labelling file, and what is suggested for it."""

import pytest

from finetune.kinds import Amounts, Classes, Kind, Labels
from finetune.records import DataError, Record
from finetune.relabel_check import check, sides, usable
from finetune.relabel_file import Correction

DEFECTS = [Record("a", target, str(i), row=i + 1) for i, target in enumerate(["Humping or Balling", "Normal", "Bead cut", "Normal", "balling"])]
HEIGHTS = [Record("a", target, str(i)) for i, target in enumerate(["3.21", "4", "Energy is 5.5.", "6.1"])]
CLASSES = [Record("a", str(i % 3), str(i)) for i in range(12)]
HEIGHT = Amounts(("h",), (False,), (0.0,), (1.0,), (None,), (None,))


def corrections(text: str) -> dict[int, Correction]:
    return {8: Correction("x", text, "", 3)}


@pytest.mark.parametrize(
    ("records", "text"),
    [
        (DEFECTS, "Humping"), (DEFECTS, "humping or bead cut"), (DEFECTS, "KEEP"), (DEFECTS, "Drop"), (HEIGHTS, "7.25"), (HEIGHTS, "Energy is 7."),
        (CLASSES, "2"), ([Record("a", "spatter: bad; bead shape: good", "g")], "bead shape: bad"), ([Record("a", (1.0, 2.0), "g")], "1.5 | 2.5"),
    ],
)  # fmt: skip
def test_what_the_data_knows_may_be_written(records: list[Record], text: str):
    check(corrections(text), "doubtful.csv", records)


@pytest.mark.parametrize(
    ("records", "text", "sentence"),
    [
        (DEFECTS, "Humpng", "the label 'Humpng' is not among the known ones (Balling, Bead cut, Humping, Normal), did you mean 'Humping'; "
         "correct it, or allow it with --new-label 'Humpng'."),
        (DEFECTS, "Humping or Porosity", "the label 'Porosity' is not among"),
        (DEFECTS, "7", "the label '7' is not among"),
        (HEIGHTS, "high", "'high' is not a number; write one such as 3.21, or keep, or drop."),
        (CLASSES, "3", "the label '3' is not among the known ones (0, 1, 2)"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(records: list[Record], text: str, sentence: str):
    with pytest.raises(DataError) as error:
        check(corrections(text), "doubtful.csv", records)
    assert str(error.value).startswith("doubtful.csv, line 3 (row 8), column 'corrected': ") and "\n" not in str(error.value)
    assert sentence in str(error.value)


def test_a_new_label_is_allowed_by_name_and_the_models_are_known():
    check(corrections("Humping or Porosity"), "a.csv", DEFECTS, new=("Porosity",))
    check(corrections("Abnormal"), "a.csv", DEFECTS, Labels(("abnormal",), binary=True))
    check(corrections("clean"), "a.csv", [], Classes(("clean", "dirty")))
    with pytest.raises(DataError, match="is not a number"):
        check(corrections("clean"), "a.csv", [], HEIGHT)


@pytest.mark.parametrize(
    ("kind", "targets", "suggested", "value"),
    [
        (Labels(("bad",), binary=True, positive="bad"), ["good", "bad", "good"], "not bad", "good"),
        (Labels(("1",), binary=True, positive="1"), [0.0, 1.0], "not 1", "0.0"),
        (Labels(("abnormal",), binary=True), ["Normal", "Humping", "Balling"], "not abnormal", "Normal"),
        (Labels(("abnormal",), binary=True), ["Normal", "Humping", "Balling"], "abnormal", "Abnormal"),
        (Labels(("abnormal",), binary=True), ["Normal", "Humping"], "abnormal", "Humping"),
        (Classes(("normal", "abnormal"), study=True), ["Normal", "Humping"], "normal", "Normal"),
        (Classes(("a", "b")), ["a", "b"], "b", "b"),
        (Labels(("a", "b")), ["a", "b"], "a or b", "a or b"),
        (Labels(("a", "b")), ["a", "b"], "", "b"),
    ],
)
def test_a_suggestion_can_be_written_as_it_is(kind: Kind, targets: list[object], suggested: str, value: str):
    found = usable(suggested, "a", kind, sides(kind, targets), likeliest="b")
    assert found == value
    check(corrections(found), "a.csv", [Record("", str(target), "") for target in targets], kind)


def test_where_the_likeliest_label_is_the_doubtful_one_the_row_may_go():
    assert usable("", "A", Labels(("a", "b")), {}, likeliest="a") == "drop"
