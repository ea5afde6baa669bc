"""How an explanation looks: what each setting and word adds, and the answer to a tenth more or less of each setting."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tools.fields import FIELDS
from tools.figures import BLUE, GREEN, GRID, INK, ORANGE, VERMILION, blank, legend, save, shown, styled
from tools.result import ToolResult

MOST = 8  # bars of each kind
LABELS = {"<": "setting -10 %", ">": "setting +10 %"}


def draw(result: ToolResult, folder: Path) -> list[Path]:
    """Write explanation_TARGET.png and .svg of what `explain_prediction` found into `folder`."""
    figure = explanation(result.details, result.model.data_label if result.model else "")
    return [save(figure, folder / f"explanation_{result.inputs['target']}.{ending}") for ending in ("png", "svg")]


@styled
def explanation(details: dict[str, Any], data_label: str = "") -> Figure:
    """Bars: how far the prediction stands from what it would be without each setting or word, strongest first. Beside them: the
    prediction at a tenth less and a tenth more of each setting. A demo model's data label stands in the title."""
    settings, words, near = (details[key][:MOST] for key in ("settings", "words", "sensitivity"))
    figure = blank(1.3 + 0.21 * max(len(settings) + len(words) + 1, 2 * len(near), 6))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1))
    unit = details["unit"] or "probability"
    names = [_title(row) for row in settings] + [f"“{shown(row['words'], 22)}”" for row in words]
    added = [-row["change"] for row in (*settings, *words)]
    places = [*range(len(settings)), *range(len(settings) + 1, len(settings) + 1 + len(words))]
    left.barh(places[: len(settings)], added[: len(settings)], color=BLUE, height=0.7, label="setting")
    left.barh(places[len(settings) :], added[len(settings) :], color=ORANGE, height=0.7, label="word of the text" if words else None)
    _rows(left, places, names)
    left.axvline(0, color=GRID, linewidth=0.8)
    kinds = "setting" + (" or masked word" if words else "; it reads no words")
    left.set(title="What each adds to the prediction", xlabel=f"{unit}, by {kinds}")
    left.margins(x=0.12)
    _responses(right, near, details["prediction"])
    right.set(title="A tenth less or more", xlabel=f"{details['explained']}{f', {unit}' if details['unit'] else ''}")
    legend(figure)
    demo = f" ({data_label} model)" if "synthetic" in data_label else ""
    figure.suptitle(f"Why: {details['explained']}, {details['prediction']:.3g} {details['unit'] or ''}".rstrip() + demo, fontsize=10)
    return figure


def _responses(axes: Axes, near: Sequence[dict[str, Any]], prediction: float) -> None:
    for place, row in enumerate(near):
        ends = [(row[side], colour, marker) for side, colour, marker in (("lower", GREEN, "<"), ("higher", VERMILION, ">")) if row[side]]
        axes.plot([end["prediction"] for end, _, _ in ends], [place] * len(ends), color=GRID, linewidth=1.5, zorder=1)
        for end, colour, marker in ends:
            axes.plot(end["prediction"], place, marker, color=colour, markersize=6, label=LABELS[marker] if not place else None)
    axes.axvline(prediction, color=INK, linewidth=0.8, linestyle="--")
    _rows(axes, list(range(len(near))), [f"{_title(row)}\n{row['stated']:.4g} {FIELDS[row['setting']].display_unit}" for row in near])
    axes.margins(x=0.12)


def _rows(axes: Axes, places: list[int], names: list[str]) -> None:
    axes.set_yticks(places, names)
    axes.set_ylim(max(places, default=0) + 0.6, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _title(row: dict[str, Any]) -> str:
    name = row["setting"]
    return {"ctwd_mm": "tip-to-work distance"}.get(name) or (FIELDS[name].title if name in FIELDS else name.replace("_", " "))
