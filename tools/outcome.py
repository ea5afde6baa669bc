"""One number out of what a process model answers, for many experiments at once: a probability or an amount in its unit.

What the public tools say of one experiment, said of a batch: a search and an explanation compare hundreds.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from tools import anomaly, defects, energy, heat_input
from tools.conditions import ProcessConditions
from tools.encoder import Encoder, load_encoder
from tools.model_input import known_to
from tools.result import ToolInputError

Target = Literal["anomaly", "defects", "heat_input", "energy"]
REQUIRED = {"anomaly": anomaly.REQUIRED, "defects": defects.REQUIRED, "heat_input": heat_input.REQUIRED, "energy": energy.REQUIRED}
_AMOUNTS = {"heat_input": ("heat input", "J/mm"), "energy": ("energy of one bead", "kJ")}


@dataclass(frozen=True)
class Outcome:
    """One number of a model's answer. `title` is what it is called; `unit` is None for a probability; `label` is the place of
    the defect or of abnormal among the outputs."""

    encoder: Encoder
    title: str
    unit: str | None = None
    label: int = 0
    sound: bool = False  # the probability that `label` is not so

    def read(self, outputs: np.ndarray) -> np.ndarray:
        """The number [experiments] in raw outputs [experiments, outputs]."""
        if self.unit is not None:
            return self.encoder.scale.decode(outputs)[:, 0] / float(self.encoder.meta.get("per_formula_unit", 1.0))
        rated = probabilities(self.encoder, outputs)[:, self.label]
        return 1 - rated if self.sound else rated

    def shown(self, value: float) -> str:
        """The number as a reader needs it: two decimals of a probability, four digits of an amount with its unit."""
        return f"{value:.2f}" if self.unit is None else f"{value:.4g} {self.unit}"


def probabilities(encoder: Encoder, outputs: np.ndarray) -> np.ndarray:
    """Calibrated probability of each label or class [experiments, labels]."""
    calibration = encoder.calibration
    return calibration.class_probabilities(outputs) if encoder.meta["output"]["kind"] == "classes" else calibration.label_probabilities(outputs)


def outcome_of(target: str, conditions: ProcessConditions, defect: str | None = None) -> Outcome:
    """What is asked of `target`: the probability of a sound bead, of `defect` (by default the likeliest one of this experiment),
    the heat input or the energy. Raises ToolInputError for an unknown target or defect, ModelMissing."""
    if target not in get_args(Target):
        raise ToolInputError(f"Target must be one of {', '.join(get_args(Target))}, not {str(target)[:40]!r}.")
    if defect is not None and target != "defects":
        raise ToolInputError("A defect can only be named with target='defects'.")
    encoder = load_encoder(target)
    if target in _AMOUNTS:
        title, unit = _AMOUNTS[target]
        return Outcome(encoder, title, unit)
    if target == "anomaly":
        return Outcome(encoder, "probability of a sound bead", label=len(encoder.names) - 1, sound=True)
    known = [name for name in encoder.names if name != "Normal"]
    if defect is None:
        rated = encoder.probabilities(encoder.logits(known_to(encoder, conditions, REQUIRED[target])[0]))
        defect = max(known, key=lambda name: rated[name])
    name = defect_named(defect, known)
    return Outcome(encoder, f"probability of {name.lower()}", label=encoder.names.index(name))


def defect_named(text: str, known: list[str]) -> str:
    """The one of `known` defects that `text` names, whatever its case. Raises ToolInputError."""
    for name in known:
        if isinstance(text, str) and name.lower() == text.strip().lower().replace("_", " "):
            return name
    raise ToolInputError(f"There is no defect called {str(text)[:40]!r}; the model knows {', '.join(known)}.")
