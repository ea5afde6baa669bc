"""The process models for tests: real folders whose answers have a closed form, so that a test knows the right one.

Abnormal has the logit 4·ln(v/8) + 2·ln(I/180), humping 4·ln(v/12), balling 4·ln(6/v); the heat input is 0.8·U·I/v and the energy U·I·L/v.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.tools.fakes import labels, logarithm, write_model
from tools.conditions import FEATURES
from tools.features import Features
from tools.fields import FIELDS
from tools.outputs import Calibration, Novelty

NAMES = list(FIELDS)
RANGES = {
    "current_a": (60.0, 320.0), "voltage_v": (12.0, 36.0), "travel_speed_mm_s": (2.5, 30.0), "wire_feed_speed_m_min": (1.0, 15.0),
    "wire_diameter_mm": (0.8, 1.2),
}  # fmt: skip
POOLED_PER_WORD = 0.1  # what each word of the text adds to the logit of abnormal, in the model with a body


def column(logs: Mapping[str, float], constant: float) -> list[list[float]]:
    """The matrix [FEATURES, 1] of a head: a weight for the logarithm of some quantities, and a constant that the stated current brings."""
    rows = [0.0] * FEATURES
    for name, weight in logs.items():
        rows[NAMES.index(name)] = weight
    rows[len(NAMES) + NAMES.index("current_a")] = constant
    return [[value] for value in rows]


ABNORMAL = column({"travel_speed_mm_s": 4, "current_a": 2}, -4 * math.log(8) - 2 * math.log(180))


def write_process_models(home: Path, body: bool = False, novelty: Novelty | None = None) -> Path:
    """Folders anomaly, defects, heat_input and energy under `home`/models; with `body`, anomaly reads the text too."""
    process, models = Features(process=True), home / "models"
    common: dict[str, Any] = {"training_range": RANGES, "optional": ["wire_feed_speed_m_min", "wire_diameter_mm", "material", "process"]}
    common["training_median"] = {"current_a": 150.0, "voltage_v": 20.0, "travel_speed_mm_s": 8.0}
    heads: dict[str, Any] = {"features": ABNORMAL}
    if body:
        heads["pooled"] = [[POOLED_PER_WORD], [0.0], [0.0]]
        common["max_tokens"] = 256
    write_model(models / "anomaly", [(1.0, heads)], process, "words" if body else None, novelty, output=labels("abnormal"), **common)
    balling, humping = column({"travel_speed_mm_s": -4}, 4 * math.log(6)), column({"travel_speed_mm_s": 4}, -4 * math.log(12))
    both = [[one[0], other[0], 0.0] for one, other in zip(balling, humping, strict=True)]
    write_model(models / "defects", [(1.0, {"features": both})], process, output=labels("Balling", "Humping", "Normal"), **common)
    amounts = {"calibration": Calibration(radius=(0.1,)).to_json()} | common
    power = {"current_a": 1.0, "voltage_v": 1.0, "travel_speed_mm_s": -1.0}
    write_model(models / "heat_input", [(1.0, {"features": column(power, math.log(0.8))})], process, output=logarithm("h", 0.0, 1.0), **amounts)
    amounts["training_range"] = RANGES | {"bead_length_mm": (50.0, 150.0)}
    energy = column(power | {"bead_length_mm": 1.0}, -math.log(1000))
    write_model(models / "energy", [(1.0, {"features": energy})], process, output=logarithm("e", 0.0, 1.0), **amounts)
    return home
