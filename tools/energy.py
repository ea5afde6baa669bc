"""Arc energy of one whole bead."""

from typing import Unpack

from tools.conditions import Settings
from tools.encoder import conditions_for, load_encoder
from tools.formulas import bead_energy_kj
from tools.regression import predict
from tools.result import ToolResult

REQUIRED = ("current_a", "voltage_v", "travel_speed_mm_s", "bead_length_mm")


def predict_energy(**settings: Unpack[Settings]) -> ToolResult:
    """Total arc energy of one bead in kJ; needs the bead length. With an interval and the formula U·I·L/v."""
    c = conditions_for(settings, REQUIRED)
    formula = bead_energy_kj(c.current_a, c.voltage_v, c.travel_speed_mm_s, c.bead_length_mm)  # type: ignore[arg-type]
    return predict("predict_energy", "energy of one bead", "kJ", load_encoder("energy"), c, REQUIRED, formula, "U·I·L/v (ISO/TR 18491)")
