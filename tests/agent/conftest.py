"""A home that is empty, tools that need no model, and a shortlist that says what a test wants."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.settings import Settings, settings
from tests.agent.fakes import Bench


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """WAAM_HOME is a fresh folder, and no other setting comes from this machine's environment."""
    import os

    for name in [name for name in os.environ if name.startswith("WAAM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WAAM_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


@pytest.fixture
def config(home: Path) -> Settings:
    return Settings()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The table of tools holds fakes, everywhere it is read."""
    bench = Bench()

    def patch() -> None:
        for module in ("agent.ground", "agent.route", "agent.runner"):
            monkeypatch.setattr(f"{module}.TOOLS", bench.tools())

    bench.patch = patch  # once more after a tool was added
    patch()
    return bench


@pytest.fixture
def shortlist(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`shortlist(detect_anomaly=0.9)` says how likely each tool is meant; before it is called nothing is known."""

    def say(**likely: float) -> None:
        monkeypatch.setattr("agent.route.probabilities", lambda question: likely)

    say()
    return say
