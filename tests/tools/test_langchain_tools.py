"""The registry's tools as LangChain tools: typed arguments, the summary for a model, the result for a program."""

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from tools.encoder import ModelMissing
from tools.langchain_tools import langchain_tool, langchain_tools
from tools.parameters import parameters
from tools.physics import calculate_physics
from tools.registry import TOOLS, Tool
from tools.result import Passage, ToolResult

PHYSICS = langchain_tool(TOOLS["calculate_physics"])


def test_every_tool_is_there_under_its_name_with_what_it_does():
    assert [(tool.name, tool.description) for tool in langchain_tools(files=True)] == [(name, tool.description) for name, tool in TOOLS.items()]


def test_no_model_chooses_a_file_unless_it_is_allowed_to():
    assert {tool.name for tool in langchain_tools(files=True)} - {tool.name for tool in langchain_tools()} == {"analyze_log"}


@pytest.mark.parametrize("tool", langchain_tools(files=True), ids=lambda tool: tool.name)
def test_a_model_is_offered_typed_arguments_with_units_and_no_others(tool):
    shown = convert_to_openai_tool(tool)["function"]["parameters"]
    own = parameters(TOOLS[tool.name].function)
    assert list(shown["properties"]) == [p.name for p in own] and shown.get("required", []) == [p.name for p in own if p.required]
    for parameter in own:
        assert shown["properties"][parameter.name]["description"].startswith(parameter.title)
        assert parameter.unit in shown["properties"][parameter.name]["description"]


def test_a_plain_call_gives_the_text():
    said = PHYSICS.invoke({"current_a": "200 A", "voltage_v": 22})
    assert said.splitlines() == ["Arc power is 4.4 kW (U·I, ISO/TR 18491)."]


def test_a_tool_call_gives_a_message_with_the_result():
    call = {"type": "tool_call", "id": "1", "name": "calculate_physics", "args": {"current_a": "200 A", "voltage_v": 22, "travel_speed_mm_s": 8}}
    message = PHYSICS.invoke(call)
    assert isinstance(message, ToolMessage) and "Warning: Process not stated" in str(message.content)
    assert message.artifact == calculate_physics(current_a=200, voltage_v=22, travel_speed_mm_s=8)


def test_what_the_tool_refuses_is_its_sentence():
    assert PHYSICS.invoke({"current_a": "lots"}).startswith("I cannot read current (current_a) from 'lots'")


def test_a_model_that_is_not_built_is_a_sentence_too():
    def detect(current_a: float) -> ToolResult:
        """Answers never."""
        raise ModelMissing("The model anomaly is not built yet; run `waam models build`.")

    assert langchain_tool(Tool(detect, ())).invoke({"current_a": 1.0}) == "The model anomaly is not built yet; run `waam models build`."


def test_an_argument_of_another_type_is_one_sentence():
    said = langchain_tool(TOOLS["search_knowledge"]).invoke({"query": {"a": 1}})
    assert said == "The argument query of search_knowledge cannot be \"{'a': 1}\": input should be a valid string."
    assert langchain_tool(TOOLS["search_knowledge"]).invoke({}) == "search_knowledge needs the argument 'query'."


def test_an_argument_that_does_not_exist_is_refused():
    said = PHYSICS.invoke({"colour": "red"})
    assert said.startswith("calculate_physics has no argument 'colour'; it takes ")


def test_passages_are_read_out():
    def look_up(query: str) -> ToolResult:
        """Finds one passage."""
        found = Passage(id="1", document="d", title="t", source="A book", ref="p. 1", text=f"About {query}.", score=1)
        return ToolResult(tool="look_up", summary="1 passage found.", passages=[found])

    assert langchain_tool(Tool(look_up, None)).invoke({"query": "humping"}) == "1 passage found.\nAbout humping. (A book)"
