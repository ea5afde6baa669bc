"""The process map: the probability of a sound bead over two settings, with the present point, the proposal and the wanted contour."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke

from tools.conditions import ProcessConditions
from tools.fields import FIELDS
from tools.figures import GRID, INK, VERMILION, blank, legend, save, styled
from tools.goals import Sound
from tools.ladders import Space
from tools.result import ToolInputError
from tools.settings_search import Search
from tools.surrogate import Surrogate

CELLS, CHECKED = 48, 4  # cells along each side, and of them those that the models themselves are asked about


def axes_of(space: Space, found: Search, asked_for: list[str] | None) -> tuple[int, int]:
    """The places of the two settings to draw: those asked for, or else those that the proposal changes most, and then the first
    ones that may change. Raises ToolInputError where they are not two that may change."""
    names = [ladder.setting for ladder in space.ladders]
    if asked_for is not None:
        if len(asked_for) != 2 or not set(asked_for) <= set(names):
            raise ToolInputError(f"map_settings must be two of the settings that may change, {', '.join(names)}.")
        return names.index(asked_for[0]), names.index(asked_for[1])
    away = np.abs((found.candidates or [found.nearest])[0].away)
    across, up = sorted(np.argsort(-away, kind="stable")[:2])
    return int(across), int(up)


def draw(
    conditions: ProcessConditions, space: Space, surrogate: Surrogate, sound: Sound, found: Search, asked_for: list[str] | None, folder: Path
) -> list[Path]:
    """Write process_map.png and .svg into `folder`."""
    across, up = axes_of(space, found, asked_for)
    figure = process_map(conditions, space, surrogate, sound, found, across, up)
    return [save(figure, folder / f"process_map.{ending}") for ending in ("png", "svg")]


@styled
def process_map(conditions: ProcessConditions, space: Space, surrogate: Surrogate, sound: Sound, found: Search, across: int, up: int) -> Figure:
    """The probability over the trained range of two settings (the frame), the others as proposed. Between the settings that the models
    were asked about, colours come from the surrogate."""
    proposal = (found.candidates or [found.nearest])[0].point
    places = [np.unique(np.linspace(0, len(space.ladders[i].values) - 1, CELLS).round().astype(int)) for i in (across, up)]
    grid = np.repeat(proposal[None], len(places[0]) * len(places[1]), axis=0)
    grid[:, [across, up]] = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 2)
    checked = [np.linspace(0, len(p) - 1, CHECKED).round().astype(int) for p in places]
    for place in (grid.reshape(len(places[0]), len(places[1]), -1)[np.ix_(*checked)]).reshape(-1, grid.shape[1]):
        surrogate.ask(place)
    chance = sound.of.read(surrogate.corrected(grid, surrogate.outputs(grid))[sound.name]).reshape(len(places[0]), len(places[1]))
    x, y = (space.ladders[i].values[p] for i, p in zip((across, up), places, strict=True))
    figure = blank(4.6)
    axes = figure.subplots()
    levels = np.linspace(0, 1, 11)
    filled = axes.contourf(x, y, chance.T, levels, cmap="cividis", alpha=0.9) if min(chance.shape) > 1 else None
    if filled is not None:
        figure.colorbar(filled, ax=axes, label="probability of a sound bead", ticks=levels[::2])
        if sound.low and chance.min() < sound.low < chance.max():
            axes.contour(x, y, chance.T, [sound.low], colors="white", linewidths=2)
            axes.plot([], [], color="white", linewidth=2, label=f"{sound.low:g}, as wanted", path_effects=_outlined())
    axes.add_patch(Rectangle((x[0], y[0]), np.ptp(x), np.ptp(y), fill=False, edgecolor=INK, linewidth=1.2, clip_on=False))
    names = [space.ladders[i].setting for i in (across, up)]
    axes.plot(
        *(getattr(conditions, name) for name in names),
        "o",
        color="white",
        markeredgecolor=INK,
        markersize=9,
        label=_present(space, proposal, (across, up)),
        zorder=5,
    )
    if found.candidates and found.candidates[0].away.any():
        _mark(axes, space, found.candidates[0].point, (across, up), "*", "proposed")
    elif found.nearest.away.any():
        _mark(axes, space, found.nearest.point, (across, up), "X", "nearest miss")
    axes.set(xlabel=_label(names[0]), ylabel=_label(names[1]))
    axes.margins(0.04)
    figure.suptitle(_title(conditions, space, sound, proposal, (across, up)), fontsize=10)
    legend(figure)
    return figure


def _title(conditions: ProcessConditions, space: Space, sound: Sound, proposal: np.ndarray, drawn: tuple[int, int]) -> str:
    label = sound.encoder.info.data_label
    demo = f" ({label} model)" if "synthetic" in label else ""
    values = space.values(proposal[None])[0]
    others = [
        f"{FIELDS[ladder.setting].title} {values[i]:.4g} {FIELDS[ladder.setting].display_unit}"
        for i, ladder in enumerate(space.ladders)
        if i not in drawn and values[i] != ladder.present
    ]
    return f"Process map inside the trained range{demo}" + (f"\nat {', '.join(others)}" if others else "")


def _present(space: Space, proposal: np.ndarray, drawn: tuple[int, int]) -> str:
    """The present point lies beside the drawn plane where the proposal changes more than the two settings."""
    away = space.away(proposal[None])[0]
    return "present (at other settings)" if any(away[i] for i in range(len(away)) if i not in drawn) else "present"


def _mark(axes: Axes, space: Space, point: np.ndarray, drawn: tuple[int, int], marker: str, label: str) -> None:
    at = space.values(point[None])[0]
    axes.plot(at[drawn[0]], at[drawn[1]], marker, color=VERMILION, markeredgecolor="white", markersize=14, label=label, zorder=6)


def _outlined() -> list[AbstractPathEffect]:
    """White lines are seen on a white page by their edge."""
    return [Stroke(linewidth=4, foreground=GRID), Normal()]


def _label(name: str) -> str:
    return f"{FIELDS[name].title}, {FIELDS[name].display_unit}"
