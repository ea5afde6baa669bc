"""Options of a verb from a YAML file: what it names stands where the command line gives nothing, and is held to the same bounds."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
import yaml

from agent.errors import BadInput


def _read(context: typer.Context, file: Path | None) -> Path | None:
    if file is None:
        return None
    if not file.is_file():
        raise BadInput(f"There is no configuration file {file}; check the path.")
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise BadInput(f"{file.name} is not valid YAML: {str(broken).splitlines()[0]}.") from None
    known = [each.name for each in context.command.params if each.name and each.name not in ("config", "help")]
    if not isinstance(values, dict):
        raise BadInput(f"{file.name} must hold options such as `{known[0]}: …`, one a line.")
    named = {str(name).replace("-", "_"): value for name, value in values.items()}
    for name, value in named.items():
        if name not in known:
            near = " or ".join(get_close_matches(name, known, n=3, cutoff=0.5))
            raise BadInput(f"There is no option {name!r}{f'; did you mean {near}?' if near else '.'}")
        if isinstance(value, (dict, list)):
            raise BadInput(f"{name} in {file.name} must be one value.")
    context.default_map = {**(context.default_map or {}), **named}
    return file


ConfigFile = Annotated[
    Path | None, typer.Option("--config", is_eager=True, callback=_read, help="YAML of these options, by name; flags come before it.")
]
