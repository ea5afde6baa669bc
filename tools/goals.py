"""What recommended settings must reach, each goal measured for many settings at once and said in words.

A goal's shortfall is 0 where it is reached, and comparable between goals elsewhere: probability points, or a share of the bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from tools.encoder import Encoder
from tools.formulas import deposition_rate_kg_h, heat_input_j_mm
from tools.outcome import Outcome
from tools.result import Estimate

BORDER = 0.05  # a probability this near to its bound may as well be beyond it, where the model's calibration error is not known

Columns = Mapping[str, np.ndarray]  # setting → its values [experiments]
Outputs = Mapping[str, np.ndarray]  # encoder → its raw outputs [experiments, outputs]


class Goal(Protocol):
    """`wanted` says the goal in words; empty where nothing is asked and the outcome is only told."""

    @property
    def wanted(self) -> str: ...

    def shortfall(self, settings: Columns, outputs: Outputs) -> np.ndarray:
        """How far each experiment is from the goal [experiments]; 0 where it is reached."""
        ...

    def outcome(self, settings: Columns, outputs: Outputs) -> tuple[Estimate, str, str]:
        """For one experiment: the estimate, the same in words, and what is doubtful about it (empty if nothing is)."""
        ...

    def missed(self, settings: Columns, outputs: Outputs) -> str:
        """For one experiment: by how much the goal is missed, in words; empty where it is reached."""
        ...


def near_bound(outcome: Outcome, found: float, bound: float) -> str:
    """What to say of a probability that is as near to its bound as the model's calibration error; empty where there is no bound."""
    near = float(outcome.encoder.meta.get("scores", {}).get("ece", BORDER))
    if not 0 < bound < 1 or abs(found - bound) > near:
        return ""
    return f"the {outcome.title} of {found:.2f} is as near to the bound of {bound:g} as the model's calibration error, {near:.2f}"


def _by(what: str, amount: float, beyond: str) -> str:
    """Such as: the deposition rate is 0.4 kg/h below 3 kg/h."""
    return f"{what} is {float(f'{amount:.3g}'):g} {beyond}" if amount > 0 else ""


@dataclass(frozen=True)
class Sound:
    """A sound bead with a probability of at least `low`; 0 asks for nothing, but tells the probability."""

    of: Outcome
    low: float = 0.0
    name: ClassVar[str] = "anomaly"

    @property
    def encoder(self) -> Encoder:
        return self.of.encoder

    @property
    def wanted(self) -> str:
        return f"a {self.of.title} of at least {self.low:g}" if self.low else ""

    def shortfall(self, settings: Columns, outputs: Outputs) -> np.ndarray:
        return np.maximum(self.low - self.of.read(outputs[self.name]), 0)

    def outcome(self, settings: Columns, outputs: Outputs) -> tuple[Estimate, str, str]:
        found = float(self.of.read(outputs[self.name])[0])
        return Estimate(name=self.of.title, value=round(found, 4)), f"a sound bead with probability {found:.2f}", near_bound(self.of, found, self.low)

    def missed(self, settings: Columns, outputs: Outputs) -> str:
        return _by(f"the {self.of.title}", self.shortfall(settings, outputs)[0], f"below {self.low:g}")


@dataclass(frozen=True)
class FreeOf:
    """Each of these defects with a probability of at most `high`."""

    defects: tuple[Outcome, ...]
    high: float
    name: ClassVar[str] = "defects"

    @property
    def encoder(self) -> Encoder:
        return self.defects[0].encoder

    @property
    def wanted(self) -> str:
        names = " or ".join(each.title.removeprefix("probability of ") for each in self.defects)
        return f"a probability of {names} of at most {self.high:g}"

    def shortfall(self, settings: Columns, outputs: Outputs) -> np.ndarray:
        return np.asarray(sum(np.maximum(each.read(outputs[self.name]) - self.high, 0) for each in self.defects))

    def outcome(self, settings: Columns, outputs: Outputs) -> tuple[Estimate, str, str]:
        found, likeliest = max(((float(each.read(outputs[self.name])[0]), each) for each in self.defects), key=lambda pair: pair[0])
        what = likeliest.title.removeprefix("probability of ")
        words = f"{what} with probability {found:.2f}{' as the likeliest of these defects' if len(self.defects) > 1 else ''}"
        return Estimate(name=likeliest.title, value=round(found, 4)), words, near_bound(likeliest, found, self.high)

    def missed(self, settings: Columns, outputs: Outputs) -> str:
        over = [(float(each.read(outputs[self.name])[0]) - self.high, each.title) for each in self.defects]
        return ", ".join(_by(f"the {title}", by, f"above {self.high:g}") for by, title in over if by > 0)


