"""How a process map looks: colours for the probability, the present point, the proposal and the wanted contour."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke

from tools.fields import FIELDS
from tools.figures import GRID, INK, VERMILION, blank, legend, save, styled
from tools.process_grid import ProcessGrid

SHAPES = {"proposed": "*", "nearest miss": "X"}


def draw(grid: ProcessGrid, folder: Path) -> list[Path]:
    """Write process_map.png and .svg into `folder`."""
    figure = process_map(grid)
    return [save(figure, folder / f"process_map.{ending}") for ending in ("png", "svg")]


@styled
def process_map(grid: ProcessGrid) -> Figure:
    """The map inside the trained range of the two settings, which is the frame."""
    x, y, chance = grid.x, grid.y, grid.chance
    figure = blank(4.6)
    axes = figure.subplots()
    levels = np.linspace(0, 1, 11)
    filled = axes.contourf(x, y, chance.T, levels, cmap="cividis", alpha=0.9) if min(chance.shape) > 1 else None
    if filled is not None:
        figure.colorbar(filled, ax=axes, label="probability of a sound bead", ticks=levels[::2])
        if grid.wanted and chance.min() < grid.wanted < chance.max():
            axes.contour(x, y, chance.T, [grid.wanted], colors="white", linewidths=2)
            axes.plot([], [], color="white", linewidth=2, label=f"{grid.wanted:g}, as wanted", path_effects=_outlined())
    axes.add_patch(Rectangle((x[0], y[0]), np.ptp(x), np.ptp(y), fill=False, edgecolor=INK, linewidth=1.2, clip_on=False))
    for mark in grid.marks:
        if mark.kind == "present":
            axes.plot(mark.x, mark.y, "o", color="white", markeredgecolor=INK, markersize=9, label=mark.label, zorder=5)
        else:
            shape = SHAPES[mark.kind]
            axes.plot(mark.x, mark.y, shape, color=VERMILION, markeredgecolor="white", markersize=14, label=mark.label, zorder=6)
    axes.set(xlabel=_label(grid.across), ylabel=_label(grid.up))
    axes.margins(0.04)
    figure.suptitle(grid.title, fontsize=10)
    legend(figure)
    return figure


def _outlined() -> list[AbstractPathEffect]:
    """White lines are seen on a white page by their edge."""
    return [Stroke(linewidth=4, foreground=GRID), Normal()]


def _label(name: str) -> str:
    return f"{FIELDS[name].title}, {FIELDS[name].display_unit}"
