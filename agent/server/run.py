"""Bind, listen, and stop well: after a signal nothing new is begun, what runs may end, and the line is told."""

import asyncio
import signal
import socket
from collections.abc import Callable

import uvicorn
from langgraph.graph.state import CompiledStateGraph
from starlette.applications import Starlette

from agent.many.listening import listen
from agent.server.app import application
from agent.server.keys import check_host, read_keys
from agent.server.options import options
from agent.settings import Settings


class Server(uvicorn.Server):
    """uvicorn, which closes the line of turns as soon as it begins to stop."""

    def __init__(self, config: uvicorn.Config, app: Starlette, stop_s: float) -> None:
        super().__init__(config)
        self._app, self._stop_s = app, stop_s
        self.ended = True  # whether all that ran did end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.stopping = True
        closing = asyncio.create_task(asyncio.to_thread(self._app.state.turns.close, self._stop_s))
        await super().shutdown(sockets)
        self.ended = await closing and not self._app.state.side.running


def serve(graph: Callable[[], CompiledStateGraph], config: Settings, host: str, port: int, say: Callable[[str], None]) -> bool:
    """Serve until SIGTERM or Ctrl-C; whether all that ran ended in time. `graph` is called once there is an address to serve it at.
    Raises BadInput for keys or an address that cannot be."""
    keys = read_keys(config.http.keys)
    check_host(host, keys)
    bound = listen(host, port)
    app = application(graph(), config, keys)
    server = Server(options(app, config.http.stop_s), app, config.http.stop_s)
    for each in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises the signal once more when it has stopped; that is no news then
        signal.signal(each, lambda number, frame: None)
    at = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"
    say(f"{at} has the page, {at}/v1 the OpenAI interface; {'keys are asked for' if keys else 'no key is needed'}. Ctrl-C stops.")
    server.run(sockets=[bound])
    return server.ended
