"""The plots of a data file: what its splits hold, side by side; arrays and counts in, matplotlib Figure out."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from tools.figures import BLUE, COLOURS, GRID, INK, SKY, VERMILION, beside, blank, legend, named_rows, shown, styled

MOST_BARS = 20


@styled
def label_combinations(counts: Mapping[str, int], title: str = "Label combinations") -> Figure:
    """How often each target (`Balling or Bead cut`) occurs, most frequent first; what is beyond MOST_BARS is summed up."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rest = ordered[MOST_BARS:]
    names = [" + ".join(name.split(" or ")) for name, _ in ordered[:MOST_BARS]] + ([f"{len(rest)} rarer ones"] if rest else [])
    values = [count for _, count in ordered[:MOST_BARS]] + ([sum(count for _, count in rest)] if rest else [])
    figure, axes = named_rows(names, 34)
    total = max(sum(values), 1)
    axes.barh(range(len(values)), values, color=[BLUE] * min(len(values), MOST_BARS) + [GRID] * bool(rest), height=0.7)
    for place, value in enumerate(values):
        beside(axes, value, place, f"{value} ({value / total:.0%})")
    axes.set(title=f"{title} ({total if values else 0} rows)", xlabel="rows", xlim=(0, 1.25 * max([*values, 1])))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


@styled
def label_shares(counts: Mapping[str, Mapping[str, int]], rows: Mapping[str, int]) -> Figure:
    """Per split, the share of its `rows` that carry each label: whether training and test are alike. `counts[split][label]`."""
    names = sorted({name for split in counts.values() for name in split}, key=lambda n: (-sum(split.get(n, 0) for split in counts.values()), n))
    names = names[:MOST_BARS]
    figure, axes = named_rows(names, 34, each=0.16 + 0.14 * len(counts))
    height = 0.8 / max(len(counts), 1)
    for i, (split, found) in enumerate(counts.items()):
        shares = [100 * found.get(name, 0) / max(rows[split], 1) for name in names]
        places = np.arange(len(names)) + (i - (len(counts) - 1) / 2) * height
        axes.barh(places, shares, height=0.92 * height, color=COLOURS[i % len(COLOURS)], label=f"{shown(split, 20)} ({rows[split]} rows)")
    axes.set(title="Rows that carry each label", xlabel="share of the split's rows, %")
    axes.grid(axis="x")
    legend(figure)
    return figure


@styled
def histogram(values: Mapping[str, Sequence[float]], xlabel: str) -> Figure:
    """Distribution of a quantity in each split, side by side on equal scales; the dashed line is the median. Shares of rows, so
    that splits of unequal size compare. Values that are not finite are left out."""
    kept = {split: finite[np.isfinite(finite)] for split, raw in values.items() for finite in [np.asarray(raw, dtype=float).ravel()]}
    together = np.concatenate([*kept.values(), np.empty(0)])
    edges = _edges(together)
    columns = min(max(len(kept), 1), 3)
    lines = math.ceil(len(kept) / columns) or 1
    figure = blank(0.6 + 1.9 * lines)
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for i, axes in enumerate(grid.ravel()):
        if i >= len(kept):
            axes.set_axis_off()
            continue
        split, finite = list(kept.items())[i]
        axes.set_title(f"{shown(split, 18)} (n = {finite.size})")
        if finite.size:
            axes.hist(finite, bins=edges, weights=np.full(finite.size, 100 / finite.size), color=COLOURS[i % len(COLOURS)])
            axes.axvline(float(np.median(finite)), color=INK, linestyle="--", linewidth=1)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.grid(axis="y")
    figure.supxlabel(shown(xlabel, 80), fontsize=9)
    figure.supylabel("share of rows, %", fontsize=9)
    return figure


@styled
def balance(counts: Mapping[str, tuple[int, int]]) -> Figure:
    """Normal against abnormal rows of each split: `counts[split] = (normal, abnormal)`."""
    figure, axes = named_rows(list(counts), 20, each=0.4)
    for place, (normal, abnormal) in enumerate(counts.values()):
        left, total = 0.0, max(normal + abnormal, 1)
        for count, colour in ((normal, SKY), (abnormal, VERMILION)):
            share = 100 * count / total
            axes.barh(place, share, left=left, color=colour, alpha=0.75, height=0.7)
            if share > 14:
                axes.text(left + share / 2, place, f"{count} ({share:.0f} %)", ha="center", va="center")
            left += share
    axes.set(title="Normal and abnormal rows", xlabel="share of the split's rows, %", xlim=(0, 100))
    figure.legend(handles=[Rectangle((0, 0), 1, 1, color=c, alpha=0.75, label=n) for n, c in (("Normal", SKY), ("abnormal", VERMILION))],
                  loc="outside lower center", ncols=2)  # fmt: skip
    return figure


def _edges(values: np.ndarray) -> np.ndarray:
    """Edges of equal bins, 8 to 30 of them unless whole numbers need fewer: those lie in the middle of their bins."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    count = int(np.clip(math.sqrt(values.size), 8, 30))
    if values.size and (values == np.round(values)).all() and high - low < 1e9:
        step = math.ceil((high - low + 1) / count)
        return np.arange(low - 0.5, high + step, step)
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        return np.array([low - 0.5, high + 0.5])
    return np.linspace(low, high, count + 1)
