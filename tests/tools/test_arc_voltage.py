"""Which voltages go with a current."""

import pytest

from tools.arc_voltage import load_voltage_v, odd_voltage
from tools.conditions import ProcessConditions


@pytest.mark.parametrize(("process", "volts"), [(None, 24.0), ("GMAW", 24.0), ("CMT", 24.0), ("GTAW", 18.0), ("PAW", 33.0)])
def test_the_conventional_load_voltage_at_200_a(process: str | None, volts: float):
    assert load_voltage_v(200, process) == pytest.approx(volts)


@pytest.mark.parametrize(("voltage_v", "odd"), [(16.1, False), (24, False), (31.9, False), (32.1, True), (15.9, True)])
def test_a_voltage_eight_volts_off_is_odd(voltage_v: float, odd: bool):
    assert (odd_voltage(ProcessConditions(current_a=200, voltage_v=voltage_v)) is not None) == odd


def test_it_is_said_with_the_usual_voltage_and_its_source():
    said = odd_voltage(ProcessConditions(current_a=102, voltage_v=36.5))
    assert said is not None and said.startswith("36.5 V at 102 A, where an arc usually has about 19 V (conventional load voltage, IEC 60974-1)")


def test_without_both_nothing_is_said():
    assert odd_voltage(ProcessConditions(current_a=102)) is None and odd_voltage(ProcessConditions(voltage_v=60)) is None
