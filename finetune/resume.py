"""What a killed run had done, in one line, before it goes on."""

from collections.abc import Sequence
from pathlib import Path

from finetune.config import TrainConfig
from finetune.crossfit import Data, plan
from finetune.tracking import LOG


def goes_on(work: Path, names: Sequence[str], data: Data, config: TrainConfig) -> str | None:
    """Which candidate the run in `work` had come to, or None where it is the first of its kind. Whole folds are kept on disk, and within
    one a fine-tuning by epochs, of which the engine itself tells."""
    if not (work / LOG).exists():
        return None
    folds = [(seed, number) for seed in config.seeds for number in range(len(plan(data, config, seed)))]
    done = {name: sum((work / f"{name}-{seed}-{number}.npz").exists() for seed, number in folds) for name in names}
    for place, name in enumerate(names, start=1):
        if done[name] < len(folds):
            return f"Goes on where it was stopped: candidate {place} of {len(names)}, {name}, with {done[name]} of {len(folds)} folds done."
    return f"Goes on where it was stopped: all {len(names)} candidates are compared."
