"""What the README says is true: its commands exist, its links lead somewhere, its example runs."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from agent.cli import app
from tools.encoder import models_home

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_waam_verb_it_names_exists() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    named = set(re.findall(r"`waam ([a-z]+)", README))
    assert len(named) >= 8
    assert named <= set(commands)


def test_every_verb_of_the_command_line_is_in_it() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert [name for name in commands if name != "demo" and not re.search(rf"`(?:waam )?{name}\b", README)] == []


def test_every_make_target_it_names_exists() -> None:
    for target in re.findall(r"^    make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_every_link_into_the_repository_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_setting_it_names_is_read() -> None:
    from agent.settings import Settings

    for name in re.findall(r"`WAAM_([A-Z_]+)`", README):
        part: object = Settings()
        for step in name.lower().split("__"):
            part = getattr(part, step)


@pytest.mark.real
def test_its_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    if not (models_home() / "heat_input" / "waam.json").exists():
        pytest.skip("the encoders are not built on this machine; `waam models build` makes them")
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(example, {})
    assert "J/mm" in capsys.readouterr().out
