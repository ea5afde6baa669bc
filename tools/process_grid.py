"""The numbers of a process map: the probability of a sound bead over two settings, the wanted probability, and the points to mark."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tools.conditions import ProcessConditions
from tools.fields import FIELDS
from tools.goals import Sound
from tools.ladders import Space
from tools.result import ToolInputError
from tools.saying import title
from tools.settings_search import Search
from tools.surrogate import Surrogate

CELLS, CHECKED = 48, 4  # cells along each side, and of them those that the models themselves are asked about


@dataclass(frozen=True)
class Mark:
    """A point of the map. `present`: the settings asked about; `label` says so where they lie beside the drawn plane."""

    kind: Literal["present", "proposed", "nearest miss"]
    label: str
    x: float
    y: float


@dataclass(frozen=True)
class ProcessGrid:
    """`chance` [across, up] over the values `x` and `y` of two settings, all others as proposed. Between the settings that the models were
    asked about, it comes from the surrogate. `wanted` is 0 where no probability was asked for."""

    across: str
    up: str
    x: np.ndarray
    y: np.ndarray
    chance: np.ndarray
    wanted: float
    marks: tuple[Mark, ...]
    title: str

    def to_json(self) -> dict[str, Any]:
        """Plain values: `probability` has a row for each value of `up`, and in it a cell for each of `across`."""
        axes = {
            name: {"setting": setting, "title": FIELDS[setting].title, "unit": FIELDS[setting].display_unit, "values": values.tolist()}
            for name, setting, values in (("across", self.across, self.x), ("up", self.up, self.y))
        }
        marks = [{"kind": mark.kind, "label": mark.label, "across": mark.x, "up": mark.y} for mark in self.marks]
        return {"title": self.title, **axes, "probability": self.chance.T.round(3).tolist(), "wanted": self.wanted, "marks": marks}


def axes_of(space: Space, found: Search, asked_for: list[str] | None) -> tuple[int, int]:
    """The places of the two settings to draw: those asked for, or else those that the proposal changes most, and then the first
    ones that may change. Raises ToolInputError where they are not two that may change."""
    names = [ladder.setting for ladder in space.ladders]
    if asked_for is not None:
        if len(asked_for) != 2 or not set(asked_for) <= set(names):
            raise ToolInputError(f"map_settings must be two of the settings that may change, {', '.join(map(title, names))}.")
        return names.index(asked_for[0]), names.index(asked_for[1])
    away = np.abs((found.candidates or [found.nearest])[0].away)
    across, up = sorted(np.argsort(-away, kind="stable")[:2])
    return int(across), int(up)


def process_grid(
    conditions: ProcessConditions, space: Space, surrogate: Surrogate, sound: Sound, found: Search, drawn: tuple[int, int]
) -> ProcessGrid:
    """The map over the trained range of the two settings at the places `drawn`."""
    across, up = drawn
    proposal = (found.candidates or [found.nearest])[0].point
    places = [np.unique(np.linspace(0, len(space.ladders[i].values) - 1, CELLS).round().astype(int)) for i in drawn]
    grid = np.repeat(proposal[None], len(places[0]) * len(places[1]), axis=0)
    grid[:, [across, up]] = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 2)
    checked = [np.linspace(0, len(p) - 1, CHECKED).round().astype(int) for p in places]
    for place in (grid.reshape(len(places[0]), len(places[1]), -1)[np.ix_(*checked)]).reshape(-1, grid.shape[1]):
        surrogate.ask(place)
    chance = sound.of.read(surrogate.corrected(grid, surrogate.outputs(grid))[sound.name]).reshape(len(places[0]), len(places[1]))
    x, y = (space.ladders[i].values[p] for i, p in zip(drawn, places, strict=True))
    names = [space.ladders[i].setting for i in drawn]
    present = Mark("present", _present(space, proposal, drawn), *(float(getattr(conditions, name)) for name in names))
    marks = (present, *_goals(space, found, drawn))
    return ProcessGrid(names[0], names[1], x, y, chance, sound.low, marks, _title(space, sound, proposal, drawn))


def _goals(space: Space, found: Search, drawn: tuple[int, int]) -> tuple[Mark, ...]:
    if found.candidates and found.candidates[0].away.any():
        return (Mark("proposed", "proposed", *_at(space, found.candidates[0].point, drawn)),)
    return (Mark("nearest miss", "nearest miss", *_at(space, found.nearest.point, drawn)),) if found.nearest.away.any() else ()


def _at(space: Space, point: np.ndarray, drawn: tuple[int, int]) -> tuple[float, float]:
    at = space.values(point[None])[0]
    return float(at[drawn[0]]), float(at[drawn[1]])


def _title(space: Space, sound: Sound, proposal: np.ndarray, drawn: tuple[int, int]) -> str:
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
