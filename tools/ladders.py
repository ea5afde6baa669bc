"""Where recommended settings are looked for: the values one can dial in, inside the trained range, and how far each is from the present.

Knows nothing of models or goals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Self

import numpy as np

from tools.conditions import ProcessConditions

STEPS = {
    "current_a": 1.0, "voltage_v": 0.1, "travel_speed_mm_s": 0.1, "wire_feed_speed_m_min": 0.1, "ctwd_mm": 0.5, "gas_flow_l_min": 0.5,
    "interpass_temperature_c": 5.0, "bead_length_mm": 1.0,
}  # fmt: skip
WIRES_MM = (0.6, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 2.0, 2.4, 3.2)  # the usual sizes
EACH = 0.05  # what changing one more setting costs, beside how far each is changed as a share of its trained range
MOST_CHANGED, POINTS, AROUND = 4, 8000, 1000


@dataclass(frozen=True)
class Ladder:
    """The values of one setting, ascending, with the place of the one that the search starts from: the present value, or else
    the nearest trained one."""

    setting: str
    present: float
    values: np.ndarray
    start: int

    @classmethod
    def of(cls, setting: str, present: float, low: float, high: float) -> Self:
        """The settable values from `low` to `high` (the trained range), and the present one if it is among them."""
        step = STEPS.get(setting)
        if step is None:
            rungs = np.array([size for size in WIRES_MM if low <= size <= high])
        else:
            rungs = np.round(np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step, 6)
        inside = float(np.clip(present, low, high))
        values = np.unique(np.append(rungs, inside)) if inside == present or not len(rungs) else rungs
        return cls(setting, present, values, int(np.abs(values - inside).argmin()))

    @property
    def moved(self) -> bool:
        """Whether the present value is outside the trained range, so that it must change."""
        return bool(self.values[self.start] != self.present)

    def coarse(self) -> np.ndarray:
        """Places to try: close together near the start, where the smallest change is, and up to both ends."""
        away = np.unique(np.round(1.35 ** np.arange(0, 24)).astype(int))
        evenly = np.linspace(0, len(self.values) - 1, 9).round().astype(int)
        places = np.concatenate([self.start - away, self.start + away, evenly, [self.start] * self.moved]).astype(int)
        places = np.unique(places[(places >= 0) & (places < len(self.values))])
        return places if self.moved else places[places != self.start]


@dataclass(frozen=True)
class Space:
    """All combinations of the ladders' values; a point is one place on each ladder. `base` has every setting at its start."""

    base: ProcessConditions
    ladders: tuple[Ladder, ...]

    def points(self) -> np.ndarray:
        """Points [points, ladders] with one to four settings changed: every combination of coarse places where there are few,
        else a quasi-random share of them (Sobol), each set of settings getting the same share."""
        from scipy.stats import qmc  # a second to import, and only a recommendation needs it

        forced = {i for i, ladder in enumerate(self.ladders) if ladder.moved}
        most = max(min(MOST_CHANGED, len(self.ladders)), len(forced), 1)
        sets = [s for n in range(1, most + 1) for s in combinations(range(len(self.ladders)), n) if forced <= set(s)]
        share = max(POINTS // max(len(sets), 1), 64)
        found = [self.start()]
        for chosen in sets:
            levels = [self.ladders[i].coarse() for i in chosen]
            if not all(len(level) for level in levels):
                continue
            if np.prod([len(level) for level in levels]) <= share:
                places = np.array(list(product(*levels)))
            else:
                sample = qmc.Sobol(len(chosen), rng=0).random_base2(int(np.log2(share)))
                places = np.column_stack([level[(column * len(level)).astype(int)] for level, column in zip(levels, sample.T, strict=True)])
            block = np.repeat(self.start(), len(places), axis=0)
            block[:, chosen] = places
            found.append(block)
        return np.unique(np.vstack(found), axis=0)

    def start(self) -> np.ndarray:
        return np.array([[ladder.start for ladder in self.ladders]], dtype=int)

    def around(self, point: np.ndarray) -> np.ndarray:
        """The points about `point`, to the next coarse places on the ladders that it changes: what a coarse search stepped over."""
        moving = [place != ladder.start or ladder.moved for place, ladder in zip(point, self.ladders, strict=True)]
        each, spans = int(AROUND ** (1 / max(sum(moving), 1))), []
        for place, ladder in zip(point, self.ladders, strict=True):
            rungs = np.unique([*ladder.coarse(), ladder.start])
            ends = [rungs[rungs < place].max(initial=0), place, rungs[rungs > place].min(initial=len(ladder.values) - 1)]
            inner = np.unique(np.round([*np.linspace(ends[0], ends[2], each), place]).astype(int))
            spans.append(inner if place != ladder.start or ladder.moved else np.array([place]))
        return np.array(list(product(*spans)))

    def values(self, points: np.ndarray) -> np.ndarray:
        """The settings' values [points, ladders]."""
        return np.column_stack([ladder.values[points[:, i]] for i, ladder in enumerate(self.ladders)]) if self.ladders else np.zeros((len(points), 0))

    def changed(self, points: np.ndarray) -> np.ndarray:
        """Which settings differ from the present ones [points, ladders]."""
        return self.values(points) != np.array([ladder.present for ladder in self.ladders])

    def away(self, points: np.ndarray) -> np.ndarray:
        """How far each setting is from the present one, as a share of its trained range [points, ladders]."""
        return (self.values(points) - np.array([ladder.present for ladder in self.ladders])) / self.widths()

    def widths(self) -> np.ndarray:
        """The trained range of each setting; 1 where it is a single value."""
        return np.array([float(np.ptp(ladder.values)) or 1.0 for ladder in self.ladders])

    def cost(self, points: np.ndarray) -> np.ndarray:
        """How great a change is [points]: the sum of shares of the trained ranges, and EACH for each changed setting."""
        return np.asarray(np.abs(self.away(points)).sum(axis=1) + EACH * self.changed(points).sum(axis=1))

    def columns(self, points: np.ndarray) -> Mapping[str, np.ndarray]:
        """Every stated quantity [points]."""
        fixed = {name: np.full(len(points), value) for name, value in self.base.given().items() if isinstance(value, float)}
        values = self.values(points)
        return fixed | {ladder.setting: values[:, i] for i, ladder in enumerate(self.ladders)}

    def conditions(self, point: np.ndarray) -> ProcessConditions:
        values = self.values(point[None])[0]
        return self.base.model_copy(update={ladder.setting: float(value) for ladder, value in zip(self.ladders, values, strict=True)})
