"""Files as spreadsheets of any country save them: found out, said, and refused where two readings are possible."""

import csv
import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.tables import DataError, Table, read


def table(folder: Path, content: str) -> Table:
    (folder / "a.csv").write_bytes(content.encode())
    return read(folder / "a.csv")


def test_a_european_spreadsheet_is_read_and_that_is_said(tmp_path: Path):
    found = table(tmp_path, 'note;height (mm);count\r\nclean, smooth;3,25;1\r\n"two\nlines; here";1.012,5;2\r\n;;3\r\n')
    assert found.rows == [
        {"note": "clean, smooth", "height (mm)": "3.25", "count": "1"},
        {"note": "two\nlines; here", "height (mm)": "1012.5", "count": "2"},
        {"note": "", "height (mm)": "", "count": "3"},
    ]
    assert found.notes == ("a.csv is cut at semicolons.", "a.csv: the comma is the decimal sign in height (mm).")


@pytest.mark.parametrize("content", ["a\tb\n1\t2,5\n", "sep=;\na;b\n1;2,5\n", 'SEP=,\r\na,b\r\n1,"2,5"\r\n'])
def test_tabs_and_excels_own_first_line(content: str, tmp_path: Path):
    assert table(tmp_path, content).rows == [{"a": "1", "b": "2.5"}]


@pytest.mark.parametrize(
    "content",
    [
        'text,x\n"one; two;\nthree; four",1.5\n"five; six",2.5\n',  # quoted texts over several lines, with semicolons inside
        "text,x\none; two; three,1.5\nfour; five; six,2.5\n",
        '"text; remark",x\n"a, b",1.5\nc; d,2.5\n',
    ],
)
def test_semicolons_inside_a_file_with_commas_are_text(content: str, tmp_path: Path):
    found = table(tmp_path, content)
    assert [row["x"] for row in found.rows] == ["1.5", "2.5"] and len(found.rows[0]) == 2 and not found.notes


@pytest.mark.parametrize("cells", [("1,234", "2,500"), ("1,2,3", "4,5"), ("12,5 mm", "3,5 mm"), ("1,5", "x")])
def test_commas_that_need_not_be_decimal_signs_are_left(cells: tuple[str, str], tmp_path: Path):
    found = table(tmp_path, f'a,b\n1,"{cells[0]}"\n2,"{cells[1]}"\n')
    assert [row["b"] for row in found.rows] == list(cells) and not found.notes


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a;b\n1,5;x\n2.5;y\n", "column 'a' has numbers such as 1,5 and 2.5; write all of them with one decimal sign"),
        ("height, mm;width, mm\n1,5;2,5\n", "can be cut at commas or semicolons, with the same number of cells in every row"),
        ("a,b\n1,2\n1,5,2\n", "row 2: 3 cells for 2 columns cut at commas; put cells that hold any of these in quotes, or save decimals"),
    ],
)
def test_two_readings_get_a_sentence(content: str, sentence: str, tmp_path: Path):
    with pytest.raises(DataError) as error:
        table(tmp_path, content)
    assert str(error.value).startswith("a.csv") and sentence in str(error.value) and "\n" not in str(error.value)


def test_rows_may_be_short_or_end_in_empty_cells(tmp_path: Path):
    assert table(tmp_path, "a,b\n1\n\n1,2,,\n").rows == [{"a": "1", "b": None}, {"a": "1", "b": "2"}]


def test_the_hash_is_that_of_the_file(tmp_path: Path):
    assert table(tmp_path, "\ufeffa,b\n").sha256 == hashlib.sha256("\ufeffa,b\n".encode()).hexdigest()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.floats(-1e6, 1e6)), min_size=2, max_size=8), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float]], sign: str):
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=sign, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(["text", "x"])
    writer.writerows([f"say {text}", f"{x:.4f}".replace(".", "," if sign == ";" else ".")] for text, x in rows)
    found = table(tmp_path_factory.mktemp("t"), made.getvalue())
    assert [(row["text"], float(str(row["x"]))) for row in found.rows] == [(f"say {text}", round(x, 4)) for text, x in rows]


def test_a_cell_without_a_value_does_not_hide_the_decimal_comma(tmp_path: Path):
    file = tmp_path / "beads.csv"
    file.write_text("run;height\n1;1,5\n2;NA\n3;2,25\n", encoding="utf-8")
    assert [row["height"] for row in read(file).rows] == ["1.5", "NA", "2.25"]
