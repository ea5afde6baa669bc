"""`waam models`: weights, and everything that is made from them."""

import shlex
from typing import Annotated

import typer

from agent.settings import settings

app = typer.Typer(no_args_is_help=True, help="Model weights: list, fetch, verify, build.")


@app.command("list")
def models_list() -> None:
    """The weights this product knows, the encoders that set-up makes, which are here, and what nothing uses any more.

    Example: waam models list
    """
    from agent.model.adapter import superseded
    from agent.model.weights import catalog
    from agent.setup.build import MADE, state

    for name, entry in catalog().items():
        here = "here" if (settings().models / name / entry.file).exists() else "not fetched"
        print(f"{name:32} {entry.role:8} {entry.bytes / 1e6:6.0f} MB  {entry.licence}  {here}{'  (default)' if entry.default else ''}")
    for name in MADE:
        print(f"{name:32} {'encoder':8} {state(settings(), name)}")
    for folder in superseded(settings().models):
        print(f"{folder.name} is of an earlier adapter and not used any more; remove it: rm -r {shlex.quote(str(folder))}")


@app.command("fetch")
def models_fetch(name: Annotated[str | None, typer.Argument(help="A name from the list; without it, what the settings need.")] = None) -> None:
    """Download weights and verify them against their publisher's hash.

    Example: waam models fetch qwen2.5-coder-0.5b-instruct
    """
    from agent.model.weights import fetch
    from agent.setup.build import wanted_weights

    for each in [name] if name else wanted_weights(settings()):
        fetch(each, settings().models)


@app.command("verify")
def models_verify() -> None:
    """Hash the fetched weights; exit code 1 if a file is not the pinned one.

    Example: waam models verify
    """
    from agent.model.weights import catalog, verify

    states = {name: verify(name, settings().models) for name in catalog() if (settings().models / name).exists()}
    for name, files in states.items():
        for file, state in files.items():
            print(f"{state:10}  {name}/{file}")
    if not states:
        print("No weights are here yet; run `waam models fetch`.")
    raise typer.Exit(0 if states and all(s == "ok" for files in states.values() for s in files.values()) else 1)


@app.command("build")
def models_build() -> None:
    """Make everything an answer needs: weights, the served model, encoders, the knowledge store.

    Example: waam models build
    """
    from agent.setup.build import build

    for name, seconds in build(settings()).items():
        print(f"{name}: {seconds} s")
