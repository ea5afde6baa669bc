"""What is meant by a question with files, whichever way it comes in."""

from pathlib import Path

import pytest

from agent.attached import files
from agent.attached.meant import Meant, meant
from agent.attached.notes import ANALYSE
from agent.settings import Limits

BEADS = "id;Current (A);Voltage (V);Travel speed (cm/min)\nA1;188;21,4;48\nA2;240;26;90\n"

ELSE = "add it"


@pytest.fixture
def named(tmp_path: Path):
    """`named("run.csv")`: where it lies."""
    for name, text in (("run.csv", "t,I,U\n"), ("beads.csv", BEADS), ("shift.txt", "Humping on layer 3."), ("later.md", "Spatter.")):
        (tmp_path / name).write_text(text)
    return lambda *names: [str(tmp_path / name) for name in names]


@pytest.mark.parametrize(("question", "whole"), [("", files.ABOUT_LOG), ("Is run.csv fine?", "Is run.csv fine?")])
def test_a_log(named, question: str, whole: str):
    assert meant(question, named("run.csv"), Limits(), ELSE) == Meant(whole, named("run.csv"))


@pytest.mark.parametrize(("question", "whole"), [("", files.ABOUT_ROWS), ("beads.csv", files.ABOUT_ROWS), ("Is beads.csv bad?", "Is bad?")])
def test_each_row_of_a_table_whose_name_states_nothing(named, question: str, whole: str):
    asked = meant(question, named("beads.csv"), Limits(), ELSE, most=1)
    assert asked.table and (asked.question, asked.table.more) == (whole, 1)
    (row,) = asked.table.rows
    assert asked.of(row) == f"{whole}\n{row.text}" and "188 A" in row.text


def test_notes_are_part_of_the_question_and_all_else_is_opened(named):
    asked = meant("", named("shift.txt", "beads.csv", "later.md"), Limits(), ELSE, note="Balling.")
    assert asked == Meant(f"{ANALYSE}\n\n```\nBalling.\n\nHumping on layer 3.\n\nSpatter.\n```", named("beads.csv"))


def test_no_files_mean_nothing_more():
    assert meant("", [], Limits(), ELSE) == Meant("", []) and meant("Hello", [], Limits(), ELSE) == Meant("Hello", [])
