"""Which files are tables of settings, and how a row reads."""

from pathlib import Path

import pytest

from agent.rows import Row, read


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str, encoding: str = "utf-8") -> list[Row] | None:
        path = tmp_path / "beads.csv"
        path.write_text(text, encoding=encoding)
        return read(path)

    return write


def test_names_units_and_words(table):
    rows = table("id,Current (A),Voltage (V),Travel speed (cm/min),material\nA1,188,21.4,48,316L\nA2,240,26,90,\n")
    assert rows == [
        Row("A1", "current 188 A, voltage 21.4 V, travel speed 48 cm/min, material 316L."),
        Row("A2", "current 240 A, voltage 26 V, travel speed 90 cm/min."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_as_european_spreadsheets_save_it(table, encoding: str):
    assert table("current_a;voltage_v;travel_speed_mm_s\n188;21,4;8\n", encoding) == [Row("1", "current 188 A, voltage 21,4 V, travel speed 8 mm/s.")]


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
    assert read(path) is None
