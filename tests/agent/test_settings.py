"""Every setting comes from the environment."""

import re
from pathlib import Path

import pytest

from agent.errors import BadInput
from agent.settings import DEFAULT_MODEL, OTHERS, settings, unknown_variables

ROOT = Path(__file__).parents[2]
_VARIABLE = re.compile(r"\bWAAM_[A-Z]+(?:_{1,2}[A-Z]+)*\b(?!_)")


def test_defaults(home: Path):
    found = settings()
    assert found.home == home and found.models == home / "models"
    assert found.llm.model == DEFAULT_MODEL and found.llm_url == "http://127.0.0.1:8427/v1"


def test_the_environment_overrides(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_LLM__MODEL", "Qwen/Qwen3-8B")
    monkeypatch.setenv("WAAM_SERVER__PORT", "9000")
    monkeypatch.setenv("WAAM_LIMITS__QUESTION_CHARS", "50")
    found = settings()
    assert (found.llm.model, found.llm_url, found.limits.question_chars) == ("Qwen/Qwen3-8B", "http://127.0.0.1:9000/v1", 50)
    assert found.llm.timeout_s == 90.0, "the others of the same group keep their defaults"


def test_a_server_elsewhere_is_asked_where_it_is(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_LLM__BASE_URL", "http://10.0.0.1:8000/v1")
    assert settings().llm_url == "http://10.0.0.1:8000/v1"


@pytest.mark.parametrize(("name", "value"), [("WAAM_SERVER__PORT", "many"), ("WAAM_SERVER__PRECISION", "int4")])
def test_a_wrong_value_is_named_by_its_variable(home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=f"^The setting {name} cannot be '{value}'"):
        settings()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("WAAM_LLM__BASEURL", "WAAM_LLM__BASE_URL"), ("WAAM_LLM_MODEL", "WAAM_LLM__MODEL"), ("waam_hom", "WAAM_HOME"), ("WAAM_XYZ", "WAAM_")],
)
def test_a_variable_that_is_no_setting_is_told_with_the_nearest_that_is(home: Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str):
    monkeypatch.setenv(name, "x")
    (line,) = unknown_variables()
    assert line.startswith(f"{name} is not a setting and does nothing; did you mean {meant}") and "\n" not in line


def test_every_variable_that_the_repository_names_is_known(home: Path, monkeypatch: pytest.MonkeyPatch):
    """Those of this product's settings, in one or as JSON, and those that other parts read."""
    files = [file for folder in ("agent", "tools", "knowledge", "finetune", "docs") for file in (ROOT / folder).rglob("*")]
    sources = [file for file in files if file.suffix in (".py", ".md")] + [ROOT / "README.md", ROOT / "compose.yaml"]
    named = {name for file in sources for name in _VARIABLE.findall(file.read_text(encoding="utf-8"))}
    assert {"WAAM_LLM__MODEL", "WAAM_SLACK__BOT_TOKEN", "WAAM_SERVER__SPECULATIVE_TOKENS"} | OTHERS <= named
    for name in {*named, "WAAM_LLM"}:
        monkeypatch.setenv(name, "x")
    assert unknown_variables() == []


def test_the_state_folder_is_made_on_first_use(home: Path):
    assert not home.exists()
    assert settings().state.is_dir()
