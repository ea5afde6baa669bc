"""A result in a terminal: its sentences, its numbers, what is doubtful, in 80 columns."""

import pytest

from agent.shown.tool_report import report
from tests.agent.fakes import defects, found, heat, passage
from tools.result import Estimate, ToolResult

LONG = ToolResult(
    tool="t", summary="One sentence is here. " + "Another one goes on and on with many words, " * 5 + "and ends.", warnings=["word " * 60],
    estimates=[Estimate(name="a_very_long_name_" * 8, value=1234567.891, unit="J/mm", interval=(1.23456, 9.87654), level=0.9)],
    hints=["More is to be had."], plots=["/a/path/that/is/much/longer/than/the/terminal/is/wide/and/must/be/copied/as/it/is/heat_input_by_layer.png"],
)  # fmt: skip


def test_the_numbers_stand_in_a_table():
    assert report(heat()).splitlines() == [
        "The predicted heat input is 402.3 J/mm (90% interval 380.1 to 430.0 J/mm).",
        "",
        "heat input  402.3  J/mm  90% interval 380.1 to 430",
        "",
        "Warning: A demo model answered.",
        "Model fake, version 1; trained on: demo (synthetic).",
    ]


def test_labels_are_yes_or_no_with_their_probability():
    assert report(defects()).splitlines()[2:] == ["Humping  yes    probability 0.91", "Balling   no    probability 0.12"]


@pytest.mark.parametrize("width", [80, 60, 40])
def test_no_line_is_wider_than_the_terminal_but_a_path(width: int):
    lines = report(LONG, width).splitlines()
    assert max(len(line) for line in lines if not line.startswith("Plot: ")) <= width
    assert f"Plot: {LONG.plots[0]}" in lines and "Note: More is to be had." in lines


def test_each_sentence_begins_a_line():
    assert [line[:20] for line in report(LONG).splitlines()[:2]] == ["One sentence is here", "Another one goes on "]


def test_brackets_are_no_markup():
    assert "[bold]" in report(ToolResult(tool="t", summary="It is [bold] and :smile: too."))


def test_passages_with_their_source():
    assert report(found(passage(title="Humping"))).splitlines()[2:] == [
        "0.80  Humping", "Humping appears above a critical travel speed.", "A book (page 1)",
    ]  # fmt: skip
