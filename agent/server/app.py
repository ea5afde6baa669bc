"""The table of paths, and what stands behind them: one line of turns, the tools, the page, health, metrics."""

import logging
from typing import Any

from langgraph.graph.state import CompiledStateGraph
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from agent import mcp
from agent.events import Event
from agent.many.turns import Asked, Turns
from agent.server import completions, health, page
from agent.server.data_report import DataReports
from agent.server.gate import Gate
from agent.server.hearing import Hearing
from agent.server.keys import Keys
from agent.server.metrics import Metrics
from agent.server.one_tool import OneTool
from agent.server.refusals import Refused
from agent.server.side_work import SideWork
from agent.settings import Settings
from agent.state import Answer
from agent.turn import run_turn

LOG = logging.getLogger(__name__)


def application(graph: CompiledStateGraph, config: Settings, keys: Keys) -> Starlette:
    """The server around a graph that is built with `opens_files=False`: whoever asks sits elsewhere. `state.turns` is its line of turns;
    `state.stopping` is set by who stops it."""
    metrics, side = Metrics(), SideWork()

    def ask(asked: Asked, on_event: Event) -> Answer:
        answer = run_turn(graph, asked.question, list(asked.history), on_event=on_event, outside=True)
        metrics.answered(answer, left=isinstance(on_event, Hearing) and on_event.gone)
        return answer

    turns = Turns(ask, config.turns.at_once, config.turns.waiting)
    metrics.watch(lambda: turns.waiting, lambda: turns.running)
    mcp_tools = mcp.over_http(side.run)
    chat, tool, reports = completions.Completions(turns, config), OneTool(side), DataReports(side)
    routes = [
        Route("/v1/chat/completions", chat.create, methods=["POST"]),
        Route("/v1/models", completions.list_models),
        Route("/v1/models/{name}", completions.one_model),
        Route("/v1/tools", tool.index),
        Route("/v1/tools/{name}", tool.call, methods=["POST"]),
        Route("/mcp", StreamableHTTPASGIApp(mcp_tools)),
        Route("/healthz", health.live),
        Route("/readyz", health.Ready(config).show),
        Route("/metrics", metrics.show),
        Route("/", page.index),
        Route("/page/settings", page.settings),
        Route("/page/data-report", reports.make, methods=["POST"]),
        Route("/reports/{secret}", reports.show),
        Mount("/static", page.static()),
    ]
    elsewhere = [each.rstrip("/") for each in config.http.origins]
    pages = [Middleware(CORSMiddleware, allow_origins=elsewhere, allow_methods=["GET", "POST"], allow_headers=["Authorization", "Content-Type"])]
    handlers: dict[Any, Any] = {Refused: _refused, HTTPException: _unknown, Exception: _broke}
    gate = Middleware(Gate, keys=keys, config=config.http, metrics=metrics)
    app = Starlette(
        lifespan=lambda app: mcp_tools.run(), routes=routes, middleware=[*(pages if elsewhere else []), gate], exception_handlers=handlers
    )
    app.state.turns, app.state.side, app.state.stopping = turns, side, False
    return app


async def _refused(request: Request, refused: Refused) -> Response:
    return refused.response()


async def _unknown(request: Request, error: HTTPException) -> Response:
    """A path or a method that is not there."""
    words = {404: "There is nothing at this path; docs/http.md lists what there is.", 405: "This path does not take that method."}
    return Refused(
        error.status_code, "not_found" if error.status_code == 404 else "invalid_request", words.get(error.status_code, error.detail)
    ).response()


async def _broke(request: Request, defect: Exception) -> Response:
    """A defect of the server itself: told in one sentence to who asked, in full where it runs."""
    LOG.debug("a request broke", exc_info=defect)
    words = f"Something broke here ({type(defect).__name__}); the server's owner sees where with `waam --debug serve`."
    return Refused(500, "internal_error", words).response()
