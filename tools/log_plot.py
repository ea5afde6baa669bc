"""What a person would look at in a log: the signals over time with the arc-on segments and the events, and the heat input of each layer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from tools import figures
from tools.log_anomalies import OUTLYING, Event
from tools.log_file import Log
from tools.signals import Bead

POINTS = 2000  # columns of the plot: each shows the least, middle and largest of its rows
COLOURS = {"current_a": figures.BLUE, "voltage_v": figures.VERMILION, "power_w": figures.GREEN}
LABELS = {
    "current_a": "current, A", "voltage_v": "voltage, V", "power_w": "power, kW", "wire_feed_speed_m_min": "wire feed, m/min",
    "travel_speed_mm_s": "travel, mm/s", "gas_flow_l_min": "gas, L/min",
}  # fmt: skip
MARKS = {"spike": "v", "shift": "s", "interruption": "x"}
MOST_BARS, MOST_NUMBERS = 60, 25


def draw(log: Log, beads: Sequence[Bead], events: Sequence[Event], folder: Path) -> list[Path]:
    """Write the plots into `folder` as PNG and SVG, named after the log; returns the files."""
    drawn = {"signals": signals(log, beads, events)}
    if len(_groups(beads)[1]) > 1:  # else there is nothing to compare
        drawn["heat_input"] = heat_input(beads)
    stem = "".join(c if c.isalnum() or c in "-_." else "_" for c in log.path.stem)[:80] or "log"
    return [figures.save(figure, folder / f"{stem}_{name}{suffix}") for name, figure in drawn.items() for suffix in (".png", ".svg")]


@figures.styled
def signals(log: Log, beads: Sequence[Bead], events: Sequence[Event]) -> Figure:
    """Current, voltage, power and what else was watched over time; arc-on segments shaded, events marked."""
    shown = {name: values for name, values in log.signals.items() if name in LABELS and name != "power_w"}
    order = ["current_a", "voltage_v", "power_w", *(name for name in LABELS if name in shown and name not in COLOURS)]
    shown["power_w"] = log.signals["current_a"] * log.signals["voltage_v"] / 1000
    figure = figures.blank(1.1 + 1.35 * len(order))
    axes = figure.subplots(len(order), 1, sharex=True, squeeze=False)[:, 0]
    for ax, name in zip(axes, order, strict=True):
        _line(ax, log.time_s, shown[name], COLOURS.get(name, figures.PURPLE))
        for bead in beads:
            ax.axvspan(bead.start_s, bead.end_s, color=figures.SKY, alpha=0.18, linewidth=0)
        ax.set_ylabel(LABELS[name])
        ax.grid(axis="y")
        _limit(ax, log, shown[name], beads)
        _mark(ax, [event for event in events if event.channel == name or (event.kind == "interruption" and name == "current_a")])
    outlying = {event.segment for event in events if event.kind == OUTLYING}
    for bead in beads if len(beads) > 1 else ():
        if bead.number in outlying or len(beads) <= MOST_NUMBERS:
            colour, weight = (figures.VERMILION, "bold") if bead.number in outlying else (figures.INK, "normal")
            at = ((bead.start_s + bead.end_s) / 2, 1)
            axes[0].annotate(
                str(bead.number), at, xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=7, color=colour, fontweight=weight
            )
    axes[-1].set_xlabel("time, s")
    axes[0].set_title(figures.shown(log.path.name, 70), pad=16 if len(beads) > 1 else 6)
    found = {event.kind for event in events}
    handles: list[Line2D | Patch] = [Patch(color=figures.SKY, alpha=0.3, label="arc on")]
    handles += [Line2D([], [], color=figures.INK, ls="none", marker=marker, label=kind) for kind, marker in MARKS.items() if kind in found]
    handles += [Line2D([], [], color=figures.INK, ls="--", label="drift")] if "drift" in found else []
    handles += [Line2D([], [], color=figures.VERMILION, ls="none", marker="$n$", label=OUTLYING)] if outlying else []
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles) if len(handles) < 5 else 3)
    return figure


@figures.styled
def heat_input(beads: Sequence[Bead]) -> Figure:
    """Bars of heat input (arc energy where the process is not known) for each layer, or for each segment without layers; the mean by
    length, with the least and largest of its segments as a line."""
    name, groups, layers = _groups(beads)
    at = sorted(groups)[:MOST_BARS]
    values = [[getattr(bead, name) / 1000 for bead in groups[key]] for key in at]
    means = [float(np.average(v, weights=[bead.length_mm or 1 for bead in groups[key]])) for v, key in zip(values, at, strict=True)]
    figure = figures.blank(3.0)
    ax = figure.subplots()
    ax.bar([str(key) for key in at], means, color=figures.BLUE, width=0.7)
    for place, v in enumerate(values):
        if len(v) > 1:
            ax.vlines(place, min(v), max(v), color=figures.INK, linewidth=1.2)
    if len(at) > 15:
        ax.set_xticks(range(0, len(at), -(-len(at) // 15)))
    what, of = ("Heat input" if name == "heat_input_j_mm" else "Arc energy"), ("layer" if layers else "segment")
    ax.set_title(f"{what} of each {of}" + (f" (the first {MOST_BARS} of {len(groups)})" if len(groups) > MOST_BARS else ""))
    ax.set_xlabel(of)
    ax.set_ylabel("kJ/mm")
    ax.grid(axis="y")
    ax.set_xlim(-0.8, max(len(at), 4) - 0.2)
    return figure


def _groups(beads: Sequence[Bead]) -> tuple[str, dict[int, list[Bead]], bool]:
    """(what is drawn, the segments for which it is known by layer or, without layers, by number, whether these are layers)."""
    name = "heat_input_j_mm" if any(bead.heat_input_j_mm is not None for bead in beads) else "arc_energy_j_mm"
    known = [bead for bead in beads if getattr(bead, name) is not None and bead.length_mm]
    layers = all(bead.layer is not None for bead in known)
    groups: dict[int, list[Bead]] = {}
    for bead in known:
        groups.setdefault(bead.layer if layers and bead.layer is not None else bead.number, []).append(bead)
    return name, groups, layers


def _line(ax: Axes, time: np.ndarray, values: np.ndarray, colour: str) -> None:
    """The signal; of a long one the band from least to largest and the middle, POINTS across."""
    per = len(values) // POINTS
    if per < 2:
        ax.plot(time, values, color=colour, linewidth=0.9)
        return
    blocks = np.ma.masked_invalid(values[: per * (len(values) // per)].reshape(-1, per))
    middle = time[: blocks.size].reshape(-1, per).mean(axis=1)
    ax.fill_between(middle, blocks.min(axis=1).filled(np.nan), blocks.max(axis=1).filled(np.nan), color=colour, alpha=0.3, linewidth=0)
    ax.plot(middle, blocks.mean(axis=1).filled(np.nan), color=colour, linewidth=0.9)


def _limit(ax: Axes, log: Log, values: np.ndarray, beads: Sequence[Bead]) -> None:
    """Scale to what is read while the arc burns; open-circuit voltage may leave the plot at the top."""
    burning = np.zeros(len(values), dtype=bool)
    for bead in beads:
        burning[np.searchsorted(log.time_s, bead.start_s) : np.searchsorted(log.time_s, bead.end_s) + 1] = True
    read = values[burning & np.isfinite(values)]
    if len(read):
        low, high = float(min(np.quantile(read, 0.001), 0)), float(max(np.quantile(read, 0.999), 0))
        ax.set_ylim(low * 1.15, (high if high > low else low + 1) * 1.15)


def _mark(ax: Axes, events: Sequence[Event]) -> None:
    top = ax.get_ylim()[1]
    above = offset_copy(ax.transData, fig=ax.get_figure(root=True), y=7, units="points")  # beside the peak, not on it
    for kind, marker in MARKS.items():
        of = [event for event in events if event.kind == kind]
        heights = [0.0 if kind == "interruption" else min((event.expected or 0) + max(event.size, 0), 0.9 * top) for event in of]
        middles = [(event.time_s + event.end_s) / 2 for event in of]
        ax.plot(middles, heights, linestyle="", marker=marker, markersize=4.5, color=figures.INK, zorder=4, transform=above)
    for event in events:
        if event.kind == "drift" and event.expected is not None:
            ends = [event.expected - event.size / 2, event.expected + event.size / 2]
            ax.plot([event.time_s, event.end_s], ends, "--", color=figures.INK, linewidth=1.2)
