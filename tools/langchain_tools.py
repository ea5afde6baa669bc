"""The tools as LangChain StructuredTools, for agents other than this project's own.

Arguments are typed as the functions' are and described with their units; a model is shown the summary and the warnings, a program
finds the whole ToolResult as the artifact. What a tool refuses, and arguments that do not fit, come back as one sentence.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tools.encoder import ModelMissing
from tools.parameters import Parameter, parameters
from tools.registry import TOOLS, Tool
from tools.result import ToolInputError, ToolResult

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool


def langchain_tools(files: bool = False) -> list["StructuredTool"]:
    """Every tool of the registry; with `files` also the one that opens a path, and a folder for plots: a model's words would choose both.
    Needs langchain-core, which is among the project's dependencies."""
    return [langchain_tool(tool, files) for tool in TOOLS.values() if files or not tool.opens]


def langchain_tool(tool: Tool, files: bool = False) -> "StructuredTool":
    """One tool: `invoke({"current_a": "188 A", …})` gives the text; invoked with a tool call, a message whose `artifact` is the result."""
    from langchain_core.tools import StructuredTool
    from pydantic import ConfigDict, create_model

    fields: dict[str, Any] = {p.name: _field(p) for p in parameters(tool.function) if files or p.name != "plots_folder"}
    schema = create_model(tool.name, __config__=ConfigDict(extra="forbid"), **fields)
    return StructuredTool.from_function(
        _answering(tool.function), name=tool.name, description=tool.description, args_schema=schema, response_format="content_and_artifact",
        handle_tool_error=True, handle_validation_error=lambda error: _unfit(tool.name, list(fields), error),
    )  # fmt: skip


def call(tool: "StructuredTool", arguments: dict[str, Any]) -> tuple[str, ToolResult | None]:
    """Run one of these tools: the text and the result; without a result the text is the sentence with which it refuses."""
    given: Any = {"type": "tool_call", "id": "1", "name": tool.name, "args": arguments}
    message = tool.invoke(given)
    return str(message.content), message.artifact


def _unfit(tool: str, known: Sequence[str], error: Any) -> str:
    """One sentence on the first argument that the schema refuses."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][:1])
    if first["type"] == "extra_forbidden":
        return f"{tool} has no argument {name!r}; it takes {', '.join(known)}."
    if first["type"] == "missing":
        return f"{tool} needs the argument {name!r}."
    return f"The argument {name} of {tool} cannot be {str(first['input'])[:40]!r}: {first['msg'][:1].lower()}{first['msg'][1:]}."


def _field(parameter: Parameter) -> tuple[Any, Any]:
    from pydantic import Field

    words = parameter.help + (f"; a bare number is in {parameter.unit}" if parameter.unit and parameter.takes_text else "")
    if parameter.required:
        return parameter.annotation, Field(description=words)
    return parameter.annotation | None, Field(parameter.default, description=words)


def _answering(function: Callable[..., ToolResult]) -> Callable[..., tuple[str, ToolResult]]:
    def answer(**arguments: Any) -> tuple[str, ToolResult]:
        from langchain_core.tools import ToolException

        try:
            result = function(**{name: value for name, value in arguments.items() if value is not None})
        except (ToolInputError, ModelMissing) as refused:
            raise ToolException(str(refused)) from None
        passages = [f"{passage.text} ({passage.source})" for passage in result.passages]
        return "\n".join([result.summary, *passages, *(f"Warning: {warning}" for warning in result.warnings)]), result

    return answer
