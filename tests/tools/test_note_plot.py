"""How an analysed note looks."""

import warnings
from pathlib import Path
from typing import Any

from matplotlib.colors import to_hex

from tools.figures import BLUE, VERMILION
from tools.note_plot import draw, severities
from tools.result import ModelInfo, ToolResult

SCALE = ["excellent", "good", "acceptable", "poor", "critical"]


def details(*names: str) -> dict[str, Any]:
    shares = dict(zip(sorted(SCALE), (0.1, 0.5, 0.2, 0.1, 0.1), strict=True))
    rows = [{"aspect": name, "severity": "critical", "severities": shares, "words": ["스패터", "$x$"]} for name in names]
    return {"aspects": rows, "scale": SCALE}


def test_a_bar_an_aspect_divided_by_severity_from_best_to_worst():
    figure = severities(details("spatter", "cracks"), "demo (synthetic)")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["spatter", "cracks"]
    bars = [bar for bar in axes.patches if bar.get_width() > 0]  # type: ignore[attr-defined]
    assert len(bars) == 10 and [round(bar.get_width(), 1) for bar in bars[:5]] == [0.2, 0.1, 0.1, 0.1, 0.5]  # type: ignore[attr-defined]
    assert (to_hex(bars[0].get_facecolor()).upper(), to_hex(bars[4].get_facecolor()).upper()) == (BLUE, VERMILION)
    assert "demo (synthetic) model" in figure._suptitle.get_text()  # type: ignore[attr-defined]


def test_a_note_without_aspects_says_so():
    figure = severities(details())
    (said,) = figure.axes[0].texts
    assert said.get_text() == "none of the aspects that the model knows" and not figure.axes[0].patches


def test_both_files_are_written(tmp_path: Path):
    result = ToolResult(
        tool="analyze_note", summary="", details=details("spatter"), model=ModelInfo(name="notes", version="1", data_label="demo (synthetic)")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png, svg = draw(result, tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG") and "critical" in svg.read_text()
