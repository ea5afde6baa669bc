"""Arc-on segments and layers of made logs are found as they were made."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.logs import waves
from tools.segments import Segment, find, layered, threshold, widths


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 8), st.floats(30, 500), st.floats(10, 40)), min_size=1, max_size=5),
    st.sampled_from([2.0, 9.0, 10.0, 100.0, 1000.0]),
)
def test_made_segments_are_found(beads: list[tuple[float, float, float]], rate_hz: float):
    time, current, _ = waves(beads, rate_hz, noise=0.02)
    arcs = find(time, 1 / rate_hz, current)
    assert len(arcs.segments) == len(beads)
    for segment, (seconds, _, _) in zip(arcs.segments, beads, strict=True):
        assert arcs.widths_s[segment.start : segment.stop].sum() == pytest.approx(round(seconds * rate_hz) / rate_hz, abs=1.01 / rate_hz)
        assert (current[segment.start : segment.stop] > 0).all()


@pytest.mark.parametrize(("working", "expected"), [(160, 20), (300, 20), (60, 9), (20, 5)])
def test_the_threshold_follows_the_working_current(working: float, expected: float):
    assert threshold(np.concatenate([np.zeros(100), np.full(100, float(working))])) == expected


def test_an_idle_reading_that_is_not_zero():
    time, current, _ = waves([(10, 200, 22)])
    arcs = find(time, 0.1, current + 30)
    assert arcs.threshold_a is not None and 30 < arcs.threshold_a < 115
    assert len(arcs.segments) == 1 and arcs.segments[0].stop - arcs.segments[0].start == 100


def test_the_rule_is_stated_and_can_be_set():
    time, current, _ = waves([(5, 100, 20)])
    assert find(time, 0.1, current).rule == "current above 15 A; interruptions up to 0.5 s joined, segments under 0.5 s left out"
    assert find(time, 0.1, current, threshold_a=120).segments == []


def test_pulses_are_one_arc():
    time = np.arange(0, 5, 1 / 5000)
    current = np.where((time > 1) & (time < 4), np.where((time * 100) % 1 < 0.3, 350.0, 2.0), 0.0)
    [segment] = find(time, 1 / 5000, current).segments
    assert time[segment.start] == pytest.approx(1, abs=0.01) and time[segment.stop - 1] == pytest.approx(4, abs=0.01) and not segment.dropouts


@pytest.mark.parametrize(("out_s", "segments", "dropouts"), [(0.3, 1, 1), (0.5, 1, 1), (0.8, 2, 0)])
def test_short_interruptions_are_joined(out_s: float, segments: int, dropouts: int):
    time, current, _ = waves([(10, 180, 22)])
    current[80 : 80 + round(out_s * 10)] = 0
    found = find(time, 0.1, current).segments
    assert (len(found), sum(len(segment.dropouts) for segment in found)) == (segments, dropouts)
    assert sum(segment.burning().sum() for segment in found) == 100 - round(out_s * 10)


def test_a_failed_ignition_is_no_bead():
    time, current, _ = waves([(0.2, 180, 22), (10, 180, 22)])
    arcs = find(time, 0.1, current)
    assert len(arcs.segments) == 1 and arcs.strikes == [(30, 32)]


def test_a_flag_comes_before_the_current():
    time, current, _ = waves([(10, 180, 22)])
    arcs = find(time, 0.1, current, flag=(np.arange(len(time)) < 60).astype(float))
    assert arcs.threshold_a is None and arcs.rule.startswith("the arc-on flag")
    assert (arcs.segments[0].start, arcs.segments[0].stop) == (0, 60)


def test_a_gap_in_the_sampling_ends_a_segment_and_counts_no_time():
    time, current, _ = waves([(10, 180, 22)])
    time[80:] += 60
    arcs = find(time, 0.1, current)
    assert len(arcs.segments) == 2 and arcs.gaps == [79]
    assert arcs.widths_s.sum() == pytest.approx(16.0)


def test_a_lost_reading_is_no_interruption():
    time, current, _ = waves([(10, 180, 22)])
    current[60:63] = np.nan
    [segment] = find(time, 0.1, current).segments
    assert segment.dropouts == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(float("nan"))), min_size=2, max_size=60), st.floats(1e-4, 2))
def test_any_current_gives_ordered_segments(current: list[float], step: float):
    time = np.arange(len(current)) * step
    arcs = find(time, step, np.array(current))
    assert all(a.stop <= b.start for a, b in zip(arcs.segments, arcs.segments[1:], strict=False))
    assert all(0 <= s.start < s.stop <= len(time) and s.burning().any() for s in arcs.segments)
    assert np.isfinite(arcs.widths_s).all() and arcs.widths_s.sum() == pytest.approx(len(time) * step)


def test_widths_add_up():
    width, gaps = widths(np.array([0.0, 1, 2, 12, 13]), 1.0)
    assert width.tolist() == [1, 1, 1, 1, 1] and gaps == [2]


def test_heights_are_layers():
    z = np.repeat([1.0, 3.2, 1.02, 5.4], 10)
    parts, rule = layered([Segment(0, 10), Segment(10, 20), Segment(20, 30), Segment(30, 40)], z)
    assert [part.layer for part in parts] == [1, 2, 1, 3] and "0.5 mm" in rule


def test_a_step_up_without_an_arc_off_divides():
    z = np.concatenate([np.full(50, 1.0), np.full(50, 3.0)])
    parts, _ = layered([Segment(0, 100, ((20, 22), (70, 72)))], z)
    assert [(p.start, p.stop, p.layer, p.dropouts) for p in parts] == [(0, 50, 1, ((20, 22),)), (50, 100, 2, ((70, 72),))]


def test_a_slope_is_no_step():
    assert len(layered([Segment(0, 100)], np.linspace(0, 30, 100))[0]) == 1


def test_a_layer_number_comes_before_the_height():
    parts, rule = layered([Segment(0, 5), Segment(5, 10)], np.zeros(10), np.repeat([4.0, 7.0], 5))
    assert [part.layer for part in parts] == [4, 7] and rule == "the log's layer number"


@pytest.mark.parametrize("z", [None, np.full(10, np.nan)])
def test_without_a_height_each_segment_is_a_bead(z: np.ndarray | None):
    parts, rule = layered([Segment(0, 10)], z)
    assert parts[0].layer is None and "each segment is a bead" in rule
