"""GET /v1/tools and POST /v1/tools/NAME: one tool without the agent, as `waam tool NAME --json` gives it. What the page's map and note use.

The tools are those that are offered to other agents: none that opens a file, and no folder for plots.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.server.bodies import read_json
from agent.server.refusals import Refused
from agent.server.side_work import SideWork
from tools.langchain_tools import call, langchain_tools


class OneTool:
    """Both endpoints."""

    def __init__(self, side: SideWork) -> None:
        self._tools = {tool.name: tool for tool in langchain_tools()}
        self._side = side

    async def index(self, request: Request) -> Response:
        """Names, descriptions and the JSON schema of the arguments."""
        told = [{"name": t.name, "description": t.description, "parameters": t.tool_call_schema.model_json_schema()} for t in self._tools.values()]  # type: ignore[union-attr]
        return JSONResponse({"object": "list", "data": told})

    async def call(self, request: Request) -> Response:
        """Run it; the reply is the ToolResult."""
        name = request.path_params["name"]
        if name not in self._tools:
            raise Refused(404, "no_such_tool", f"There is no tool {name[:60]!r} here; there are {', '.join(self._tools)}.")
        arguments = await read_json(request)
        if not isinstance(arguments, dict):
            raise Refused(400, "invalid_request", 'The body must be an object of arguments, such as {"current_a": "188 A"}.')
        text, result = await self._side.run(lambda: call(self._tools[name], arguments))
        if result is None:
            raise Refused(400, "invalid_arguments", text)
        return JSONResponse(result.model_dump(mode="json"))
