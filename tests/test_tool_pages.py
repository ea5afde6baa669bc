"""What docs/tools says is what the tools say: each shown command and Python example is run, and its output compared.

What exact physics gives must be equal. What a model gives is compared where the page's version of the model is on this machine, and its
numbers nearly: int8 inference differs a little from processor to processor.
"""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent import cli
from tools.encoder import models_home
from tools.registry import TOOLS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDER = ROOT / "docs" / "tools"
PAGES = sorted(FOLDER.glob("*.md"))
RUNS = ROOT.parent / "shared" / "data" / "weld_runs"
EXACT = ("calculate_physics",)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
STORED = re.compile(r"Model (\w+), version (\w+);")
needs_runs = pytest.mark.skipif(not RUNS.is_dir(), reason="the real logs of ../shared/data/weld_runs are not here")


def text_of(page: Path | str) -> str:
    return (FOLDER / f"{page}.md" if isinstance(page, str) else page).read_text(encoding="utf-8")


def shown(page: str) -> list[tuple[str, str]]:
    """(command, output) of every block of a text that begins with `$ waam tool` and shows what comes of it."""
    blocks = re.findall(r"```[a-z]*\n\$ waam (.+?)\n```", page, re.DOTALL)
    split = [re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n?(.*)", block, re.DOTALL) for block in blocks]
    return [(found[1].replace("\\\n", " "), found[2]) for found in split if found and found[2].strip() and found[1].startswith("tool ")]


def printed(page: str) -> list[tuple[str, str]]:
    """(code, output) of every Python example of a text that is followed by what it prints."""
    return re.findall(r"```python\n(.*?)```\n\n```\n(.*?)\n```", page, re.DOTALL)


def stored(page: str) -> None:
    """Skip where a model that the page names, or the knowledge base, is not on this machine as it was for the page."""
    for name, version in STORED.findall(page) or [("embedder", "")]:
        file = models_home() / name / "waam.json"
        if not file.exists():
            pytest.skip(f"the model {name} is not on this machine; `waam models build` makes it")
        if version and json.loads(file.read_text(encoding="utf-8"))["version"] != version:
            pytest.skip(f"the page was made with {name} {version}, which is not the one on this machine")


def same(found: str, told: str) -> None:
    """The words equal, whatever the lines; the numbers within 2 %, or 0.02."""
    assert NUMBER.sub("#", " ".join(found.split())) == NUMBER.sub("#", " ".join(told.split()))
    assert [float(n) for n in NUMBER.findall(found)] == pytest.approx([float(n) for n in NUMBER.findall(told)], rel=0.02, abs=0.02)


EXAMPLES = [(page.stem, *example) for page in [*PAGES, ROOT / "README.md"] for example in shown(text_of(page))]
CODE = [(page.stem, *example) for page in PAGES for example in printed(text_of(page))]


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_has_a_page_with_a_command_and_python_and_the_readme_links_to_it(tool: str) -> None:
    assert (FOLDER / f"{tool}.md").exists(), f"docs/tools/{tool}.md is not written"
    text = text_of(tool)
    assert text.startswith(f"# {tool}: ") and f"waam tool {tool} " in text
    assert re.search(rf"```python\nfrom {TOOLS[tool].function.__module__} import {tool}\n", text)
    assert f"[`{tool}`](docs/tools/{tool}.md)" in README


def test_no_page_is_of_something_else() -> None:
    assert {page.stem for page in PAGES} == set(TOOLS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target, _, part in (link.partition("#") for link in re.findall(r"\]\((?!http)([^)]+)\)", text_of(page))):
        assert (FOLDER / target).exists(), target
        assert not part or f"## {part.replace('-', ' ').capitalize()}\n" in text_of(FOLDER / target), part


def test_every_picture_is_on_its_page_and_every_tool_that_draws_has_one() -> None:
    drawing = {name for name, tool in TOOLS.items() if "plots_folder" in tool.function.__annotations__}
    assert {picture.stem for picture in FOLDER.glob("*.png")} == drawing
    assert all(f"]({name}.png)" in text_of(name) for name in drawing)


def test_there_are_examples() -> None:
    """What shows nothing here needs a file, or texts too long for a command: their pages have quotations."""
    assert {name for name, *_ in EXAMPLES} == {*TOOLS, "README"} - {"analyze_log", "analyze_note", "grade_answer"}
    assert {name for name, *_ in CODE} == {"detect_anomaly", "classify_defects", "predict_heat_input", "predict_energy", "search_knowledge"}


@pytest.mark.parametrize(("name", "command", "output"), EXAMPLES, ids=[f"{name} {command[5:60]}" for name, command, _ in EXAMPLES])
def test_a_shown_command_gives_the_shown_output(name: str, command: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name not in EXACT:
        stored(output)
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(cli.app, shlex.split(command))
    assert ran.exit_code == 0, ran.exception
    if name in EXACT:
        assert ran.stdout.strip() == output.strip()
    same(ran.stdout, output)
    assert all((tmp_path / plot).exists() for plot in re.findall(r"^Plot: (.+)$", output, re.MULTILINE))


@pytest.mark.parametrize(("name", "code", "output"), CODE, ids=[name for name, *_ in CODE])
def test_a_python_example_prints_what_the_page_says(name: str, code: str, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    stored(text_of(name))
    exec(code, {})
    same(capsys.readouterr().out, output)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_shown_command_has_options_that_exist(page: Path) -> None:
    text = text_of(page).replace("\\\n", " ")
    for command in re.findall(r"^(?:\$ )?waam tool (.+)$", text, re.MULTILINE):
        name, *words = shlex.split(command)
        known = CliRunner().invoke(cli.app, ["tool", name, "--help"]).stdout
        assert [word for word in words if word.startswith("--") and not re.search(rf"{word}\b", known)] == [], command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_python_example_calls_its_tool_with_arguments_that_exist(page: Path) -> None:
    from tools.parameters import parameters

    known = {parameter.name for parameter in parameters(TOOLS[page.stem].function)}
    for code in re.findall(r"```python\n(.*?)```", text_of(page), re.DOTALL):
        compile(code, page.name, "exec")
        calls = re.findall(rf"{page.stem}\(((?:[^()]|\([^()]*\))*)\)", code)
        assert calls and {name for call in calls for name in re.findall(r"(\w+)=(?!=)", call)} <= known


def test_the_python_example_of_exact_physics() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", text_of("calculate_physics"), re.DOTALL)
    space: dict[str, object] = {}
    exec(code, space)
    result = space["result"]
    assert (result.estimates[0].name, result.estimates[0].value, result.estimates[0].unit) == ("travel_speed_mm_s", 5.867, "mm/s")  # type: ignore[attr-defined]
    assert result.details["quantities"]["travel_speed_mm_s"]["value"] == 5.866666666666667  # type: ignore[attr-defined]


@needs_runs
def test_the_real_log_of_the_page_reads_as_the_page_says() -> None:
    """No model has a part in it: the log has no travel speed."""
    from tools.log import analyze_log

    quoted = [" ".join(block.replace("> ", "").split()) for block in re.findall(r"^(?:> .*\n)+", text_of("analyze_log"), re.MULTILINE)]
    result = analyze_log(next(RUNS.glob("good_weld_1_*.csv")), mapping={"process": "GMAW"})
    assert re.sub(r"good_weld_1_\S*csv", "good_weld_1_….csv", result.summary) == quoted[0]
    told = quoted[1]
    for warning in result.warnings:
        told = told.replace(warning, "", 1)
    assert not told.strip(), "what the page quotes besides"


@needs_runs
def test_the_events_of_the_twelve_real_logs_are_those_of_the_page() -> None:
    from tools.log import analyze_log

    events = {file.name: len(analyze_log(file).details["events"]) for file in sorted(RUNS.glob("*.csv"))}
    good = [count for name, count in events.items() if name.startswith("good")]
    text = " ".join(text_of("analyze_log").split())
    assert f"six good welds have {sum(good)} events ({min(good)} to {max(good)} each)" in text and len(good) == 6
    burnt = next(count for name, count in events.items() if name.startswith("burnthrough"))
    assert f"the six defective ones have {sum(events.values()) - sum(good)}, but {burnt} of them in the one burn-through" in text
