"""The smallest changes of settings that reach every goal: chosen by a surrogate, each confirmed by the models themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tools.encoder import NOVEL
from tools.goals import Goal
from tools.ladders import Space
from tools.surrogate import Outputs, Surrogate

CANDIDATES, ROUNDS, EACH_ROUND = 3, 10, 6
PATIENCE = 18  # settings that the models are asked about before none is said to be found
STRANGE = 1.0  # the shortfall of settings that are unlike the training records
BETTER = 0.97  # a point must promise a change this much smaller than one that is known
OTHER = 2 / 3  # or change one of its settings by this much less, to be another candidate beside it


@dataclass(frozen=True)
class Found:
    """One point that the models were asked about, with how far it is from the goals and from the present settings."""

    point: np.ndarray
    outputs: Outputs
    shortfall: float
    cost: float
    away: np.ndarray  # of each setting from the present, as a share of its trained range [ladders]


@dataclass(frozen=True)
class Search:
    """`candidates` reach every goal, the smallest change first; `nearest` comes nearest where none does. `tried` settings were
    looked at, and the models were asked about `asked` of them."""

    candidates: list[Found]
    nearest: Found
    start: Found
    tried: int
    asked: int


class _Board:
    """The points looked at, with all that does not change while the models are asked."""

    def __init__(self, space: Space, surrogate: Surrogate, goals: Sequence[Goal], points: np.ndarray) -> None:
        self.space, self.surrogate, self.goals, self.points = space, surrogate, goals, points
        self.cost, self.columns, self.outputs = space.cost(points), space.columns(points), surrogate.outputs(points)
        self.away, self.groups = space.away(points), space.changed(points) @ (1 << np.arange(len(space.ladders)))
        self.strange = strangeness(space, surrogate, points)

    def shortfall(self) -> np.ndarray:
        """How far each point is from the goals, by what is known so far [points]."""
        outputs = self.surrogate.corrected(self.points, self.outputs)
        return np.asarray(self.strange + sum(goal.shortfall(self.columns, outputs) for goal in self.goals))

    def promising(self, asked: dict[tuple[int, ...], Found]) -> np.ndarray:
        """The points to ask about next [at most EACH_ROUND, ladders]: of each set of settings, the one that should reach the goals
        with the smallest change, if that would be news; where none should, and none did, those that come nearest."""
        short = self.shortfall()
        short[[tuple(point) in asked for point in self.points.tolist()]] = np.inf
        known = distinct(asked.values())
        for each in known:
            short[dominated(self.away, each.away) & (self.cost >= BETTER * each.cost)] = np.inf
        short[self.cost >= (known[-1].cost if len(known) == CANDIDATES else np.inf)] = np.inf
        order = np.lexsort((self.cost, short))
        if not np.isfinite(short[order[0]]):
            return self.points[:0]
        if short[order[0]] > 0:
            hopeless = len(asked) > PATIENCE and short[order[0]] >= BETTER * min(each.shortfall for each in asked.values())
            return self.points[:0] if known or hopeless else self.points[self._each_group(order)]
        return self.points[self._each_group(order[: int((short == 0).sum())])]

    def _each_group(self, order: np.ndarray) -> np.ndarray:
        """The first of each set of changed settings, in this order."""
        _, first = np.unique(self.groups[order], return_index=True)
        return np.asarray(order[np.sort(first)][:EACH_ROUND])


def strangeness(space: Space, surrogate: Surrogate, points: np.ndarray) -> np.ndarray:
    """The shortfall of points that are unlike the training records, if the start is not as much so [points]."""
    at_start, novelty = float(surrogate.novelty(space.start())[0]), surrogate.novelty(points)
    return np.asarray(STRANGE * ((novelty >= NOVEL) & (novelty > at_start)))


def search(space: Space, surrogate: Surrogate, goals: Sequence[Goal]) -> Search:
    """Look over the space, coarsely and then between the best coarse points and the start. No point may be unlike the training
    records, if the present settings are not."""
    asked: dict[tuple[int, ...], Found] = {}
    board = _Board(space, surrogate, goals, space.start())

    def ask(points: np.ndarray) -> None:
        for point, strange in zip(points, strangeness(space, surrogate, points), strict=True):
            outputs = surrogate.ask(point)
            short = float(sum(goal.shortfall(space.columns(point[None]), outputs)[0] for goal in goals) + strange)
            asked[tuple(point.tolist())] = Found(point, outputs, short, float(space.cost(point[None])[0]), space.away(point[None])[0])

    ask(space.start())
    start = next(iter(asked.values()))
    if space.ladders and (start.away.any() or start.shortfall > 0):
        board = _Board(space, surrogate, goals, space.points())
        refined: set[tuple[int, ...]] = set()
        for step in range(ROUNDS):
            chosen = board.promising(asked)
            best = distinct(asked.values()) or [min(asked.values(), key=lambda each: (each.shortfall, each.cost))]
            fresh = [each.point for each in best if tuple(each.point.tolist()) not in refined]
            if fresh and (not len(chosen) or step == ROUNDS - 4):
                refined |= {tuple(point.tolist()) for point in fresh}
                board = _Board(space, surrogate, goals, np.unique(np.vstack([board.points, *map(space.around, fresh)]), axis=0))
                chosen = board.promising(asked)
            if not len(chosen):
                break
            ask(chosen)
    nearest = min(asked.values(), key=lambda each: (each.shortfall, each.cost))
    return Search(distinct(asked.values()), nearest, start, len(board.points), len(asked))


def distinct(asked: Iterable[Found]) -> list[Found]:
    """Of those that reach the goals, the smallest changes that an engineer would tell apart; at most CANDIDATES, the smallest first."""
    kept: list[Found] = []
    for each in sorted((each for each in asked if each.shortfall == 0), key=lambda each: each.cost):
        if not any(dominated(each.away[None], other.away)[0] for other in kept):
            kept.append(each)
    return kept[:CANDIDATES]


def dominated(away: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which changes [points, ladders] only add to a known one [ladders]: all its settings change, and none of them much less."""
    changed = known != 0
    return np.asarray((away[:, changed] != 0).all(axis=1) & ~(np.abs(away[:, changed]) <= OTHER * np.abs(known[changed])).any(axis=1))
