"""Corrections are applied to the data that their file was made from, whatever a spreadsheet did to it, and to nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from finetune.label_errors import Suspect
from finetune.records import DataError, Record
from finetune.relabel import apply_relabel
from finetune.relabel_file import Correction, read_relabel, write_relabel

RECORDS = [
    Record(text, target, f"g{i}", row=i + 1, source="beads.csv")
    for i, (text, target) in enumerate(
        [("The current is 150 A.", "Humping"), ("전류는 150 A,\n결과는?", "험핑"), ("=HYPERLINK(1) says the log", "Normal"), ("-12 V was read", "@x")]
    )
]


def test_labels_are_changed_kept_and_dropped_in_the_order_of_the_records() -> None:
    corrections = {4: Correction("@x", "Humping or Bead cut"), 2: Correction("험핑", "Keep"), 3: Correction("Normal", "DROP")}
    assert apply_relabel(RECORDS, corrections) == [RECORDS[0], RECORDS[1], replace(RECORDS[3], target="Humping or Bead cut")]
    assert apply_relabel(RECORDS, {}) == RECORDS


@pytest.mark.parametrize("given", ["=1+1", "'=1+1", "''@a", "'quoted'", "-Humping", "\tNormal", "험핑"])
def test_a_written_and_edited_file_fits_its_own_data(tmp_path: Path, given: str) -> None:
    records = [Record(given + " long" * 100, given, "g", row=1)]
    path = write_relabel(tmp_path / "a.csv", records, [Suspect(0, 0.1, given, "")])
    path.write_text(path.read_text(encoding="utf-8-sig").rstrip() + "Normal\n", encoding="utf-8")
    assert apply_relabel(records, read_relabel(path)) == [replace(records[0], target="Normal")]


def test_numbers_stay_numbers_and_several_stay_several() -> None:
    records = [Record("a", 3.123456789012, "g", row=1), Record("b", (3.2, 0.04), "g", row=2), Record("c", "Heat input is 656.112.", "g", row=3)]
    shown = {1: Correction("3.12346", "2.5"), 2: Correction("3.2 | 0.04", "3.3|0.05"), 3: Correction("Heat input is 656.112.", "700.5")}
    assert [r.target for r in apply_relabel(records, shown)] == [2.5, (3.3, 0.05), "700.5"]
    with pytest.raises(DataError, match=r"row 1: '2,5' in column 'corrected' is not a number"):
        apply_relabel(records, {1: Correction("3.1235", "2,5")})  # 2,500 in a comma-separated file could be either
    with pytest.raises(DataError, match=r"row 1: '1e999' in column 'corrected' is not a number"):
        apply_relabel(records, {1: Correction("3.1235", "1e999")})
    with pytest.raises(DataError, match=r"row 2: '3\.3' in column 'corrected' should be 2 targets, such as 3\.2 \| 0\.04"):
        apply_relabel(records, {2: Correction("3.2|0.04", "3.3")})


def test_what_had_no_label_gets_one_or_goes() -> None:
    unlabelled = [replace(record, target="") for record in RECORDS]
    corrections = {3: Correction("", "Balling"), 1: Correction("", "drop")}
    assert [r.target for r in apply_relabel(unlabelled, corrections)] == ["", "Balling", ""]
    with pytest.raises(DataError, match="row 1 has no label to keep"):
        apply_relabel(unlabelled, {1: Correction("", "keep")})


@pytest.mark.parametrize("given", ["humping", " Humping. "])
def test_spelling_of_the_given_label_does_not_matter(given: str) -> None:
    assert apply_relabel(RECORDS, {1: Correction(given, "Normal", "the current is  150 A")})[0].target == "Normal"


def test_several_labels_in_another_order_are_the_same() -> None:
    record = Record("a", "humping or Bead cut", "g", row=1)
    assert apply_relabel([record], {1: Correction("Bead cut or Humping", "Normal")})[0].target == "Normal"


@pytest.mark.parametrize(
    ("row", "correction", "says"),
    [
        (1, Correction("Normal", "Balling"), "beads.csv, row 1: there 'Normal' was given"),
        (1, Correction("", "Balling"), "was given"),
        (1, Correction("Humping", "Balling", "The current is 180 A."), "apply the re-labelling file to the data that it was made from"),
        (9, Correction("Humping", "Balling"), "no row 9 among the 4 records"),
    ],
)
def test_a_file_of_other_data_is_not_applied(row: int, correction: Correction, says: str) -> None:
    with pytest.raises(DataError) as error:
        apply_relabel(RECORDS, {row: correction})
    assert says in str(error.value)


def test_amounts_that_differ_are_other_data() -> None:
    with pytest.raises(DataError, match=r"3\.13"):
        apply_relabel([Record("a", 3.12, "g", row=1)], {1: Correction("3.13", "4")})
