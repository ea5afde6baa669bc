"""Experiments as records: three file forms, columns of every sort, groups, and errors that name file, row and column in one sentence."""

import json
import math
from pathlib import Path

import pytest

from finetune.records import Columns, DataError, Record, load
from finetune.targets import amounts

DATA = Path(__file__).parents[3] / "shared" / "data"
ROWS = [{"input": "180.5 A, 22 V", "output": "Humping or Balling"}, {"input": "200 A, 22 V", "output": "Normal"}]


def written(folder: Path, rows: object, name: str = "beads.json") -> Path:
    (folder / name).write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "CSV"])
def test_three_file_forms_hold_the_same_records(suffix: str, bom: str, tmp_path: Path):
    content = {
        "json": json.dumps(ROWS),
        "jsonl": "\n".join(map(json.dumps, ROWS)) + "\n\n",
        "csv": 'input,output\n"180.5 A, 22 V",Humping or Balling\n"200 A, 22 V",Normal\n',
    }[suffix.lower()]
    path = written(tmp_path, bom + content, f"beads.{suffix}")
    assert load(path) == [
        Record("180.5 A, 22 V", "Humping or Balling", "180.5 A, 22 V", row=1, source=path.name),
        Record("200 A, 22 V", "Normal", "200 A, 22 V", row=2, source=path.name),
    ]


def test_a_line_of_jsonl_ends_only_where_json_says_so(tmp_path: Path):
    row = {"input": "first\u2028second\x85third", "output": "Normal"}
    [record] = load(written(tmp_path, json.dumps(row, ensure_ascii=False) + "\r\n", "a.jsonl"))
    assert record.text == row["input"]


def test_columns_by_name_and_label_lists(tmp_path: Path):
    path = written(tmp_path, [{"say": "bead", "is": ["Humping", "Balling"], "shop": 3, "day": "mon", "heat": 1.5}])
    [record] = load(path, Columns(text=("say",), target=("is",), group=("shop", "day")))
    assert (record.target, record.group, record.where) == ("Humping or Balling", "3 | mon", "beads.json, row 1")
    [record] = load(path, Columns(text=("say",), target=("heat",)))
    assert (record.target, record.group) == (1.5, "bead")


def test_several_targets_are_a_tuple_in_their_order(tmp_path: Path):
    [record] = load(written(tmp_path, "input,h,w\nbead,3.5,7\n", "a.csv"), Columns(target=("w", "h")))
    assert record.target == ("7", "3.5") and amounts(record) == (7.0, 3.5)


def test_aspects_come_as_a_mapping_or_as_text(tmp_path: Path):
    rows = [{"input": "a", "output": {"spatter": "bad", "bead shape": "good"}}, {"input": "b", "output": {}}]
    assert [r.target for r in load(written(tmp_path, rows))] == ["spatter: bad; bead shape: good", ""]


def test_several_text_columns_become_one_text_and_numbers_among_them_are_kept(tmp_path: Path):
    path = written(tmp_path, "remark,current_a,angle,gas,output\nspatter,180,15,,x\n,200.5,,argon,y\n", "a.csv")
    first, second = load(path, Columns(text=("remark", "current_a", "angle", "gas")))
    assert first.numbers == (("current_a", 180.0), ("angle", 15.0)) and second.numbers == (("current_a", 200.5),)
    assert first.text.startswith("remark: spatter The material used") and "the current is 180 A" in first.text and "angle: 15." in first.text
    assert "gas" not in first.text and second.text.startswith("gas: argon") and "remark" not in second.text
    assert first.conditions.current_a == 180


def test_numeric_columns_stand_beside_the_text_and_an_empty_cell_is_not_a_number(tmp_path: Path):
    path = written(tmp_path, "input,range_V,skew,output\nwindow,0.25,,x\nother,nan,-1e-3,y\n".replace("nan", " "), "a.csv")
    first, second = load(path, Columns(numbers=("range_V", "skew")))
    assert first.text == "window" and dict(first.numbers)["range_V"] == 0.25 and math.isnan(dict(first.numbers)["skew"])
    assert math.isnan(dict(second.numbers)["range_V"]) and dict(second.numbers)["skew"] == -0.001


def test_numeric_columns_alone_write_the_text(tmp_path: Path):
    path = written(tmp_path, "range_V,travel speed (mm/min),output\n0.25,480,x\n", "a.csv")
    [record] = load(path, Columns(numbers=("range_V", "travel speed (mm/min)")))
    assert "the travel speed is 8 mm/s" in record.text and record.text.endswith("range_V: 0.25.")


