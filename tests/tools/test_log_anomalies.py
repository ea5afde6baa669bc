"""Events: those that were put in are found where they were put, and a steady run has none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.logs import log, waves
from tools.log_anomalies import METHOD, OUTLYING, anomalies, between, within
from tools.segments import find
from tools.signals import Bead, measure


def noisy(seconds: float = 30.0, share: float = 0.02, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    times = np.arange(0, seconds, 0.1)
    return times, 200 * (1 + share * np.random.default_rng(seed).normal(size=len(times)))


def events(times: np.ndarray, values: np.ndarray):
    return within(times, values, 1, "current_a", "A")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.05])
def test_a_steady_run_has_few_events(share: float):
    found = [event for seed in range(20) for event in events(*noisy(share=share, seed=seed))]
    assert len(found) <= 1, "at most one in ten minutes"


def test_a_spike_is_found_with_its_time_and_size():
    times, values = noisy()
    values[150:152] += 80
    [event] = events(times, values)
    assert (event.kind, event.channel, event.segment, event.unit) == ("spike", "current_a", 1, "A")
    assert event.time_s == pytest.approx(15.0, abs=0.11) and event.size == pytest.approx(80, abs=15) and event.score is not None and event.score > 6


def test_a_shift_is_found_with_its_time_and_size():
    times, values = noisy()
    values[150:] += 30
    [event] = events(times, values)
    assert event.kind == "shift" and event.time_s == pytest.approx(15.0, abs=1.0) and event.size == pytest.approx(30, abs=6)


def test_there_and_back_are_two_shifts():
    times, values = noisy()
    values[100:180] -= 40
    assert [(event.kind, event.size > 0) for event in events(times, values)] == [("shift", True), ("shift", False)]


def test_drift_is_its_change_over_the_segment():
    times, values = noisy()
    values += np.linspace(0, -30, len(values))
    [event] = events(times, values)
    assert event.kind == "drift" and event.size == pytest.approx(-30, abs=6)


def test_an_unsteady_run_does_not_hide_its_swings():
    times, values = noisy()
    values[np.random.default_rng(1).random(len(values)) < 0.4] *= 0.4
    assert sum(event.kind == "spike" for event in events(times, values)) > 10


def test_a_set_value_has_no_noise_of_its_own():
    times = np.arange(0, 30, 0.1)
    values = np.full(len(times), 15.0)
    assert events(times, values) == []
    values[100] = 14.5
    assert events(times, values) == [], "less than five per cent"
    values[100] = 6.0
    assert [event.kind for event in events(times, values)] == ["spike"]


@pytest.mark.parametrize("rows", [0, 1, 5, 29])
def test_too_few_rows_say_nothing(rows: int):
    assert events(np.arange(rows) * 0.1, np.arange(rows) * 1.0) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=30, max_size=90), st.floats(1e-4, 10))
def test_any_signal_gives_finite_events(values: list[float], step: float):
    times = np.arange(len(values)) * step
    for event in events(times, np.array(values)):
        assert event.kind in METHOD and times[0] <= event.time_s <= event.end_s <= times[-1]
        assert all(np.isfinite(number) for number in event.to_json().values() if isinstance(number, float))


def bead(number: int, power: float, **more: float) -> Bead:
    return Bead(number, None, number * 10.0, number * 10.0 + 5, 5, 5, 50, 0, power_w=power, **more)  # type: ignore[arg-type]


def test_a_segment_unlike_the_others():
    beads = [bead(n, 4000 + n, arc_energy_j_mm=500.0 if n != 3 else 700.0) for n in range(6)]
    [event] = between(beads)
    assert (event.kind, event.segment, event.channel, event.size) == (OUTLYING, 3, "arc_energy_j_mm", 200)
    assert between(beads[:4]) == [], "four are too few to say what is usual"


def test_transients_are_no_events_and_interruptions_are():
    time, current, voltage = waves([(30, 200, 25)], noise=0.01)
    current[30:40] *= 1.6
    current[200:203] = 0
    made = log(time, current_a=current, voltage_v=voltage)
    arcs = find(time, 0.1, current)
    beads = [measure(made, arcs, segment, 1) for segment in arcs.segments]
    [event] = anomalies(made, arcs.segments, beads)
    assert (event.kind, event.time_s, event.size) == ("interruption", pytest.approx(20), pytest.approx(0.3))
