"""A segment's numbers: those that were put in, and None with a reason for those that nobody knows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.logs import log, waves
from tools.log_file import Log
from tools.segments import find
from tools.signals import Bead, measure, slow, spread


def beads(made: Log) -> list[Bead]:
    arcs = find(made.time_s, made.step_s, made.signals["current_a"])
    return [measure(made, arcs, segment, number) for number, segment in enumerate(arcs.segments, start=1)]


def one(rate_hz: float = 10.0, **signals: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    time, current, voltage = waves([(10, 200, 25)], rate_hz)
    return time, {"current_a": current, "voltage_v": voltage} | {name: np.full(len(time), value) for name, value in signals.items()}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 20), st.floats(40, 500), st.floats(10, 40)), min_size=1, max_size=4),
    st.sampled_from([5.0, 10.0, 100.0]), st.floats(1, 40),
)  # fmt: skip
def test_energy_is_what_was_put_in(made: list[tuple[float, float, float]], rate_hz: float, speed: float):
    time, current, voltage = waves(made, rate_hz)
    found = beads(log(time, current_a=current, voltage_v=voltage, travel_speed_mm_s=np.full(len(time), speed)))
    assert len(found) == len(made)
    for bead, (seconds, amps, volts) in zip(found, made, strict=True):
        lasted = round(seconds * rate_hz) / rate_hz
        assert bead.energy_kj == pytest.approx(amps * volts * lasted / 1000, rel=1e-6)
        assert bead.power_w == pytest.approx(amps * volts) and bead.duration_s == pytest.approx(lasted)
        assert bead.arc_energy_j_mm == pytest.approx(amps * volts / speed)
        assert bead.length_mm == pytest.approx(speed * lasted)
        assert bead.current_a is not None and bead.current_a.cv == pytest.approx(0, abs=1e-9)


def test_power_is_the_mean_of_the_products():
    """A pulsed arc whose voltage follows its current: the product of the means, 200 A x 25 V, would miss 1 kW."""
    time, signals = one(rate_hz=10_000)
    pulse = np.where((time * 100) % 1 < 0.5, 1.0, -1.0) * (signals["current_a"] > 0)
    [bead] = beads(log(time, current_a=signals["current_a"] + 100 * pulse, voltage_v=signals["voltage_v"] + 10 * pulse))
    assert bead.power_w == pytest.approx(200 * 25 + 100 * 10, rel=1e-3)


def test_uneven_sampling_is_weighted():
    time = np.concatenate([np.arange(0, 5, 0.1), np.arange(5, 10, 0.3)])
    current = np.where((time > 1) & (time < 9), np.where(time < 5, 100.0, 300.0), 0.0)
    [bead] = beads(log(time, current_a=current, voltage_v=np.full(len(time), 20.0)))
    assert bead.energy_kj == pytest.approx((3.95 * 100 + 4.1 * 300) * 20 / 1000, rel=0.03)


def test_interruptions_count_for_energy_and_not_for_the_mean_current():
    time, signals = one()
    signals["current_a"][80:83] = 0
    [bead] = beads(log(time, **signals))
    assert (bead.interruptions, bead.duration_s, bead.arc_s) == (1, pytest.approx(10), pytest.approx(9.7))
    assert bead.current_a is not None and bead.current_a.mean == pytest.approx(200) and bead.energy_kj == pytest.approx(5 * 9.7)


def test_speed_from_positions():
    time, signals = one(rate_hz=100)
    noise = np.random.default_rng(0).normal(0, 0.02, len(time))
    [bead] = beads(log(time, **signals, x_mm=3 * time + noise, y_mm=4 * time - noise, z_mm=np.full(len(time), 2.0)))
    assert bead.travel_speed_mm_s == pytest.approx(5, rel=0.01) and bead.length_mm == pytest.approx(50, rel=0.01)


def test_a_stated_constant_comes_before_the_log():
    time, signals = one(travel_speed_mm_s=5)
    made = log(time, **signals)
    made.settings.update(travel_speed_mm_s=10.0, process="GTAW")
    [bead] = beads(made)
    assert (bead.travel_speed_mm_s, bead.arc_energy_j_mm, bead.heat_input_j_mm) == (10, pytest.approx(500), pytest.approx(300))


def test_what_is_not_known_is_none_with_a_reason():
    time, signals = one()
    [bead] = beads(log(time, **signals))
    assert (bead.travel_speed_mm_s, bead.arc_energy_j_mm, bead.heat_input_j_mm, bead.wire_m, bead.short_circuit_share) == (None,) * 5
    assert "no travel speed and no position" in bead.unknown["travel_speed_mm_s"]
    assert "10 samples a second cannot show short circuits" in bead.unknown["short_circuit_share"]
    [moving] = beads(log(time, **signals, travel_speed_mm_s=np.full(len(time), 8.0)))
    assert moving.heat_input_j_mm is None and "process" in moving.unknown["heat_input_j_mm"]
    [still] = beads(log(time, **signals, x_mm=np.zeros(len(time))))
    assert still.arc_energy_j_mm is None and still.unknown["travel_speed_mm_s"] == "the torch does not move"


def test_wire_from_speed_or_counter():
    time, signals = one(wire_feed_speed_m_min=6)
    assert beads(log(time, **signals))[0].wire_m == pytest.approx(1.0)
    counter = np.where(time < 8, time, time - 8) * 0.1  # set to zero on the way
    assert beads(log(time, **signals, wire_consumed_m=counter))[0].wire_m == pytest.approx(0.98)


def test_short_circuits_are_seen_at_a_high_rate():
    time, signals = one(rate_hz=10_000)
    voltage = np.where((time * 50) % 1 < 0.15, 3.0, 25.0) * (signals["current_a"] > 0)
    [bead] = beads(log(time, current_a=signals["current_a"], voltage_v=voltage))
    assert bead.short_circuit_share == pytest.approx(0.15, abs=0.005) and bead.short_circuits_per_s == pytest.approx(50, rel=0.02)


def test_transients_are_the_time_to_the_steady_state():
    time, current, voltage = waves([(20, 200, 25)], noise=0.01)
    current[30:50] *= 1.5  # two seconds of hot start
    current[-40:-30] *= 0.5  # one of crater fill
    [bead] = beads(log(time, current_a=current, voltage_v=voltage))
    assert bead.start_transient_s == pytest.approx(2.0, abs=0.3) and bead.end_transient_s == pytest.approx(1.0, abs=0.3)
    assert bead.steady_current_cv is not None and bead.current_a is not None and bead.current_a.cv is not None
    assert bead.steady_current_cv < 0.03 < bead.current_a.cv


def test_a_stuck_channel_is_told():
    time, current, voltage = waves([(20, 200, 25)], noise=0.02)
    voltage[100:130] = 24.0
    [bead] = beads(log(time, current_a=current, voltage_v=voltage))
    assert bead.stuck_s == {"voltage_v": pytest.approx(2.9)}


@pytest.mark.parametrize(("lost", "known"), [(5, True), (20, False)])
def test_missing_readings(lost: int, known: bool):
    time, signals = one()
    signals["voltage_v"][50 : 50 + lost] = np.nan
    [bead] = beads(log(time, **signals))
    assert bead.missing == {"voltage_v": lost} and (bead.energy_kj is not None) == known
    assert bead.energy_kj == pytest.approx(50) if known else "missing in 20%" in bead.unknown["energy_kj"]


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_polarity_does_not_matter(sign: int):
    time, signals = one()
    [bead] = beads(log(time, current_a=sign * signals["current_a"], voltage_v=signals["voltage_v"]))
    assert bead.energy_kj == pytest.approx(50) and bead.current_a is not None and bead.current_a.mean == pytest.approx(200)


def test_alternating_current():
    time, signals = one(rate_hz=1000)
    wave = np.where((time * 60) % 1 < 0.5, 1.0, -1.0)
    assert beads(log(time, current_a=wave * signals["current_a"], voltage_v=wave * signals["voltage_v"]))[0].energy_kj == pytest.approx(50)


_CELL = st.one_of(st.floats(-1e12, 1e12), st.just(float("nan")), st.sampled_from([0.0, 22.0, 180.0]))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(_CELL, _CELL, _CELL, _CELL), min_size=2, max_size=60), st.floats(1e-5, 5))
def test_any_readings_give_finite_numbers_or_none(rows: list[tuple[float, ...]], step: float):
    values = np.array(rows).T
    made = log(np.arange(len(rows)) * step, current_a=values[0], voltage_v=values[1], travel_speed_mm_s=values[2], x_mm=values[3])

    def numbers(value: object):
        if isinstance(value, dict):
            for entry in value.values():
                yield from numbers(entry)
        elif isinstance(value, float):
            yield value

    for bead in beads(made):
        assert all(math.isfinite(number) for number in numbers(bead.to_json()))
        assert all(number >= 0 for number in (bead.duration_s, bead.arc_s, bead.energy_kj or 0, bead.power_w or 0))


def test_spread_and_slow():
    assert spread(np.array([1.0, 3.0, np.nan]), np.array([1.0, 3.0, 9.0])) == pytest.approx(spread(np.array([1.0, 3, 3, 3]), np.ones(4)))
    assert spread(np.array([np.nan]), np.ones(1)) is None
    assert slow(np.array([1.0, 3, np.nan, 5, 7, 9, 9]), 0.025).tolist() == [2, 5, 8]
    assert slow(np.array([1.0, 2.0]), 1.0).tolist() == [1, 2]
