"""How an analysed note looks: a bar an aspect, divided by how probable each severity is."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from tools.figures import BLUE, GRID, INK, ORANGE, SKY, VERMILION, beside, blank, legend, named_rows, save, shown, styled
from tools.result import ToolResult

COLOURS = (BLUE, SKY, GRID, ORANGE, VERMILION)  # from the best to the worst of five


def draw(result: ToolResult, folder: Path) -> list[Path]:
    """Write note.png and .svg of what `analyze_note` found into `folder`."""
    figure = severities(result.details, result.model.data_label if result.model else "")
    return [save(figure, folder / f"note.{ending}") for ending in ("png", "svg")]


@styled
def severities(details: dict[str, Any], data_label: str = "") -> Figure:
    """Bars of the aspects, the most serious first; beside each the words that carry it. A demo model's data label stands in the title."""
    rows = details["aspects"]
    title = "What the note says" + (f" ({data_label} model)" if "synthetic" in data_label else "")
    if not rows:
        figure = blank(1.2)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.text(0.5, 0.4, "none of the aspects that the model knows", ha="center")
        figure.suptitle(title, fontsize=10)
        return figure
    names = list(rows[0]["severities"])
    scale = [name for name in details["scale"] if name in names] or names
    figure, axes = named_rows([row["aspect"] for row in rows], 24, each=0.34)
    figure.set_figheight(figure.get_figheight() + 0.35)
    colours = {name: COLOURS[round(i * (len(COLOURS) - 1) / max(len(scale) - 1, 1))] for i, name in enumerate(scale)}
    for name, colour in colours.items():
        axes.barh(0, 0, color=colour, label=name)  # for the legend alone
    for place, row in enumerate(rows):
        left = 0.0
        for name, colour in colours.items():
            width = row["severities"][name]
            chosen = name == row["severity"]
            axes.barh(place, width, left=left, height=0.62, color=colour, edgecolor=INK if chosen else "white", linewidth=1.2 if chosen else 0.6,
                      zorder=3 if chosen else 2)  # fmt: skip
            left += width
        words = ", ".join(f"“{word}”" for word in row["words"])
        beside(axes, 1.0, place, shown(words, 44))
    axes.set(xlim=(0, 1.75), xlabel="probability of each severity, and the words that carry the aspect")
    axes.set_xticks([0, 0.5, 1])
    legend(figure)
    figure.suptitle(title, fontsize=10)
    return figure
