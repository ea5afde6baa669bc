"""What a benchmark says of its machine."""

import json
from pathlib import Path

from benchmarks.machine import SETS, machine, table, write


def test_the_machine_is_described(tmp_path: Path):
    found = machine()
    assert found["cores"] >= 1 and set(found["instruction_sets"]) <= set(SETS) and found["versions"]["numpy"]
    write({"machine": found}, tmp_path / "made" / "result.json")
    assert json.loads((tmp_path / "made" / "result.json").read_text(encoding="utf-8")) == {"machine": found}
    write({"machine": found}, None)


def test_a_table_is_aligned():
    assert table([{"a": "1", "bb": "x"}, {"a": "10", "bb": ""}]) == "| a  | bb |\n| -- | -- |\n| 1  | x  |\n| 10 |    |"
