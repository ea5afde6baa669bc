"""The plots show what was found, and are written as PNG and SVG."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.tools.logs import log, waves
from tools import figures, log_plot
from tools.log_anomalies import OUTLYING, Event, anomalies
from tools.segments import find
from tools.signals import Bead, measure


def made(rate_hz: float = 10.0, beads: int = 3, **more: float):
    time, current, voltage = waves([(8, 200, 25)] * beads, rate_hz, noise=0.01)
    current[round(6.9 * rate_hz) : round(7.1 * rate_hz)] += 90
    signals = {name: np.full(len(time), value) for name, value in more.items()}
    read = log(time, current_a=current, voltage_v=voltage, **signals)
    arcs = find(time, read.step_s, current)
    found = [measure(read, arcs, segment, number) for number, segment in enumerate(arcs.segments, start=1)]
    return read, found, anomalies(read, arcs.segments, found)


def texts(figure: Figure) -> str:
    return " ".join(" ".join(ET.fromstring(figures.svg(figure)).itertext()).split())


def test_segments_are_shaded_and_events_marked():
    read, beads, events = made(gas_flow_l_min=15)
    assert [event.kind for event in events] == ["spike"]
    figure = log_plot.signals(read, beads, events)
    current, voltage, power, gas = figure.axes
    assert [ax.get_ylabel() for ax in figure.axes] == ["current, A", "voltage, V", "power, kW", "gas, L/min"]
    assert all(len(ax.patches) == 3 for ax in figure.axes)
    assert current.patches[0].get_extents() is not None
    marked = [line.get_xdata()[0] for line in current.lines if line.get_marker() == "v" and len(line.get_xdata())]
    assert marked == [pytest.approx(events[0].time_s, abs=0.2)]
    assert not any(len(line.get_xdata()) for ax in (voltage, power, gas) for line in ax.lines if line.get_marker() == "v")
    assert "spike" in texts(figure) and "arc on" in texts(figure) and "made.csv" in texts(figure)


def test_other_kinds_of_events():
    read, beads, _ = made()
    events = [
        Event(4, 10, 1, "current_a", "drift", -20.0, 200.0, "A", None),
        Event(14, 22, 2, "power_w", OUTLYING, 900.0, 5000.0, "W", 9.0),
        Event(5, 5.3, 1, "arc_on", "interruption", 0.3, None, "s", None),
        Event(6, 6, 1, "voltage_v", "shift", 3.0, 25.0, "V", 5.0),
    ]
    figure = log_plot.signals(read, beads, events)
    assert all(word in texts(figure) for word in ("drift", OUTLYING, "interruption", "shift"))
    [drift] = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert (list(drift.get_xdata()), list(drift.get_ydata())) == ([4, 10], [210, 190])


def test_a_long_log_is_drawn_as_a_band_that_keeps_its_extremes():
    read, beads, events = made(rate_hz=2000)
    figure = log_plot.signals(read, beads, events)
    [band] = figure.axes[0].collections
    assert band.get_paths()[0].vertices[:, 1].max() == pytest.approx(read.signals["current_a"].max())
    assert len(figure.axes[0].lines[0].get_xdata()) <= 2 * log_plot.POINTS


def test_heat_input_by_layer_is_weighted_by_length():
    _, beads, _ = made(beads=4, travel_speed_mm_s=8)
    for bead, layer, heat, length in zip(beads, (1, 1, 2, 3), (400.0, 500.0, 600.0, None), (100.0, 300.0, 50.0, 50.0), strict=True):
        bead.layer, bead.heat_input_j_mm, bead.length_mm = layer, heat, length
    figure = log_plot.heat_input(beads)
    assert [bar.get_height() for bar in figure.axes[0].patches] == pytest.approx([0.475, 0.6])
    assert "Heat input of each layer" in texts(figure)
    beads[0].layer = None
    assert "Heat input of each segment" in texts(log_plot.heat_input(beads))


def test_files(tmp_path: Path):
    read, beads, events = made(travel_speed_mm_s=8)
    read = replace(read, path=Path("a wall/№ 3 $x$.csv"))
    names = [path.name for path in log_plot.draw(read, beads, events, tmp_path)]
    assert len(names) == 4 and {Path(name).suffix for name in names} == {".png", ".svg"} and all((tmp_path / name).stat().st_size for name in names)
    alone: list[Bead] = beads[:1]
    assert len(log_plot.draw(read, alone, events, tmp_path)) == 2, "one bar is nothing to compare"


def test_a_log_without_arc_is_drawn_too():
    time = np.arange(50) / 10
    figure = log_plot.signals(log(time, current_a=np.full(50, np.nan), voltage_v=np.zeros(50)), [], [])
    assert len(figure.axes) == 3
