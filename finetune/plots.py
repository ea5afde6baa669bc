"""The plots of a trained model: arrays in, matplotlib Figure out.

Cells are shaded by transparency: the same plot is legible on a light and on a dark page.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from scipy.stats import binomtest

from finetune.metrics import expected_calibration_error, lower_is_better, metric_title
from tools.figures import BLUE, COLOURS, DASHES, GRID, INK, MARKERS, SKY, beside, blank, named_rows, shown, styled

_RATES = ("lr", "learning_rate")
MOST_NAMED, MOST_POINTS = 6, 1500


@styled
def confusion(matrix: np.ndarray, names: Sequence[str]) -> Figure:
    """Confusion matrix [truth, predicted] of counts; a cell is shaded by its share of the true class. More than MOST_NAMED
    classes are numbered, and the columns carry the numbers alone."""
    counts = np.asarray(matrix)
    many = len(names) > MOST_NAMED
    figure = blank(1.1 + (0.3 if many else 0.5) * len(names) + (0 if many else 0.4))
    axes = figure.subplots()
    _cells(axes, counts, 7 if len(names) > 12 else 9)
    down = [shown(f"{i}  {name}" if many else name, 34 if many else 24, lines=1 if many else 2, padded=True) for i, name in enumerate(names, 1)]
    across = [str(i) for i in range(1, len(names) + 1)] if many else [shown(name, 13, lines=3) for name in names]
    axes.set_yticks(range(len(names)), down, fontsize=8)
    axes.set_xticks(range(len(names)), across, fontsize=8)
    axes.set(title=f"Confusion matrix ({int(counts.sum())} rows)", xlabel="predicted", ylabel="truth")
    return figure


@styled
def confusion_per_label(matrices: np.ndarray, names: Sequence[str]) -> Figure:
    """One 2x2 matrix for each label of a multi-label task: [labels, truth, predicted] with 0 first, as scikit-learn's
    `multilabel_confusion_matrix` gives them."""
    columns = 3
    lines = math.ceil(len(names) / columns) or 1
    figure = blank(0.3 + 1.75 * lines)
    for i, axes in enumerate(figure.subplots(lines, columns, squeeze=False).ravel()):
        if i >= len(names):
            axes.set_axis_off()
            continue
        _cells(axes, np.asarray(matrices[i]), 9)
        axes.set_title(shown(names[i], 24, lines=2), fontsize=8)
        axes.set_xticks((0, 1), ("no", "yes"))
        axes.set_yticks((0, 1), ("no", "yes"))
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("truth", fontsize=9)
    return figure


@styled
def reliability(probability: np.ndarray, truth: np.ndarray) -> Figure:
    """Reliability diagram (DeGroot and Fienberg 1983): how often what was predicted with a probability came true, in ten equal
    bins, with 95 % Wilson intervals, the number of predictions below, and the expected calibration error (Guo et al. 2017).
    Probabilities and 0/1 truth of any equal shape."""
    p, t = np.asarray(probability, dtype=float).ravel(), np.asarray(truth).ravel().astype(int)
    bins = np.minimum((p * 10).astype(int), 9)
    figure = blank(4.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot((0, 1), (0, 1), color=GRID, linestyle="--", label="perfectly calibrated")
    for number, b in enumerate(np.unique(bins)):
        count, came_true = int((bins == b).sum()), int(t[bins == b].sum())
        interval = binomtest(came_true, count).proportion_ci(method="wilson")
        mean, share = float(p[bins == b].mean()), came_true / count
        upper.plot((mean, mean), (interval.low, interval.high), color=BLUE, linewidth=1.2)
        upper.plot(mean, share, "o", color=BLUE, label="observed, 95 % interval" if number == 0 else None)
    counts = np.bincount(bins, minlength=10)
    lower.bar(np.arange(10) / 10 + 0.05, counts, width=0.09, color=SKY)
    for b, count in enumerate(counts):
        lower.text(b / 10 + 0.05, count, str(count), ha="center", va="bottom", fontsize=8)
    ece = f"{expected_calibration_error(t, p):.3f}" if p.size else "not known"
    upper.set_title(f"Reliability: expected calibration error {ece} ({p.size} predictions)")
    upper.set(ylabel="share that came true", xlim=(0, 1), ylim=(-0.02, 1.02))
    lower.set(xlabel="predicted probability", ylabel="predictions", ylim=(0, 1.3 * max(counts.max(), 1)))
    lower.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    upper.grid()
    upper.legend(loc="upper left")
    return figure


@styled
def residuals(truth: np.ndarray, predicted: np.ndarray, low: np.ndarray | None = None, high: np.ndarray | None = None, unit: str = "") -> Figure:
    """Predicted against true amounts, with the intervals `low` to `high` if given, and the errors against the truth. All [rows]."""
    t, p = np.asarray(truth, dtype=float).ravel(), np.asarray(predicted, dtype=float).ravel()
    rough = len(t) > MOST_POINTS  # as pixels: thousands of points make a page slow
    alpha = float(np.clip(60 / math.sqrt(max(len(t), 1)) / 10, 0.15, 0.8))
    figure = blank(3.5)
    left, right = figure.subplots(1, 2)
    title = "Predicted and true"
    if low is not None and high is not None:
        inside = (np.asarray(low).ravel() <= t) & (t <= np.asarray(high).ravel())
        left.vlines(t, low, high, color=SKY, alpha=min(0.9, 1.5 * alpha), linewidth=1, rasterized=rough)
        title = f"{int(inside.sum())} of {len(t)} intervals hold the truth"
    left.plot(t, p, "o", color=BLUE, markersize=3.5, alpha=alpha, markeredgewidth=0, rasterized=rough)
    ends = (float(min(t.min(), p.min())), float(max(t.max(), p.max()))) if t.size else (0.0, 1.0)
    left.plot(ends, ends, color=INK, linestyle="--", linewidth=1)
    right.plot(t, p - t, "o", color=BLUE, markersize=3.5, alpha=alpha, markeredgewidth=0, rasterized=rough)
    right.axhline(0, color=INK, linestyle="--", linewidth=1)
    of = f", {shown(unit, 16)}" if unit else ""
    left.set(title=title, xlabel=f"truth{of}", ylabel=f"predicted{of}")
    right.set(title="Error (predicted − truth)", xlabel=f"truth{of}", ylabel=f"error{of}")
    for axes in (left, right):
        axes.grid()
        axes.xaxis.set_major_locator(MaxNLocator(5))
    return figure


@styled
def history(rows: Sequence[Mapping[str, float]]) -> Figure:
    """Per-epoch curves: losses in one panel, metrics between -1 and 1 in a second, each other metric in a panel of its own.
    A row is an epoch; a metric may be absent from some rows."""
    epochs = [row.get("epoch", place) for place, row in enumerate(rows)]
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for epoch, row in zip(epochs, rows, strict=True):
        for name, value in row.items():
            if name != "epoch" and isinstance(value, int | float) and math.isfinite(value):
                x, y = curves.setdefault(name, ([], []))
                x.append(epoch)
                y.append(value)
    panels: dict[str, list[str]] = {}
    for name, (_, y) in curves.items():
        key = "loss" if "loss" in name else "score" if max(map(abs, y)) <= 1 and not lower_is_better(name) and name not in _RATES else name
        panels.setdefault(key, []).append(name)
    columns = min(max(len(panels), 1), 2)
    lines = math.ceil(len(panels) / columns) or 1
    figure = blank(2.7 * lines + 0.2)
    for i, axes in enumerate(figure.subplots(lines, columns, squeeze=False).ravel()):
        if i >= len(panels):
            axes.set_axis_off()
            continue
        title, names = list(panels.items())[i]
        for k, name in enumerate(names):
            look = {"color": COLOURS[k % 6], "marker": MARKERS[k % 6], "linestyle": DASHES[k % 6]}
            axes.plot(*curves[name], **look, markersize=3.5, linewidth=1.3, label=metric_title(name))
        axes.set(title=metric_title(title).capitalize() if title in ("loss", "score") else metric_title(title), xlabel="epoch")
        axes.set_xlim(min(epochs) - 0.3, max(epochs) + 0.3)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.grid()
        if len(names) > 1 or title == "score":
            axes.legend(fontsize=7.5, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return figure


@styled
def bars_with_spread(names: Sequence[str], means: Sequence[float], spreads: Sequence[float], metric: str) -> Figure:
    """Candidates compared by one metric: mean with plus and minus its spread over folds or seeds; the best mean stands out."""
    figure, axes = named_rows(list(names), 30, each=0.36)
    sign = -1 if lower_is_better(metric) else 1
    finite = [sign * mean for mean in means if math.isfinite(mean)]
    for place, (mean, spread) in enumerate(zip(means, spreads, strict=True)):
        if not math.isfinite(mean):
            beside(axes, 0, place, "failed")
            continue
        spread = spread if math.isfinite(spread) else 0.0
        best = sign * mean == max(finite)
        axes.barh(place, mean, color=BLUE if best else GRID, alpha=1 if best else 0.55, height=0.68)
        axes.plot((mean - spread, mean + spread), (place, place), color=INK, linewidth=1.4)
        label = f"{mean:.4g}" + (f" ± {spread:.2g}" if spread else "")
        beside(axes, max(mean + spread, 0), place, label, "bold" if best else "normal")
    reach = max([m + s for m, s in zip(means, spreads, strict=True) if math.isfinite(m + s)] + [0])
    least = min([m - s for m, s in zip(means, spreads, strict=True) if math.isfinite(m - s)] + [0])
    axes.set_xlim(1.05 * least, reach + 0.28 * ((reach - least) or 1))
    axes.set(title=f"{metric_title(metric)} ({'lower' if sign < 0 else 'higher'} is better)", xlabel=metric_title(metric))
    axes.grid(axis="x")
    return figure


def _cells(axes: Axes, counts: np.ndarray, size: float) -> None:
    """A matrix of counts as shaded cells with their numbers; shades by the share of the row."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for i, j in np.ndindex(*counts.shape):
        axes.add_patch(Rectangle((j - 0.48, i - 0.48), 0.96, 0.96, facecolor=(BLUE, 0.06 + 0.55 * shares[i, j]), edgecolor="none"))
        axes.text(j, i, str(int(counts[i, j])) if counts[i, j] else "·", ha="center", va="center", fontsize=size)
    axes.set(xlim=(-0.5, counts.shape[1] - 0.5), ylim=(counts.shape[0] - 0.5, -0.5))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
