"""The table of signals: names, units and plausible ranges agree with one another and with the canonical quantities."""

import re

import pytest

from tools.fields import FIELDS
from tools.log_channels import CHANNELS, NEEDED
from tools.units import compatible, convert


@pytest.mark.parametrize("name", CHANNELS)
def test_units_measure_the_channel(name: str):
    channel = CHANNELS[name]
    re.compile(channel.name)
    assert all(compatible(unit if unit != "us" else "microsecond", channel.unit) for unit in channel.units)
    assert channel.assumed is None or convert(1, channel.assumed, channel.unit) in (1, 1.0)


@pytest.mark.parametrize("name", [name for name in CHANNELS if name in FIELDS])
def test_usual_values_are_credible_ones(name: str):
    assert FIELDS[name].low <= CHANNELS[name].usual[0] < CHANNELS[name].usual[1] <= FIELDS[name].high


def test_what_a_log_needs():
    assert set(NEEDED) <= set(CHANNELS)
