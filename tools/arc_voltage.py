"""The voltage that usually goes with a current: a yardstick for settings that a model likes and no arc would hold."""

from tools.conditions import ProcessConditions

# Conventional load voltage U2 = a + b·I2 that power sources are rated and tested at, IEC 60974-1, up to 600 A: MIG/MAG, TIG, plasma.
LOAD_VOLTAGE = {"GMAW": (14.0, 0.05), "CMT": (14.0, 0.05), "GTAW": (10.0, 0.04), "PAW": (25.0, 0.04)}
SOURCE = "conventional load voltage, IEC 60974-1"
FAR_V = 8.0  # real arcs of 0.8 to 1.6 mm wire lie some volts to either side, CMT below and long spray arcs above (assumption)


def load_voltage_v(current_a: float, process: str | None = None) -> float:
    """Conventional load voltage in V for a current in A; without a process that of GMAW."""
    at_rest, slope = LOAD_VOLTAGE[process or "GMAW"]
    return at_rest + slope * current_a


def odd_voltage(conditions: ProcessConditions) -> str | None:
    """That the voltage is far from what goes with the current, in words that follow the name of the settings; None where it is not."""
    current_a, voltage_v = conditions.current_a, conditions.voltage_v
    if current_a is None or voltage_v is None or abs(voltage_v - (usual := load_voltage_v(current_a, conditions.process))) <= FAR_V:
        return None
    usually = f"where an arc usually has about {usual:.0f} V ({SOURCE})"
    return f"{voltage_v:.3g} V at {current_a:.3g} A, {usually}: hardly weldable; the model does not know that"
