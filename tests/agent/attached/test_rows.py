"""Which files are tables of settings, and how a row reads."""

from pathlib import Path

import pytest

from agent.attached import rows
from agent.attached.rows import MOST, Row, Table, read


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str, encoding: str = "utf-8", most: int = 30) -> Table | None:
        path = tmp_path / "beads.csv"
        path.write_text(text, encoding=encoding)
        return read(path, most)

    return write


def test_names_units_and_words(table):
    found = table("id,Current (A),Voltage (V),Travel speed (cm/min),material\nA1,188,21.4,48,316L\nA2,240,26,90,\n")
    assert found == Table(
        [
            Row("A1", "current 188 A, voltage 21.4 V, travel speed 48 cm/min, material 316L."),
            Row("A2", "current 240 A, voltage 26 V, travel speed 90 cm/min."),
        ],
        more=0,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_as_european_spreadsheets_save_it(table, encoding: str):
    row = Row("1", "current 188 A, voltage 21,4 V, travel speed 8 mm/s.")
    assert table("current_a;voltage_v;travel_speed_mm_s\n188;21,4;8\n", encoding) == Table([row], more=0)


@pytest.mark.parametrize(
    "text",
    [
        "time_s,current_a,voltage_v\n0,180,21\n1,180,21\n",
        "Timestamp;I;U\n12:00;180;21\n",
        "Time (ms),Current (A),Voltage (V)\n0,180,21\n",
        "name,age\nx,3\n",
        "current_a,comment\n188,good\n",
        "",
        "just words\n",
    ],
)
def test_what_is_none(table, text: str):
    assert table(text) is None


def test_a_file_that_is_no_text(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_bytes(bytes(range(256)) * 20)
    assert read(path, 30) is None


def test_only_the_first_rows_are_spelt_out(table, monkeypatch):
    spelt = []
    monkeypatch.setattr(rows, "spelt_out", lambda text: spelt.append(text) or text)
    found = table("current_a,voltage_v\n" + "188,21\n,\n" * MOST, most=2)
    assert len(found.rows) == len(spelt) == 2 and found.more == MOST - 2, "an empty row is none"


def test_many_rows_are_a_log_and_no_more_of_them_are_read(table, monkeypatch):
    read_cells = []
    monkeypatch.setattr(rows, "_cell", lambda text: read_cells.append(text) or text)
    assert table("current_a,voltage_v\n" + "188,21\n" * 20_000) is None
    assert len(read_cells) == 2 * (1 + MOST + 1)
