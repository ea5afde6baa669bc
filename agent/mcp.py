"""The tools for other people's agents, over the Model Context Protocol: on standard input and output, or over HTTP.

Names, arguments and what is refused are those of `tools.langchain_tools`, of which the table of tools is read, so that no tool is described twice.
The answer is what a model is shown; the whole ToolResult goes along as structured content.
"""

from importlib.metadata import version
from typing import Any

import anyio
import mcp_types as types
from langchain_core.tools import StructuredTool
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from pydantic import BaseModel

from tools.langchain_tools import langchain_tools
from tools.result import ToolResult

NAME = "waam"
INSTRUCTIONS = (
    "Tools for wire-arc additive manufacturing: is a bead sound, which defects, heat input, energy, exact arc physics, settings to recommend, "
    "sourced knowledge. Give quantities as the user wrote them, unit and all, as strings such as '48 cm/min'. State numbers only as the tools give "
    "them, with their interval or probability, and say so where a warning says that a demo model answered."
)


def server(files: bool = False) -> "Server[Any]":
    """The MCP server of the ten tools; with `files` also of the one that opens a log whose path the client names: for a client that sits at
    this machine alone."""
    known = {tool.name: tool for tool in langchain_tools(files)}
    listed = [_listed(tool) for tool in known.values()]

    async def list_tools(context: Any, parameters: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(context: Any, parameters: types.CallToolRequestParams) -> types.CallToolResult:
        if (tool := known.get(parameters.name)) is None:
            return _said(f"There is no tool {parameters.name[:40]!r}; the tools are {', '.join(known)}.")
        call = {"type": "tool_call", "id": "1", "name": tool.name, "args": parameters.arguments or {}}
        try:
            message = await anyio.to_thread.run_sync(tool.invoke, call)  # a tool computes; others are answered meanwhile
        except Exception as defect:  # a broken model file must not end the server
            return _said(f"{tool.name} failed ({type(defect).__name__}: {str(defect)[:200]}); run `waam doctor`.")
        return _said(str(message.content), message.artifact)

    return Server(NAME, version=version("waam-assistant"), instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


async def over_stdio(files: bool) -> None:
    """Serve one client on standard input and output until it closes them."""
    served = server(files)
    async with stdio_server() as (incoming, outgoing):
        await served.run(incoming, outgoing, served.create_initialization_options())


def over_http() -> StreamableHTTPSessionManager:
    """What answers requests over HTTP while its `run` is entered. Who may ask is decided before."""
    return StreamableHTTPSessionManager(server(), json_response=True, stateless=True)


def _listed(tool: StructuredTool) -> types.Tool:
    assert isinstance(tool.args_schema, type) and issubclass(tool.args_schema, BaseModel)
    return types.Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.args_schema.model_json_schema(),
        output_schema=ToolResult.model_json_schema(),
        annotations=types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def _said(text: str, result: ToolResult | None = None) -> types.CallToolResult:
    """What a client gets; without a `result` it is the one sentence with which a tool refuses."""
    content = [types.TextContent(type="text", text=text)]
    if result is None:
        return types.CallToolResult(content=content, is_error=True)
    return types.CallToolResult(content=content, structured_content=result.model_dump(mode="json"))
