"""Where things lie: $WAAM_HOME when set."""

from pathlib import Path

import pytest

from knowledge.home import home, models_home


def test_the_home_is_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    assert (home(), models_home()) == (tmp_path, tmp_path / "models")


def test_an_empty_setting_counts_as_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", "")
    assert home().name == "waam"