@dataclass(frozen=True)
class HeatInput:
    """The heat input by the formula lies within the bounds (J/mm), and the model's interval does not lie wholly outside them."""

    encoder: Encoder
    process: str | None
    low: float = 0.0
    high: float = float("inf")
    name: ClassVar[str] = "heat_input"

    @property
    def wanted(self) -> str:
        if self.high == float("inf"):
            return f"a heat input of at least {self.low:g} J/mm"
        return f"a heat input of {f'{self.low:g} to ' if self.low else 'at most '}{self.high:g} J/mm"

    def formula(self, settings: Columns) -> np.ndarray:
        found: Any = heat_input_j_mm(settings["current_a"], settings["voltage_v"], settings["travel_speed_mm_s"], self.process)  # type: ignore[arg-type]
        return np.asarray(found, dtype=float)

    def interval(self, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Low and high ends of the model's interval [experiments], J/mm."""
        radius, unit = np.array(self.encoder.calibration.radius), float(self.encoder.meta.get("per_formula_unit", 1.0))
        low, high = (self.encoder.scale.decode(outputs + sign * radius)[:, 0] / unit for sign in (-1, 1))
        return low, high

    def shortfall(self, settings: Columns, outputs: Outputs) -> np.ndarray:
        low, high = self.interval(outputs["heat_input"])
        return self._beyond(self.formula(settings), self.formula(settings)) + self._beyond(high, low)

    def _beyond(self, for_low: np.ndarray, for_high: np.ndarray) -> np.ndarray:
        under = np.maximum(self.low - for_low, 0) / max(self.low, 1e-9) if self.low else np.zeros_like(for_low)
        return under + (np.maximum(for_high - self.high, 0) / self.high if self.high < float("inf") else 0)

    def outcome(self, settings: Columns, outputs: Outputs) -> tuple[Estimate, str, str]:
        value = float(f"{self.formula(settings)[0]:.4g}")
        low, high = (float(f"{end[0]:.4g}") for end in self.interval(outputs["heat_input"]))
        level = self.encoder.calibration.level
        doubt = ""
        if low < self.low or high > self.high:
            doubt = f"the model's {level:.0%} interval of the heat input, {low:g} to {high:g} J/mm, reaches beyond the bound"
        words = f"heat input {value:g} J/mm by the formula ({level:.0%} interval of the model {low:g} to {high:g} J/mm)"
        return Estimate(name="heat input", value=value, unit="J/mm", interval=(low, high), level=level), words, doubt

    def missed(self, settings: Columns, outputs: Outputs) -> str:
        what, value = "the heat input by the formula", float(self.formula(settings)[0])
        ends = (value, value)
        if self.low <= value <= self.high:  # then it is the model that does not agree
            low, high = self.interval(outputs["heat_input"])
            what, ends = "the whole interval of the model's heat input", (float(high[0]), float(low[0]))
        return _by(what, self.low - ends[0], f"J/mm below {self.low:g} J/mm") or _by(what, ends[1] - self.high, f"J/mm above {self.high:g} J/mm")


@dataclass(frozen=True)
class DepositionRate:
    """At least `low` kg/h of wire, by conservation of mass."""

    low: float
    density_kg_m3: float

    @property
    def wanted(self) -> str:
        return f"a deposition rate of at least {self.low:g} kg/h"

    def rate(self, settings: Columns) -> np.ndarray:
        wires = zip(settings["wire_diameter_mm"], settings["wire_feed_speed_m_min"], strict=True)
        return np.array([deposition_rate_kg_h(diameter, feed, self.density_kg_m3) for diameter, feed in wires])

    def shortfall(self, settings: Columns, outputs: Outputs) -> np.ndarray:
        return np.maximum(self.low - self.rate(settings), 0) / self.low

    def outcome(self, settings: Columns, outputs: Outputs) -> tuple[Estimate, str, str]:
        value = float(f"{self.rate(settings)[0]:.4g}")
        return Estimate(name="deposition rate", value=value, unit="kg/h"), f"deposition rate {value:g} kg/h", ""

    def missed(self, settings: Columns, outputs: Outputs) -> str:
        return _by("the deposition rate", self.low - self.rate(settings)[0], f"kg/h below {self.low:g} kg/h")
