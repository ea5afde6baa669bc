"""The re-labelling file: written, edited as spreadsheets and people do, and read back."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from finetune.active import Pick
from finetune.label_errors import Suspect
from finetune.records import DataError, Record
from finetune.relabel_file import Correction, read_relabel, write_relabel

TEXTS = [
    "The current is 150 A.",
    '전류는 150 A, 전압은 21 V.\n"아크"가 불안정하다; 결과는?',
    '=HYPERLINK("http://x") is what the welder\'s log says',
    "-12 V was read at first",
]
RECORDS = [
    Record(text, target, f"g{i}", row=i + 1, source="beads.csv")
    for i, (text, target) in enumerate(zip(TEXTS, ["Humping", "험핑", "Normal", "@x"], strict=True))
]
SUSPECTS = [Suspect(3, 0.01, "@x", "Normal"), Suspect(1, 0.02, "험핑", "Normal"), Suspect(2, 0.4, "Normal", "=cmd")]


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def edit(path: Path, corrected: dict[int, str], delimiter: str = ",", encoding: str = "utf-8-sig") -> None:
    """Save the file as a spreadsheet would, with `corrected` filled in by row."""
    header, *rows = cells(path)
    for row in rows:
        row[header.index("corrected")] = corrected.get(int(row[0]), "")
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])


def test_the_file_is_a_table_of_the_suspects_in_their_order(tmp_path: Path) -> None:
    path = write_relabel(tmp_path / "new" / "check.csv", RECORDS, SUSPECTS)
    header, *rows = cells(path)
    assert header == ["row", "text", "given", "suggested", "score", "corrected"]
    assert [row[0] for row in rows] == ["4", "2", "3"]
    assert rows[1] == ["2", TEXTS[1], "험핑", "Normal", "0.0200", ""]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # or Excel shows Korean as gibberish
    assert list(path.parent.iterdir()) == [path]


def test_nothing_in_a_cell_is_run_by_a_spreadsheet_and_negative_amounts_stay_numbers(tmp_path: Path) -> None:
    wild = [Record(f"{sign}cmd", f"{sign}given", "g", row=i) for i, sign in enumerate("=+-@\t＝", start=1)]
    _, *rows = cells(write_relabel(tmp_path / "wild.csv", wild, [Suspect(i, 0.1, "", "=x") for i in range(6)]))
    assert all(cell[0] not in "=+-@\t\r＝" for row in rows for cell in row if cell)
    _, row = cells(write_relabel(tmp_path / "n.csv", [Record("a", -3.5, "g", row=1)], [Suspect(0, 0.1, "-3.5", "-3.2")]))
    assert row[2:4] == ["-3.5", "-3.2"]


@pytest.mark.parametrize("given", ["=1+1", "'=1+1", "''@a", "'quoted'", "-Humping", "\tNormal"])
def test_the_guard_is_undone_whatever_the_label_is(tmp_path: Path, given: str) -> None:
    records = [Record(given, given, "g", row=1)]
    path = write_relabel(tmp_path / "a.csv", records, [Suspect(0, 0.1, given, "")])
    edit(path, {1: "Normal"})
    correction = read_relabel(path)[1]
    assert (correction.given, correction.text) == (given.strip(), given)


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (",", "utf-8-sig"), (";", "utf-8-sig"), ("\t", "utf-16"), (";", "utf-8")])
def test_round_trip_through_a_spreadsheet(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = write_relabel(tmp_path / "check.csv", RECORDS, SUSPECTS)
    edit(path, {4: " Humping or Bead cut ", 2: "Keep", 3: "DROP"}, delimiter, encoding)
    assert read_relabel(path) == {
        4: Correction("@x", "Humping or Bead cut", TEXTS[3]), 2: Correction("험핑", "Keep", TEXTS[1]), 3: Correction("Normal", "DROP", TEXTS[2])
    }  # fmt: skip


def test_what_is_not_filled_in_is_no_correction(tmp_path: Path) -> None:
    path = write_relabel(tmp_path / "check.csv", RECORDS, SUSPECTS)
    assert read_relabel(path) == {}
    assert read_relabel(write_relabel(tmp_path / "none.csv", RECORDS, [])) == {}


def test_columns_may_be_moved_added_and_removed_and_rows_left_blank(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Corrected;note;Given;Row\nNormal;seen again;Humping;1.0\n;;;\n;;Normal;3\n", encoding="utf-8")
    assert read_relabel(path) == {1: Correction("Humping", "Normal")}


def test_amounts_are_written_in_full_and_read_with_decimal_commas(tmp_path: Path) -> None:
    records = [Record("a", 3.123456789012, "g", row=1), Record("b", (3.2, 0.04), "g", row=2), Record("c", "Heat input is 656.112.", "g", row=3)]
    path = write_relabel(tmp_path / "a.csv", records, [Suspect(i, 0.1, "", "") for i in range(3)])
    assert [row[2] for row in cells(path)[1:]] == ["3.123456789012", "3.2 | 0.04", "Heat input is 656.112."]
    path.write_text("row;given;corrected\n1;3,12346;2,5\n2;3,2 | 0,04;3,3 | 0,05\n3;Heat input is 656.112.;700,5\n", encoding="utf-8-sig")
    read = read_relabel(path)
    assert [(c.given, c.corrected) for c in read.values()] == [("3.12346", "2.5"), ("3.2 | 0.04", "3.3 | 0.05"), ("Heat input is 656.112.", "700.5")]
    path.write_text("row,given,corrected\n1,3.12346,'2,5'\n".replace("'", '"'))
    assert read_relabel(path)[1].corrected == "2,5", "2,500 in a comma-separated file could be either"


def test_pairs_have_both_texts_and_long_texts_are_cut(tmp_path: Path) -> None:
    records = [Record("word " * 300, "0.5", "g", text_b="왜?", row=1)]
    path = write_relabel(tmp_path / "a.csv", records, [Suspect(0, 0.1, "0.5", "0.9")], text_chars=50)
    header, row = cells(path)
    assert header[:3] == ["row", "text", "text_b"]
    assert (len(row[1]), row[1][-1], row[2]) == (50, "…", "왜?")
    edit(path, {1: "0.9"})
    assert read_relabel(path) == {1: Correction("0.5", "0.9", row[1])}


def test_picks_of_active_learning_have_no_label_and_no_suggestion(tmp_path: Path) -> None:
    unlabelled = [replace(record, target="") for record in RECORDS]
    path = write_relabel(tmp_path / "label.csv", unlabelled, [Pick(2, "margin", 0.99), Pick(0, "outlier", 0.97)])
    assert [row[2:] for row in cells(path)[1:]] == [["", "", "0.9900", ""], ["", "", "0.9700", ""]]


def test_rows_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    twice = [Record("a", "x", "g"), Record("b", "y", "g")]  # no row numbers
    with pytest.raises(DataError, match="Row 0 stands for several records"):
        write_relabel(tmp_path / "a.csv", twice, [Suspect(0, 0.1, "x", "y")])
    assert not (tmp_path / "a.csv").exists()


def test_corrections_are_not_overwritten(tmp_path: Path) -> None:
    path = write_relabel(tmp_path / "a.csv", RECORDS, SUSPECTS)
    write_relabel(path, RECORDS, SUSPECTS)  # nothing in it yet
    edit(path, {4: "Normal"})
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"a\.csv already holds 1 corrections"):
        write_relabel(path, RECORDS, SUSPECTS)
    data = tmp_path / "data.csv"
    data.write_text("input,output\na,b\n")
    with pytest.raises(DataError, match="no column 'row'"):
        write_relabel(data, RECORDS, SUSPECTS)
    assert (path.read_bytes(), data.read_text()) == (before, "input,output\na,b\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column 'row'"),
        (b"row,given\n1,Humping\n", "no column 'corrected'"),
        (b"row,given,corrected\none,Humping,Normal\n", "line 2 of the table: 'one' in column 'row' is not a row number"),
        (b"row,given,corrected\n-1,Humping,Normal\n", "not a row number"),
        (b"row,given,corrected\n%s,Humping,Normal\n" % (b"9" * 5000), "not a row number"),
        (b"row,given,corrected\n1,Humping,Normal\n\n1,Humping,Balling\n", "row 1 is corrected twice, to 'Normal' and to 'Balling'"),
        (b"row,given,corrected\n1,Humping\n", "has 2 cells instead of 3"),
        (b'row,given,corrected\n1,"Humping,Normal\n', "not a valid CSV file"),
        ("row,given,corrected\n1,험핑,Normal\n".encode("cp949"), "save it from the spreadsheet as 'CSV UTF-8'"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xc3\x28", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "edited.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_relabel(path)
    assert says in str(error.value)
    assert "edited.csv" in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_get_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            read_relabel(path)