def test_numbers_that_no_weld_has_are_still_numbers(tmp_path: Path):
    [record] = load(written(tmp_path, "current_a,output\n99999999,x\n", "a.csv"))
    assert record.text == "current_a: 1e+08." and record.numbers == (("current_a", 99999999.0),)


def test_without_a_text_column_process_quantities_are_found_by_their_units(tmp_path: Path):
    path = written(tmp_path, "bead,voltage_v,wire_feed_speed_in_min,travel_speed_mm_min,output\n1,20,300,480,3.5\n", "a.csv")
    [record] = load(path)
    assert [name for name, _ in record.numbers] == ["voltage_v", "wire_feed_speed_in_min", "travel_speed_mm_min"]
    assert record.conditions.given() == pytest.approx({"voltage_v": 20, "wire_feed_speed_m_min": 7.62, "travel_speed_mm_s": 8})


def test_a_target_that_is_a_process_quantity_is_not_also_an_input(tmp_path: Path):
    [record] = load(written(tmp_path, "voltage_v,current_a\n20,180\n", "a.csv"), Columns(target=("current_a",)))
    assert record.numbers == (("voltage_v", 20.0),)


def test_unlabelled_records_need_no_target(tmp_path: Path):
    path = written(tmp_path, "input\nbead\n", "a.csv")
    assert [r.target for r in load(path, labelled=False)] == [""]
    with pytest.raises(DataError, match=r"^a.csv has no column 'output'; its columns are input\.$"):
        load(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", '[{"input": "x", "output": "y"}, {"input": "x"}]', "a.json, row 2: the target in column 'output' is missing or not finite"),
        ("a.json", '[{"input": "x", "output": null}]', "a.json, row 1: the target in column 'output' is missing"),
        ("a.json", '[{"input": "x", "output": NaN}]', "a.json, row 1: the target in column 'output' is missing or not finite"),
        ("a.json", '[{"input": "x", "output": -Infinity}]', "a.json, row 1: the target in column 'output' is missing or not finite"),
        ("a.json", '[{"input": NaN, "output": "y"}]', "a.json, row 1: column 'input' is empty; fill it in or remove the row"),
        ("a.csv", "input,output\nx,y\nx,\n", "a.csv, row 2: the target in column 'output' is missing"),
        ("a.csv", "input,output\nx,  \n", "a.csv, row 1: the target in column 'output' is missing"),
        ("a.csv", "input,output\nx\n", "a.csv, row 1: the target in column 'output' is missing"),
        ("a.csv", "input,output\n  ,y\n", "a.csv, row 1: column 'input' is empty; fill it in or remove the row"),
        ("a.csv", "text,label\nx,y\n", "has no column 'input' and none named after a process quantity .* its columns are text, label"),
        ("a.csv", "voltage_v,output\n20 to 22,y\n", "a.csv, row 1: '20 to 22' in column 'voltage_v' is not a number; correct it or leave it empty"),
        ("a.csv", "voltage_v,output\ninf,y\n", "a.csv, row 1: 'inf' in column 'voltage_v' is not a number"),
        ("a.csv", "voltage_v,output\n20,y\n,y\n", "a.csv, row 2: column 'voltage_v' is empty; fill in at least one column or remove the row"),
        ("a.json", '{"input": "x"}', "must hold a list of records"),
        ("a.json", "[1]", "a.json, row 1: not a record with named columns"),
        ("a.jsonl", '{"input": "x", "output": "y"}\n7\n', "a.jsonl, row 2: not a record"),
        ("a.jsonl", "{broken", "is not valid JSONL"),
        ("a.json", "[]", "holds no records"),
        ("a.csv", "input,output\n", "holds no records"),
        ("a.csv", "", "holds no records"),
        ("a.txt", "x", "give a .json, .jsonl or .csv file"),
    ],
)
def test_errors_name_file_row_and_column_in_one_sentence(name: str, content: str, message: str, tmp_path: Path):
    with pytest.raises(DataError, match=message) as error:
        load(written(tmp_path, content, name))
    assert str(error.value).startswith(name) and str(error.value).endswith(".") and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "columns", [Columns(text=("say",)), Columns(text_b="say"), Columns(group=("say",)), Columns(numbers=("say",)), Columns(target=("output", "say"))]
)
def test_an_unknown_column_lists_those_there_are(columns: Columns, tmp_path: Path):
    with pytest.raises(DataError, match=r"^beads.json has no column 'say'; its columns are input, output\.$"):
        load(written(tmp_path, ROWS), columns)


def test_rows_where_every_text_column_is_empty_are_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"^a.csv, row 1: columns 'a', 'b' are all empty; fill in at least one"):
        load(written(tmp_path, "a,b,output\n, ,x\n", "a.csv"), Columns(text=("a", "b")))


