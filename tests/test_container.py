"""The Dockerfile and the compose file, as far as can be told without an engine: what they name is there, and they agree with each other."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from agent import cli
from agent.settings import Settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VERBS = typer.main.get_command(cli.app)


def stages() -> dict[str, str]:
    """The text of each stage of the Dockerfile."""
    parts = re.split(r"^FROM \S+ AS (\w+)$", DOCKERFILE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_each_image_is_made_from_a_file_of_pins():
    made = {name: re.findall(r"make venv REQUIREMENTS=(\w+)", text) for name, text in stages().items()}
    assert made == {"base": [], "compiling": [], "agent": ["core"], "cpu": ["all"], "gpu": ["gpu"]}
    for (name,) in (found for found in made.values() if found):
        pins = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert "--hash=sha256:" in pins and not re.search(r"^[a-z0-9_.-]+ *[<>~]", pins, re.MULTILINE)


def test_only_where_something_is_compiled_there_is_a_compiler_and_nothing_runs_as_root():
    assert [name for name, text in stages().items() if "g++" in text] == ["compiling"]
    assert re.findall(r"^FROM (\w+) AS (?:agent|cpu|gpu)$", DOCKERFILE, re.MULTILINE) == ["base", "compiling", "compiling"]
    assert all(re.findall(r"^USER (\w+)$", text, re.MULTILINE)[-1:] in ([], ["10001"]) for text in stages().values())


def test_the_python_is_the_one_that_the_pins_are_for():
    (image,) = set(re.findall(r"^FROM (python:\S+)", DOCKERFILE, re.MULTILINE))
    assert image.startswith("python:3.11") and "--python 3.11" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_nothing_that_is_copied_is_ignored():
    ignored = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    copied = {each for line in re.findall(r"^COPY --chown=waam (.+) \S+$", DOCKERFILE, re.MULTILINE) for each in line.split()}
    assert copied - {"."} == {"Makefile", "pyproject.toml", "requirements"} and not copied & ignored
    assert {".env", ".git", ".venv"} <= ignored


def test_the_packages_stand_there_as_folders_before_the_code_does():
    made = set(re.search(r"mkdir -p (.+)", DOCKERFILE)[1].split())  # type: ignore[index]
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    assert made | {"agent"} == {name.replace(".", "/") for name in packages}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_a_verb_of_this_product(name: str):
    words = [str(word) for word in SERVICES[name]["command"]]
    command = VERBS
    while words and isinstance(command, typer.core.TyperGroup):
        assert words[0] in command.commands, f"{name} runs `waam {shlex.join(words)}`"
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("name", SERVICES)
def test_a_variable_of_a_service_is_a_setting(name: str):
    for variable in SERVICES[name].get("environment", {}):
        model: Any = Settings
        for part in variable.removeprefix("WAAM_").lower().split("__"):
            assert part in model.model_fields, f"{variable} is no setting"
            model = model.model_fields[part].annotation


def test_every_image_is_built_by_a_service_that_shares_the_volume():
    built = {service["image"]: service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert set(built.values()) == set(stages()) - {"base", "compiling"} and all(service["image"] in built for service in SERVICES.values())
    assert all(service["volumes"] == ["data:/data"] for service in SERVICES.values()) and "WAAM_HOME=/data" in DOCKERFILE


def test_what_is_built_is_what_is_served():
    def precision(name: str) -> str | None:
        return SERVICES[name]["environment"].get("WAAM_SERVER__PRECISION")

    assert precision("build-gpu") == precision("vllm-gpu") == "bfloat16" and precision("build-cpu") is precision("vllm-cpu") is None


def test_only_the_assistant_is_published_and_only_on_the_loopback():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["agent"]
    assert SERVICES["agent"]["ports"] == ["${WAAM_PUBLISH:-127.0.0.1:8430}:8430"]
    assert "EXPOSE 8430" in stages()["agent"] and str(Settings().server.port) in SERVICES["vllm-cpu"]["healthcheck"]["test"][-1]
