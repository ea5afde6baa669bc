"""Which of vLLM's parsers reads a model's calls of tools, and what the model's chat template is told: by the family that the model is of.

What the chat template itself writes decides, as two models of one architecture may call tools differently; where it is not at hand, as before
a model of the hub was fetched, the model's name does. Nothing is fetched for it.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from agent.settings import Settings

TABLE = Path(__file__).with_name("families.yaml")
STRICTNESS = "parameter"  # arguments are held to the tool's schema, and not only the name of the tool to those there are


class Family(BaseModel):
    """One row of families.yaml."""

    model_config = ConfigDict(extra="forbid")

    parser: str
    writes: str
    named: str
    template: dict[str, bool] = {}


def options(settings: Settings) -> list[str]:
    """The options of vLLM with which it offers tools to the model of these settings, and reads its calls."""
    found = family(settings.llm.model)
    told = ["--default-chat-template-kwargs", json.dumps(found.template)] if found.template else []
    parser = settings.server.tool_parser or found.parser
    return ["--enable-auto-tool-choice", "--tool-call-parser", parser, "--tool-strict-level", STRICTNESS, *told]


def family(model: str) -> Family:
    """The family of a model: a folder, or a name on the model hub or in the catalogue."""
    if (template := " ".join(_templates(model))) != "":
        fitting = [each for each in families() if re.search(each.writes, template, re.DOTALL)]
    else:
        known = f"{_read(model, 'config.json').get('model_type', '')} {Path(model).name}"
        fitting = [each for each in families() if re.search(each.named, known, re.IGNORECASE)]
    return [*fitting, families()[-1]][0]


@lru_cache
def families() -> list[Family]:
    """All rows of families.yaml."""
    return [Family.model_validate(row) for row in yaml.safe_load(TABLE.read_text(encoding="utf-8"))]


def _templates(model: str) -> Iterator[str]:
    """The chat templates that lie with the model, in any of the two places for them."""
    if (file := _file(model, "chat_template.jinja")) is not None:
        yield file.read_text(encoding="utf-8")
    written = _read(model, "tokenizer_config.json").get("chat_template") or []
    for each in [written] if isinstance(written, str) else written:
        yield each if isinstance(each, str) else str(each.get("template", ""))


def _read(model: str, name: str) -> dict[str, Any]:
    """A JSON file of the model; empty where it is not at hand or not readable, which vLLM will say better."""
    file = _file(model, name)
    try:
        read = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _file(model: str, name: str) -> Path | None:
    """A file of the model in its folder, or in the cache of the model hub."""
    if Path(model).is_dir():
        return file if (file := Path(model) / name).exists() else None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        cached = try_to_load_from_cache(model, name)
    except HFValidationError:  # no name on the hub either
        return None
    return Path(cached) if isinstance(cached, str) else None
