"""What the `waam finetune` verbs share: their options, and how an option becomes a folder, a base encoder or columns."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.errors import BadInput, WaamError

if TYPE_CHECKING:
    from finetune.records import Columns

LOADING = "Loading the training libraries; this takes some seconds."

Data = Annotated[Path, typer.Option("--data", help="JSON, JSONL or CSV, one record a row.")]
Model = Annotated[Path, typer.Option("--model", help="The folder that `waam finetune train --out` wrote.")]
Text = Annotated[str | None, typer.Option("--text", help="Text column (default: input), or several, separated by commas.")]
TextB = Annotated[str | None, typer.Option("--text-b", help="Column of the second text (pair, similarity).")]
Target = Annotated[str | None, typer.Option("--target", help="Target column (default: output), or several amounts, separated by commas.")]
Group = Annotated[str | None, typer.Option("--group", help="Column(s) whose equal rows stay on one side of every split.")]
Numbers = Annotated[str | None, typer.Option("--numbers", help="Numeric columns, separated by commas.")]
NewLabel = Annotated[list[str] | None, typer.Option("--new-label", help="A label that the data does not have yet; may be given again.")]


def several(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip()) if names else ()


def folder_of(out: Path | None, serve_as: str | None) -> Path:
    """Where the model goes. The tools' models live in the models home."""
    from agent.settings import settings
    from agent.setup.build import DEMO

    if serve_as is not None and serve_as not in DEMO:
        raise BadInput(f"No tool serves {serve_as!r}; --as takes one of {', '.join(DEMO)}.")
    if (out is None) == (serve_as is None):
        raise BadInput("Say where the model goes: --out FOLDER, or --as TOOL to serve it.")
    return out if out is not None else settings().models / str(serve_as)


def base_of(name: str, progress: Callable[[str], None]) -> Path:
    """The folder of a base encoder: a folder as it is, a known name fetched, any other from the model hub."""
    from agent.model.weights import catalog, fetch
    from agent.settings import settings

    if Path(name).is_dir():
        return Path(name)
    if name in catalog():
        fetch(name, settings().models, progress)
        return settings().models / name
    return hub_folder(name)


def hub_folder(name: str) -> Path:
    """The folder with a model of the model hub. Raises WaamError where the hub does not give it."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.jinja", "*.safetensors"], ignore_patterns=["*/*", "consolidated*"]))
    except Exception as error:  # the hub's errors share no base
        said = f"The model {name!r} is not known here and the model hub could not be asked ({type(error).__name__})"
        raise WaamError(f"{said}; give a name of `waam models list`, a folder, or check the network.") from None


def column_flags(text: str | None, text_b: str | None, target: str | None, group: str | None, numbers: str | None) -> "Columns":
    """The columns that the flags name."""
    from finetune.records import Columns

    flags: dict[str, Sequence[str] | str | None] = {
        "text": several(text), "text_b": text_b, "target": several(target), "group": several(group), "numbers": several(numbers),
    }  # fmt: skip
    return Columns(**{name: value for name, value in flags.items() if value})  # type: ignore[arg-type]
