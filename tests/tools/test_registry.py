"""The table of tools: public names, descriptions the model reads, required settings."""

import inspect

import pytest

from tools.conditions import ProcessConditions
from tools.quantities import QUANTITIES
from tools.registry import TOOLS, Tool

CONTRACT = {
    "detect_anomaly", "classify_defects", "predict_heat_input", "predict_energy", "calculate_physics", "explain_prediction", "recommend_settings",
    "analyze_note", "search_knowledge", "grade_answer", "analyze_log",
}  # fmt: skip


def test_names_are_those_of_the_contract():
    assert set(TOOLS) == CONTRACT


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_the_docstring_becomes_the_description(tool: Tool):
    assert TOOLS[tool.name] is tool
    assert tool.description == " ".join(inspect.getdoc(tool.function).split())  # type: ignore[union-attr]
    assert len(tool.description) > 30 and "\n" not in tool.description


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_required_and_ignored_settings_exist_and_do_not_meet(tool: Tool):
    assert set(tool.required or ()) | set(tool.ignores) <= set(ProcessConditions.model_fields)
    assert not set(tool.required or ()) & set(tool.ignores)


def test_a_tool_of_texts_names_arguments_that_it_cannot_do_without():
    texts = {name: tool.texts for name, tool in TOOLS.items() if tool.required is None}
    assert texts == {"analyze_note": ("note",), "search_knowledge": ("query",), "grade_answer": ("answer", "reference")}
    for name, needed in texts.items():
        parameters = inspect.signature(TOOLS[name].function).parameters
        assert tuple(p.name for p in parameters.values() if p.default is inspect.Parameter.empty) == needed
    assert not any(tool.texts for tool in TOOLS.values() if tool.required is not None)


def test_only_energy_needs_the_bead_length():
    assert [name for name, tool in TOOLS.items() if "bead_length_mm" in (tool.required or ())] == ["predict_energy"]


@pytest.mark.parametrize("tool", [tool for tool in TOOLS.values() if tool.required is not None and not tool.opens], ids=lambda tool: tool.name)
def test_what_is_missing_is_named_in_canonical_names_and_nothing_is_read_from_nothing(tool: Tool):
    assert tool.missing({}) and set(tool.required or ()) <= set(tool.missing({})) <= set(QUANTITIES)
    assert dict(tool.reads("").arguments) == {}


def test_only_the_reader_of_logs_opens_a_file_which_it_cannot_do_without():
    assert [name for name, tool in TOOLS.items() if tool.opens] == ["analyze_log"]
    assert TOOLS["analyze_log"].missing({}) == ["file"] and TOOLS["analyze_log"].missing({"file": "run.csv"}) == []


def test_what_is_missing_may_depend_on_what_is_asked():
    physics = TOOLS["calculate_physics"]
    assert physics.missing({"current_a": 200, "voltage_v": 22}) == []
    assert physics.missing({"current_a": 200, "voltage_v": 22, "solve_for": "heat_input_j_mm"}) == ["travel_speed_mm_s"]
