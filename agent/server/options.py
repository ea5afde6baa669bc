"""How uvicorn serves, whichever application: `waam serve`'s and `waam slack --http`'s. Knows neither."""

import logging

import uvicorn
from starlette.applications import Starlette

LOG = logging.getLogger(__name__)
CONNECTIONS = 1000  # more are told 503 at once


def options(app: Starlette, stop_s: float) -> uvicorn.Config:
    """`stop_s`: how long what runs may still take after a signal."""
    level = "warning" if LOG.isEnabledFor(logging.DEBUG) else "critical"  # below that it shows tracebacks
    return uvicorn.Config(
        app, log_level=level, access_log=False, server_header=False, proxy_headers=False, ws="none", lifespan="on",
        limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=max(1, round(stop_s)), timeout_keep_alive=15,
    )  # fmt: skip
