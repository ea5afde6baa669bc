"""Outputs of the process models for thousands of settings at once, near enough to choose which few to ask the models about.

Reading a text costs ten milliseconds and more, and a head's answer to what was read a few microseconds. So what the body says of a
setting is read at a few of its values and drawn straight between them (setting by setting, as changes that add up), while the numbers
that a model also reads are exact. Where the models were asked, their own answers correct it (radial basis functions of the difference).
"""

from collections.abc import Mapping

import numpy as np

from tools.encoder import Encoder
from tools.ladders import Ladder, Space

ANCHORS = 5  # values of each setting whose texts are read
PART = 2048  # points at a time
Outputs = dict[str, np.ndarray]


class Surrogate:
    """`outputs` are raw outputs by encoder [points, outputs]; `ask` asks the models themselves, one experiment at a time as the public
    tools do: int8 inference scales a batch by its largest value, and a batch would answer slightly differently."""

    def __init__(self, encoders: Mapping[str, Encoder], space: Space) -> None:
        self.encoders, self.space = encoders, space
        self.asked: dict[tuple[int, ...], Outputs] = {}
        self._base, self._moves = {}, {}
        for name, encoder in encoders.items():
            texts, rows = encoder.as_read([space.base])
            pooled = encoder.body.pool(texts) if encoder.body else np.zeros((1, 0))
            self._base[name] = np.hstack([rows, pooled]).astype(np.float32)
            self._moves[name] = [self._along(encoder, ladder, self._base[name]) for ladder in space.ladders]

    def _along(self, encoder: Encoder, ladder: Ladder, base: np.ndarray) -> np.ndarray:
        """What each value of a setting adds to the features and to what the body says [values, features + hidden]."""
        experiments = [self.space.base.model_copy(update={ladder.setting: float(value)}) for value in ladder.values]
        texts, rows = encoder.as_read(experiments)
        if encoder.body is None:
            return np.asarray(rows - base, dtype=np.float32)
        places = np.unique([*np.linspace(0, len(texts) - 1, ANCHORS).round().astype(int), ladder.start])
        read = np.vstack([encoder.body.pool([texts[place]]) for place in places])
        at = np.log(np.maximum(ladder.values, 0.1))
        share = np.clip(np.searchsorted(at[places], at, side="right") - 1, 0, max(len(places) - 2, 0))
        after = np.minimum(share + 1, len(places) - 1)
        weight = ((at - at[places[share]]) / np.maximum(at[places[after]] - at[places[share]], 1e-12)).clip(0, 1)[:, None]
        pooled = read[share] * (1 - weight) + read[after] * weight
        return np.asarray(np.hstack([rows, pooled]) - base, dtype=np.float32)

    def _inputs(self, name: str, points: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        given = np.repeat(self._base[name], len(points), axis=0)
        for i, moves in enumerate(self._moves[name]):
            given += moves[points[:, i]]
        encoder = self.encoders[name]
        features = given[:, : encoder.features.size]
        return (given[:, encoder.features.size :] if encoder.body else None), features

    def outputs(self, points: np.ndarray) -> Outputs:
        """Raw outputs [points, outputs] of each model, uncorrected."""
        return {
            name: np.vstack([encoder.from_pooled(*self._inputs(name, part)) for part in _parts(points)]) for name, encoder in self.encoders.items()
        }

    def novelty(self, points: np.ndarray) -> np.ndarray:
        """How unlike the training records each point is [points], by the model that finds it the strangest."""
        found = [
            np.concatenate([encoder.novelty_from(*self._inputs(name, part)) for part in _parts(points)]) for name, encoder in self.encoders.items()
        ]
        return np.max(found, axis=0) if found else np.zeros(len(points))

    def ask(self, point: np.ndarray) -> Outputs:
        """The models' own raw outputs [1, outputs] at one point."""
        key = tuple(int(place) for place in point)
        if key not in self.asked:
            conditions = self.space.conditions(point)
            self.asked[key] = {name: encoder.logits(conditions)[None] for name, encoder in self.encoders.items()}
        return self.asked[key]

    def corrected(self, points: np.ndarray, outputs: Outputs) -> Outputs:
        """`outputs` at these points, moved by how far they were from the models' own answers where those were asked."""
        if not self.asked or not self.space.ladders:
            return outputs
        from scipy.interpolate import RBFInterpolator

        known = np.array(list(self.asked))
        widths = self.space.widths()
        at, where = self.space.values(known) / widths, self.space.values(points) / widths
        told = self.outputs(known)
        off = np.hstack([np.vstack([each[name] for each in self.asked.values()]) - told[name] for name in outputs])
        moved = RBFInterpolator(at, off, kernel="linear", smoothing=1e-6)(where)
        ends = np.cumsum([values.shape[1] for values in outputs.values()])
        return {name: values + part for (name, values), part in zip(outputs.items(), np.split(moved, ends[:-1], axis=1), strict=True)}


def _parts(points: np.ndarray) -> list[np.ndarray]:
    """The points in parts that keep memory small."""
    return np.array_split(points, max(1, -(-len(points) // PART)))
