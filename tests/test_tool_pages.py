"""What docs/tools says is what the tools say: each shown command is run, and its output compared."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent import cli

PAGES = sorted((Path(__file__).parents[1] / "docs" / "tools").glob("*.md"))
NEEDS = ("explain_prediction", "recommend_settings", "analyze_log", "analyze_note", "grade_answer")  # trained models, or a file


def shown(page: Path) -> list[tuple[str, str]]:
    """(command, output) of every block of the page that begins with `$ waam tool` and shows what comes of it."""
    blocks = re.findall(r"```[a-z]*\n\$ waam (.+?)\n```", page.read_text(encoding="utf-8"), re.DOTALL)
    split = [re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n?(.*)", block, re.DOTALL) for block in blocks]
    return [(found[1].replace("\\\n", " "), found[2]) for found in split if found and found[2].strip() and found[1].startswith("tool ")]


EXAMPLES = [(page.stem, *example) for page in PAGES for example in shown(page) if page.stem not in NEEDS]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 2 and {name for name, *_ in EXAMPLES} == {"calculate_physics"}


@pytest.mark.parametrize(("name", "command", "output"), EXAMPLES, ids=[command[:60] for _, command, _ in EXAMPLES])
def test_a_shown_command_gives_the_shown_output(name: str, command: str, output: str) -> None:
    ran = CliRunner().invoke(cli.app, shlex.split(command))
    assert ran.exit_code == 0, ran.exception
    assert ran.stdout.strip() == output.strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_shown_command_has_options_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for command in re.findall(r"^(?:\$ )?waam tool (.+)$", text, re.MULTILINE):
        name, *words = shlex.split(command)
        known = CliRunner().invoke(cli.app, ["tool", name, "--help"]).stdout
        assert [word for word in words if word.startswith("--") and not re.search(rf"{word}\b", known)] == [], command


def test_the_python_example_of_exact_physics() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", next(p for p in PAGES if p.stem == "calculate_physics").read_text(encoding="utf-8"), re.DOTALL)
    space: dict[str, object] = {}
    exec(code, space)
    result = space["result"]
    assert (result.estimates[0].name, result.estimates[0].value, result.estimates[0].unit) == ("travel_speed_mm_s", 5.867, "mm/s")  # type: ignore[attr-defined]
    assert result.details["quantities"]["travel_speed_mm_s"]["value"] == 5.866666666666667  # type: ignore[attr-defined]
