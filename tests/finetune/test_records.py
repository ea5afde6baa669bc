"""Experiments as records: three file forms, the study's own wording, and errors that name row and column."""

import json
from pathlib import Path

import pytest

from finetune.records import DataError, Record, amount, labels, load, write_study_files
from finetune.simulator import simulate_study


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("Humping", ("Humping",)),
        ("humping or Bead cut", ("Bead cut", "Humping")),
        (" lack of fusion  or HUMPING.", ("Humping", "Lack of fusion")),
        ("Normal or Normal", ("Normal",)),
        ("Corroded", ("Corroded",)),
    ],
)
def test_labels(target: str, names: tuple[str, ...]):
    assert labels(target) == names


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("656.112.", 656.112),
        ("Heat input is 656.112.", 656.112),
        ("Energy is 61808.5.", 61808.5),
        ("656", 656),
        (656.112, 656.112),
        ("6.5e2 J/mm", 650),
    ],
)
def test_amounts(target: str | float, value: float):
    assert amount(target) == value


@pytest.mark.parametrize("target", ["unknown", "", float("nan"), float("inf")])
def test_an_amount_without_a_number_is_refused(target: str | float):
    with pytest.raises(DataError):
        amount(target)


ROWS = [{"input": "180 A, 22 V", "output": "Humping or Balling"}, {"input": "200 A, 22 V", "output": "Normal"}]


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv"])
def test_three_file_forms_hold_the_same_records(suffix: str, tmp_path: Path):
    path = tmp_path / f"beads.{suffix}"
    path.write_text(
        {
            "json": json.dumps(ROWS),
            "jsonl": "\n".join(map(json.dumps, ROWS)) + "\n\n",
            "csv": '\ufeffinput,output\n"180 A, 22 V",Humping or Balling\n"200 A, 22 V",Normal\n',
        }[suffix],
        encoding="utf-8",
    )
    assert load(path) == [Record("180 A, 22 V", "Humping or Balling", "180 22"), Record("200 A, 22 V", "Normal", "200 22")]


def test_columns_by_name_and_label_lists(tmp_path: Path):
    path = tmp_path / "beads.json"
    path.write_text(json.dumps([{"say": "bead", "is": ["Humping", "Balling"], "shop": 3, "heat": 1.5}]))
    assert load(path, text="say", target="is", group="shop") == [Record("bead", "Humping or Balling", "3")]
    assert load(path, text="say", target="heat") == [Record("bead", 1.5, "bead")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", '[{"input": "x", "output": "y"}, {"input": "x"}]', r"^a.json, row 2: no value in column 'output'; its columns are input.$"),
        ("a.csv", "input,output\nx,y\nx,\n", "a.csv, row 2: no value in column 'output'"),
        ("a.csv", "input,output\nx\n", "a.csv, row 1: no value in column 'output'"),
        ("a.csv", "text,label\nx,y\n", "row 1: no value in column 'input'; its columns are text, label"),
        ("a.json", '{"input": "x"}', "must hold a list of records"),
        ("a.json", "[1]", "must hold a list of records"),
        ("a.jsonl", '{"input": "x", "output": "y"}\n7\n', "a.jsonl, row 2: not a record"),
        ("a.jsonl", "{broken", "is not valid JSONL"),
        ("a.json", "[]", "holds no records"),
        ("a.csv", "input,output\n", "holds no records"),
        ("a.txt", "x", "give a .json, .jsonl or .csv file"),
    ],
)
def test_errors_name_row_and_column(name: str, content: str, message: str, tmp_path: Path):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        load(tmp_path / name)


def test_an_absent_file_and_a_wrong_encoding(tmp_path: Path):
    with pytest.raises(DataError, match="There is no file"):
        load(tmp_path / "none.json")
    (tmp_path / "a.json").write_bytes(b"\xff\xfe[")
    with pytest.raises(DataError, match="is not valid JSON"):
        load(tmp_path / "a.json")


def test_study_files_are_written_and_read_in_the_studys_wording(tmp_path: Path):
    train, test = simulate_study()
    written = write_study_files(tmp_path, train, test)
    stems = ["waam_cls_p1", "waam_cls_p3", "waam_pred_hi_p5", "waam_pred_hi_p7", "waam_pred_hi_p9", "waam_pred_energy"]
    assert {p.name for p in written} == {f"{split}_{stem}.json" for split in ("train", "test") for stem in stems}
    classes, short, long, energies = (
        load(tmp_path / f"test_{stem}.json") for stem in ("waam_cls_p1", "waam_pred_hi_p5", "waam_pred_hi_p7", "waam_pred_energy")
    )
    first = test[0]
    assert labels(classes[0].target) == first.labels
    assert short[0].target == f"{first.heat_input_j_mm:.3f}." and long[0].target == f"Heat input is {first.heat_input_j_mm:.3f}."
    assert amount(short[0].target) == amount(long[0].target) == first.heat_input_j_mm
    assert energies[0].target == f"Energy is {first.energy_kj * 1000:.1f}."
    assert [r.group for r in classes] == [r.group for r in long], "paraphrases of one experiment share a group"
    assert set(json.loads(written[0].read_text())[0]) == {"instruction", "input", "output"}
