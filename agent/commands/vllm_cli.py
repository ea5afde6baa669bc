"""`waam up`, `down`, `status`: the local vLLM server."""

from typing import Annotated

import typer

from agent.commands.options import Json
from agent.settings import settings
from agent.shown.progress import progress_line

app = typer.Typer()


@app.command()
def up(foreground: Annotated[bool, typer.Option("--foreground", help="Become the server: for a container or a service manager.")] = False) -> None:
    """Start the local vLLM server, or find it running.

    Example: waam up
    """
    from agent.model.vllm_server import VllmServer

    if foreground:
        VllmServer(settings()).become()
    status = VllmServer(settings()).up(progress_line)
    print(f"{status.served_name} {status.state} at {status.url} (pid {status.pid}, {status.memory_gib} GiB)")


@app.command()
def down() -> None:
    """Stop the local vLLM server and everything it started.

    Example: waam down
    """
    from agent.model.vllm_server import VllmServer

    print("stopped" if VllmServer(settings()).down() else "no server was running")


@app.command()
def status(as_json: Json = False) -> None:
    """Say whether the local vLLM server runs; exit code 1 if it does not.

    Example: waam status --json
    """
    from agent.model.vllm_server import VllmServer

    found = VllmServer(settings()).status()
    memory = f", {found.memory_gib} GiB" if found.memory_gib else ""
    what = f"{found.model} with {f'the adapter {found.adapter}' if found.adapter else 'no adapter'}"
    print(found.model_dump_json() if as_json else f"{found.state}: {what} at {found.url}{memory}; log: {found.log or 'none yet'}")
    raise typer.Exit(0 if found.state == "running" else 1)
