"""An aspect model on disk: which aspects of its field a text speaks of, and how good or bad it says that each is.

A folder holds two encoders, one a stage: `aspects`, one label each and "None" for a text without any, and `polarity`, one class of
a text together with the name of an aspect.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from tools.encoder import META, Encoder, ModelMissing, models_home
from tools.result import ModelInfo
from tools.variants import Masked, mask_token, masked

STAGES = ("aspects", "polarity")
NONE = "none"  # the label of a text without aspects, so that every record has one


@dataclass(frozen=True)
class Rating:
    """One aspect that a text speaks of: how probable that is, the probability of each polarity if it does, and the conformal set of them, which
    holds the true one as often as the model's level says."""

    aspect: str
    probability: float
    polarities: dict[str, float]
    possible: tuple[str, ...]

    @property
    def polarity(self) -> str:
        return max(self.polarities, key=lambda name: self.polarities[name])


@dataclass(frozen=True)
class Carried:
    """A word of a text and how probable the aspect is without it; `weight` is what it adds to the log-odds."""

    words: str
    probability: float
    weight: float


class AspectModel:
    """Both stages of the model in `folder`. Raises ModelMissing."""

    def __init__(self, folder: Path) -> None:
        if not (folder / META).exists():
            raise ModelMissing(f"The model {folder.name} is not built yet; run `waam models build`.")
        self.meta = json.loads((folder / META).read_text(encoding="utf-8"))
        if self.meta.get("task") != "aspect":
            raise ModelMissing(f"The model {folder.name} is no aspect model; train one with `waam finetune train --task aspect`.")
        self.aspects, self.polarity = (Encoder(folder / stage) for stage in STAGES)

    def rate(self, texts: Sequence[str]) -> list[list[Rating]]:
        """The aspects that each text speaks of, the likeliest first; none where it speaks of none."""
        outputs = self.aspects.read(texts)
        probability, chosen = self.aspects.calibration.label_probabilities(outputs), self.aspects.calibration.chosen_labels(outputs).astype(bool)
        known = [i for i, name in enumerate(self.aspects.names) if name.casefold() != NONE]
        found = [sorted((i for i in known if chosen[row, i]), key=lambda i: -probability[row, i]) for row in range(len(texts))]
        pairs = [(text, self.aspects.names[i]) for text, those in zip(texts, found, strict=True) for i in those]
        if not pairs:
            return [[] for _ in texts]
        rated = self.polarity.read([text for text, _ in pairs], [aspect for _, aspect in pairs])
        each = iter(zip(rated, self.polarity.calibration.class_sets(rated), strict=True))
        return [[self._rating(i, float(probability[row, i]), *next(each)) for i in those] for row, those in enumerate(found)]

    def _rating(self, aspect: int, probability: float, outputs: np.ndarray, possible: np.ndarray) -> Rating:
        names = tuple(name for name, inside in zip(self.polarity.names, possible, strict=True) if inside)
        return Rating(self.aspects.names[aspect], probability, self.polarity.probabilities(outputs), names)

    def carried(self, text: str, aspects: Sequence[str]) -> dict[str, list[Carried]]:
        """For each of the aspects the words of the text, in order, by how probable the aspect is while that one is masked and all else
        stays; empty for a model that reads no text."""
        body = self.aspects.body
        if body is None:
            return {aspect: [] for aspect in aspects}
        words: list[Masked] = masked(text, mask_token(self.aspects), len(body.tokenizer.encode(text).ids))
        row = np.repeat(self.aspects.rows([text]), 1 + len(words), axis=0)
        outputs = self.aspects.from_pooled(body.together([text, *(word.text for word in words)]), row)
        calibration, columns = self.aspects.calibration, {aspect: self.aspects.names.index(aspect) for aspect in aspects}
        odds, probability = outputs / calibration.temperature, calibration.label_probabilities(outputs)
        return {
            aspect: [
                Carried(word.words, float(probability[i, column]), float(odds[0, column] - odds[i, column])) for i, word in enumerate(words, 1)
            ]
            for aspect, column in columns.items()
        }  # fmt: skip

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(name=self.meta["name"], version=self.meta["version"], data_label=self.meta["data_label"])


@lru_cache(maxsize=4)
def _load(folder: Path) -> AspectModel:
    return AspectModel(folder)


def load_aspects(name: str) -> AspectModel:
    """The aspect model `name` of this machine, loaded once. Raises ModelMissing."""
    return _load(models_home() / name)