def test_an_absent_file_and_a_wrong_encoding(tmp_path: Path):
    with pytest.raises(DataError, match="There is no file"):
        load(tmp_path / "none.json")
    for name in ("a.json", "a.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe[")
        with pytest.raises(DataError, match=rf"^{name} is not in UTF-8; save it as UTF-8"):
            load(tmp_path / name)
    with pytest.raises(DataError, match="is a folder; name a file in it"):
        load(tmp_path)
    (tmp_path / "b.csv").write_text("note;output\na;b\n")
    with pytest.raises(DataError, match=r"no column 'note'; .* are to be separated by commas"):
        load(tmp_path / "b.csv", Columns(text=("note",)))


def groups(folder: Path, *texts: str, **columns: object) -> list[str]:
    rows = [{"input": text, "output": "x"} | {name: values[i] for name, values in columns.items()} for i, text in enumerate(texts)]  # type: ignore[index]
    return [record.group for record in load(written(folder, rows), Columns(numbers=tuple(columns)))]


def test_paraphrases_of_one_experiment_share_a_group(tmp_path: Path):
    first, second, other = groups(
        tmp_path, "At 180 A, 22.5 V and 8 mm/s, what will the bead be?", "180 A / 22.5 V / 8 mm/s: predict.", "At 180 A, 22.5 V and 9 mm/s?"
    )
    assert first == second != other


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1. spatter 2. humping 3. none", "1. clean 2. smooth 3. even"),  # the points of a list
        ("rated 4, 7 and 10", "marks: 4, 7 and 10"),  # marks
        ("100 % sure, 100 % certain, 100 % right", "100 % wrong, 100 % off, 100 % bad"),  # one number over and over
        ("1. spatter at 200 A 2. none", "1. clean at 200 A 2. none"),  # one telling number
        ("180.5 A and 22 V, humping", "180.5 A and 22 V, no humping"),  # only two numbers
    ],
)
def test_texts_that_merely_hold_the_same_numbers_do_not(first: str, second: str, tmp_path: Path):
    assert groups(tmp_path, first, second) == [first, second]


def test_two_telling_numbers_of_three_are_enough(tmp_path: Path):
    assert groups(tmp_path, "2.5 mm, 11 V, 3", "2.5 by 11 by 3") == ["2.5 11 3"] * 2
    assert len(set(groups(tmp_path, "-10 mm, 10 V, 3.5", "-10 by 10 by 3.5"))) == 2


def test_numeric_columns_group_rows_only_where_they_describe_an_experiment(tmp_path: Path):
    settings = {"current_a": [180, 180, 180], "voltage_v": [22.5, 22.5, 22.5], "v": [8, 8, 9]}
    first, second, other = groups(tmp_path, "p1", "p2", "p3", **settings)
    assert first == second != other
    assert len(set(groups(tmp_path, "good", "bad", "good", rating=[5, 5, 4]))) == 3, "a mark is no experiment"
    assert len(set(groups(tmp_path, "p1", "p2", a=[180, 180], b=[None, None], c=[None, None]))) == 2, "what is not there describes nothing"


def test_repeats_of_one_setting_share_a_group(tmp_path: Path):
    records = load(written(tmp_path, "voltage_v,output\n20,3.5\n20,3.6\n21,3.5\n", "a.csv"))
    assert records[0].group == records[1].group != records[2].group


def test_pairs_are_grouped_by_the_text_that_repeats_more(tmp_path: Path):
    rows = [{"answer": f"answer {i}", "model": f"model {i % 2}", "grade": 0.5} for i in range(6)]
    path = written(tmp_path, rows)
    for columns in (Columns(("answer",), ("grade",), "model"), Columns(("model",), ("grade",), "answer")):
        assert [r.group for r in load(path, columns)] == [f"model {i % 2}" for i in range(6)]


@pytest.mark.skipif(not DATA.exists(), reason="the shared data sets are not beside this checkout")
def test_real_beads_are_grouped_by_setting_and_real_answers_by_question():
    beads = load(DATA / "beads_train.csv", Columns(target=("height_mean_mm",)))
    settings = {r.numbers for r in beads}
    assert len(beads) == 158 and len({r.group for r in beads}) == len(settings) < 158
    assert all(r.conditions.voltage_v and r.conditions.travel_speed_mm_s and r.conditions.wire_feed_speed_m_min for r in beads)
    quiz = load(DATA / "quiz_train.csv", Columns(("user_answer",), ("similarity_score",), "good_answer"))
    assert (len(quiz), len({r.group for r in quiz})) == (324, 52)
