"""How an explanation looks."""

import warnings
from pathlib import Path

import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import write_process_models
from tools.explanation import explain_prediction
from tools.explanation_plot import draw, explanation
from tools.result import ToolResult


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToolResult:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path, body=True)))
    return explain_prediction(**REQUIRED, material="316L")  # type: ignore[arg-type]


def test_bars_for_settings_and_words_and_a_line_for_each_tenth(result: ToolResult):
    figure = explanation(result.details, "demo (synthetic)")
    left, right = figure.axes
    assert len(left.patches) == 4 + 8, "the settings, and the eight strongest words"
    assert {label.get_text() for label in left.get_yticklabels()[:4]} == {"travel speed", "current", "voltage", "material"}
    assert len(right.get_yticklabels()) == 3
    assert "demo (synthetic) model" in figure._suptitle.get_text()  # type: ignore[attr-defined]


def test_a_bar_is_what_goes_with_the_setting(result: ToolResult):
    bars = explanation(result.details).axes[0].patches
    assert [bar.get_width() for bar in bars[:4]] == [-row["change"] for row in result.details["settings"]]  # type: ignore[attr-defined]


def test_both_files_are_written(result: ToolResult, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png, svg = draw(result, tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG") and "<svg" in svg.read_text()
    assert (png.name, svg.name) == ("explanation_anomaly.png", "explanation_anomaly.svg")
