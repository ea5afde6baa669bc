"""Heat input per length of bead."""

from typing import Unpack

from tools.conditions import Settings
from tools.encoder import conditions_for, load_encoder
from tools.formulas import EFFICIENCY_SOURCE, THERMAL_EFFICIENCY, heat_input_j_mm
from tools.regression import predict
from tools.result import ToolResult

REQUIRED = ("current_a", "voltage_v", "travel_speed_mm_s")


def predict_heat_input(**settings: Unpack[Settings]) -> ToolResult:
    """Heat input of one bead per length, in J/mm (J/mm, kJ/mm, kJ/cm), with an interval and the formula k·U·I/v."""
    c = conditions_for(settings, REQUIRED)
    formula = heat_input_j_mm(c.current_a, c.voltage_v, c.travel_speed_mm_s, c.process)  # type: ignore[arg-type]
    k = THERMAL_EFFICIENCY[c.process or "GMAW"]
    text = f"k·U·I/v with k = {k:g} for {c.process or 'GMAW'} ({EFFICIENCY_SOURCE})"
    result = predict("predict_heat_input", "heat input", "J/mm", load_encoder("heat_input"), c, REQUIRED, formula, text)
    if c.process is None:
        result.warnings.append("Process not stated: k = 0.8 of GMAW is assumed in the formula; GTAW and PAW have 0.6.")
    return result
