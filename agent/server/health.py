"""GET /healthz: the process lives. GET /readyz: what it can answer with.

Without a language model the tools and the knowledge base still answer, and every answer says so. So that is no reason to send nobody here:
/readyz is 200 with `degraded: true`. Who would rather have no answer asks /readyz?model=required.
"""

import asyncio
import time
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.settings import Settings
from agent.setup import doctor

FRESH_S = 5.0  # for so long a look holds: probes come from many sides


async def live(request: Request) -> Response:
    """GET /healthz."""
    return JSONResponse({"status": "ok"})


class Ready:
    """GET /readyz."""

    def __init__(self, config: Settings) -> None:
        self._config, self._lock = config, asyncio.Lock()
        self._until, self._seen = 0.0, dict[str, Any]()

    async def show(self, request: Request) -> Response:
        seen = await self._look()
        reasons = ["The server is stopping."] if getattr(request.app.state, "stopping", False) else []
        reasons += seen["tools"]
        if request.query_params.get("model") == "required":
            reasons += seen["model"]
        body: dict[str, Any] = {"ready": not reasons, "degraded": bool(seen["model"])}
        if request.state.known:  # they name addresses and files
            body["reasons"] = reasons or seen["model"]
        return JSONResponse(body, 503 if reasons else 200)

    async def _look(self) -> dict[str, Any]:
        async with self._lock:
            if time.monotonic() >= self._until:
                self._seen = await run_sync(self._examined)
                self._until = time.monotonic() + FRESH_S
            return self._seen

    def _examined(self) -> dict[str, list[str]]:
        """Sentences on what is missing, in two groups."""
        found = {"tools": doctor.tools(self._config), "model": [doctor.language_model(self._config)]}
        return {group: [f"{each.what}: {each.detail}; {each.mend}." for each in findings if not each.well] for group, findings in found.items()}
