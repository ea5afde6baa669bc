"""The tools for other people's agents, over the Model Context Protocol: on standard input and output, or over HTTP.

Names, arguments and what is refused are those of `tools.langchain_tools`, of which the table of tools is read, so that no tool is described twice.
The answer is what a model is shown; the whole ToolResult goes along as structured content.
"""

import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

import mcp_types as types
from anyio.to_thread import run_sync
from langchain_core.tools import StructuredTool
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from pydantic import BaseModel

from agent.errors import WaamError
from tools.langchain_tools import call, langchain_tools
from tools.result import ToolResult

LOG = logging.getLogger(__name__)
Ran = tuple[str, ToolResult | None]
Run = Callable[[Callable[[], Ran]], Awaitable[Ran]]  # runs a piece of work beside the event loop
NAME = "waam"
INSTRUCTIONS = (
    "Tools for wire-arc additive manufacturing: is a bead sound, which defects, heat input, energy, exact arc physics, settings to recommend, "
    "sourced knowledge. Give quantities as the user wrote them, unit and all, as strings such as '48 cm/min'. State numbers only as the tools give "
    "them, with their interval or probability, and say so where a warning says that a demo model answered."
)


def server(files: bool = False, run: Run = run_sync, outside: bool = False) -> "Server[Any]":
    """The MCP server of the ten tools; with `files` also of the one that opens a log whose path the client names: for a client that sits at
    this machine alone. `run`: where a tool computes. `outside`: whether the client sits elsewhere, and is not told the text of a defect."""
    known = {tool.name: tool for tool in langchain_tools(files)}
    listed = [_listed(tool) for tool in known.values()]

    async def list_tools(context: Any, parameters: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(context: Any, parameters: types.CallToolRequestParams) -> types.CallToolResult:
        if (tool := known.get(parameters.name)) is None:
            return _said(f"There is no tool {parameters.name[:40]!r}; the tools are {', '.join(known)}.")
        try:
            return _said(*await run(lambda: call(tool, parameters.arguments or {})))  # others are answered meanwhile
        except WaamError as refused:
            return _said(str(refused))
        except Exception as defect:  # a broken model file must not end the server
            LOG.debug("a tool broke", exc_info=True)
            kind, detail = type(defect).__name__, str(defect)[:200]
            words = f"({kind}); tell the server's owner." if outside else f"({kind}: {detail}); run `waam doctor`."
            return _said(f"{tool.name} failed {words}")

    return Server(NAME, version=version("waam-assistant"), instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


async def over_stdio(files: bool) -> None:
    """Serve one client on standard input and output until it closes them."""
    served = server(files)
    async with stdio_server() as (incoming, outgoing):
        await served.run(incoming, outgoing, served.create_initialization_options())


def over_http(run: Run) -> StreamableHTTPSessionManager:
    """What answers requests over HTTP while its `run` is entered. Who may ask is decided before. `run`: where a tool computes."""
    return StreamableHTTPSessionManager(server(run=run, outside=True), json_response=True, stateless=True)


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
