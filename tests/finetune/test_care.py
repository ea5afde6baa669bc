"""Corrected data files, written back in their own form."""

import csv
import json
from pathlib import Path

import pytest

from finetune.care import corrected, write_rows
from finetune.records import Columns, DataError

ROWS = [{"input": f"bead {i}, 1{i} A", "output": "Normal", "shop": "북쪽", "nested": [1, i]} for i in range(4)]


def label_file(path: Path, *lines: tuple[int, str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerows([["row", "given", "corrected"], *lines])
    return path


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_only_targets_change_and_dropped_rows_go(suffix: str, tmp_path: Path):
    data = tmp_path / f"beads.{suffix}"
    write_rows(data, ROWS)
    labels = label_file(tmp_path / "labels.csv", (2, "Normal", "Humping or Balling"), (3, "Normal", "drop"), (4, "Normal", "keep"))
    with pytest.raises(DataError, match=r"labels.csv, line 2 \(row 2\), column 'corrected': the label 'Humping' is not among the known ones"):
        corrected(data, labels, Columns(), tmp_path / f"new.{suffix}")
    assert corrected(data, labels, Columns(), tmp_path / f"new.{suffix}", new=("Humping", "Balling")) == (1, 1)
    text = (tmp_path / f"new.{suffix}").read_text(encoding="utf-8")
    rows = json.loads(text) if suffix == "json" else [json.loads(line) for line in text.splitlines()]
    assert rows == [ROWS[0], ROWS[1] | {"output": "Humping or Balling"}, ROWS[3]]


def test_another_file_is_refused(tmp_path: Path):
    write_rows(tmp_path / "beads.jsonl", ROWS)
    labels = label_file(tmp_path / "labels.csv", (2, "Humping", "Normal"))
    with pytest.raises(DataError, match="apply the re-labelling file to the data that it was made from"):
        corrected(tmp_path / "beads.jsonl", labels, Columns(), tmp_path / "new.jsonl")
    assert not (tmp_path / "new.jsonl").exists()


def test_other_forms_are_not_written(tmp_path: Path):
    with pytest.raises(DataError, match=r"write to a .csv, .jsonl or .json file"):
        write_rows(tmp_path / "beads.xlsx", ROWS)
