"""The web page at /: one HTML file and the scripts and styles beside it, as they are, from this server alone."""

from dataclasses import asdict
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from tools.fields import FIELDS
from tools.quantities import QUANTITIES
from tools.vocabulary import PROCESSES

FOLDER = Path(__file__).with_name("static")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def index(request: Request) -> Response:
    """GET /."""
    return FileResponse(FOLDER / "index.html", headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


async def settings(request: Request) -> Response:
    """GET /page/settings: what the forms of the page are made of, and what quantities are called on it."""
    fields = [
        {name: value for name, value in asdict(field).items() if name in ("name", "title", "display_unit", "low", "high")}
        for field in FIELDS.values()
    ]
    quantities = {name: [field.title, field.display_unit] for name, field in QUANTITIES.items()}
    return JSONResponse({"fields": fields, "processes": list(PROCESSES), "quantities": quantities})


def static() -> StaticFiles:
    """The files beside the page."""
    return StaticFiles(directory=FOLDER)
