"""Blends of models by greedy forward selection (Caruana et al. 2004, Ensemble selection from libraries of models)."""

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

ENOUGH = 1e-9  # a gain below this is a tie


def blend(oof: Mapping[str, np.ndarray], score: Callable[[np.ndarray], float], most: int = 6) -> dict[str, float]:
    """Weights, summing to 1, of the candidates whose averaged held-out outputs score best.

    Starts from the best candidate and adds, with replacement, up to `most` picks in all the one that helps most; stops
    where none helps, so a tie goes to fewer members. Outputs [n, …] of equal shape; a higher `score` is better, and a
    score of nan counts as worst. Raises ValueError where there are no candidates.
    """
    if not oof:
        raise ValueError("There are no candidates to blend.")

    def scored(outputs: np.ndarray) -> float:
        value = float(score(outputs))
        return value if value == value else float("-inf")

    single = {name: scored(outputs) for name, outputs in oof.items()}
    picks = [max(single, key=lambda name: single[name])]
    total, best, kept = np.array(oof[picks[0]], dtype=float), single[picks[0]], 1
    while len(picks) < most:
        tried = {name: scored((total + outputs) / (len(picks) + 1)) for name, outputs in oof.items()}
        name = max(tried, key=lambda name: (tried[name], name in picks))
        picks.append(name)
        total = total + oof[name]
        if tried[name] > best + ENOUGH:
            best, kept = tried[name], len(picks)
    counts = Counter(picks[:kept])
    return {name: count / kept for name, count in counts.items()}
