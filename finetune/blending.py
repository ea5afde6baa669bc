"""Blends of models: the plain mean of all that are nearly as good as the best.

Weights that are fitted to held-out outputs fit their noise too, and plain means are hard to beat (Claeskens et al. 2016, The forecast
combination puzzle, doi:10.1016/j.ijforecast.2015.12.005); docs/LOG.md has what they did here. The mean of members within a share s of
the least RMSE is never worse than (1 + s) times it, since the error is convex.
"""

from collections.abc import Callable, Mapping

import numpy as np

NEAR = 0.1  # of the best score: what is nearly as good


def blend(oof: Mapping[str, np.ndarray], score: Callable[[np.ndarray], float]) -> dict[str, float]:
    """Weights, summing to 1, of candidates by their held-out outputs [n, …] of equal shape: equal ones for all within NEAR of the best,
    unless their mean scores worse than each of them; then the best alone.

    A higher `score` is better, and a score of nan counts as worst. Raises ValueError where there are no candidates.
    """
    if not oof:
        raise ValueError("There are no candidates to blend.")
    single = {name: _known(score(outputs)) for name, outputs in oof.items()}
    best = max(single, key=lambda name: single[name])
    near = [name for name in oof if single[name] >= single[best] - NEAR * abs(single[best])]
    mean = np.mean([oof[name] for name in near], axis=0)
    chosen = near if _known(score(mean)) >= min(single[name] for name in near) else [best]
    return {name: 1 / len(chosen) for name in chosen}


def _known(value: float) -> float:
    return float(value) if value == value else float("-inf")
