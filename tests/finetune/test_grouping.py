"""Rows of one experiment stay together, and whoever named no group column is told how."""

import json
from pathlib import Path

import pytest

from finetune.grouping import divided, told
from finetune.records import Columns, Record, load


def written(folder: Path, rows: object, name: str = "beads.json") -> Path:
    (folder / name).write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    return folder / name


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


@pytest.mark.parametrize(
    ("content", "columns", "sentence"),
    [
        ("bead,input,output\n1,a,x\n1,b,x\n2,c,y\n", {"group": ("bead",)}, "Rows with the same 'bead' are kept together: 2 groups in 3 rows"),
        ("input,output\na,x\na,y\nb,x\n", {}, "--group was not given, so rows with the same text are kept together: 2 groups in 3 rows"),
        ("input,output\na,x\nb,y\n", {}, "rows with the same text are kept together: 2 groups in 2 rows of a.csv (each row is one)."),
        ("current_a,voltage_v,travel_speed_mm_s,output\n150,22.5,8,x\n150,22.5,8,y\n", {},
         "so rows with the same values of current_a, voltage_v, travel_speed_mm_s are kept together: 1 groups in 2 rows"),
        ("input,output\n\"At 180 A, 22.5 V, 8 mm/s\",x\nno numbers,y\n", {},
         "so rows whose texts state the same numbers, and rows with the same text are kept together"),
        ("input,good,output\na,m,1\nb,m,2\n", {"text_b": "good"}, "so rows with the same 'good' are kept together: 1 groups in 2 rows"),
    ],
)  # fmt: skip
def test_how_groups_were_formed_is_said(content: str, columns: dict[str, object], sentence: str, tmp_path: Path):
    [said] = told(load(written(tmp_path, content, "a.csv"), Columns(**columns)))  # type: ignore[arg-type]
    assert sentence in said and said.endswith(".")


def test_each_file_has_its_sentence_and_made_records_have_none(tmp_path: Path):
    both = [*load(written(tmp_path, "input,output\na,x\n", "a.csv")), *load(written(tmp_path, "input,output\na,x\n", "b.csv"))]
    assert [said.split(" of ")[-1].split(" ")[0] for said in told(both)] == ["a.csv", "b.csv"]
    assert told([Record("a", "x", "a")]) == []


def test_a_group_for_each_row_does_not_hide_that_settings_are_repeated():
    def bead(current: int, group: str) -> Record:
        return Record(f"At {current} A, 22.5 V and 8 mm/s", 1.0, group)

    said = divided([bead(180, "a"), bead(180, "b"), bead(200, "c")])
    assert said and said.startswith("2 of 3 rows repeat the settings of a row in another group") and "--group" in said
    assert divided([bead(180, "a"), bead(180, "a"), bead(200, "c")]) is None
    assert divided([Record("one", 1.0, "a", text_b="x"), Record("one", 0.0, "b", text_b="y")]) is None, "two answers to one question"
