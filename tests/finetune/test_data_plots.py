"""The plots of a data file: what they state is what went in."""

import xml.etree.ElementTree as ET

import pytest
from matplotlib.figure import Figure

from finetune import data_plots
from tools import figures


def texts(figure: Figure) -> str:
    return " ".join(" ".join(ET.fromstring(figures.svg(figure)).itertext()).replace("\u00a0", " ").split())


def test_combinations_are_counted_and_the_rarest_are_summed_up():
    figure = data_plots.label_combinations({"Balling or Bead cut": 3, "Normal": 7} | {f"rare {i:02d}": 1 for i in range(22)})
    shown = texts(figure)
    assert "Label combinations (32 rows)" in shown and "Balling + Bead cut" in shown and "7 (22%)" in shown
    assert "4 rarer ones" in shown and "4 (12%)" in shown and "rare 17" in shown and "rare 18" not in shown
    assert "Label combinations (0 rows)" in texts(data_plots.label_combinations({}))


def test_shares_are_of_each_splits_own_rows():
    figure = data_plots.label_shares({"train": {"a": 30, "b": 10}, "test": {"a": 5}}, {"train": 40, "test": 10})
    widths = [round(bar.get_width(), 6) for bar in figure.axes[0].patches]
    assert widths == [75, 25, 50, 0]


def test_labels_that_are_equally_frequent_stand_in_the_order_of_their_names():
    figure = data_plots.label_shares({"train": dict.fromkeys("dbeca", 2)}, {"train": 10})
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list("abcde")


def test_histograms_share_bins_and_leave_out_what_is_not_finite():
    figure = data_plots.histogram({"train": [1.5, 2.5, float("nan"), 9.5], "test": [9.0], "calibration": [], "validation": [3.0]}, "length, mm")
    assert [axes.get_title(loc="left") for axes in figure.axes[:4]] == ["train (n = 3)", "test (n = 1)", "calibration (n = 0)", "validation (n = 1)"]
    train, test = figure.axes[:2]
    assert sum(bar.get_height() for bar in train.patches) == pytest.approx(100) == sum(bar.get_height() for bar in test.patches)
    assert [bar.get_x() for bar in train.patches] == [bar.get_x() for bar in test.patches]
    assert train.lines[0].get_xdata()[0] == 2.5  # the median
    assert "length, mm" in texts(figure)


@pytest.mark.parametrize("values", [[5.0] * 4, [0.3] * 4, [1.0, 2.0, 3.0], list(range(1000)), [1e-12, 2e-12], [0.1, 1e15]])
def test_every_value_falls_into_a_bin_and_bins_stay_few(values: list[float]):
    bars = data_plots.histogram({"all": values}, "x").axes[0].patches
    assert sum(bar.get_height() for bar in bars) == pytest.approx(100) and len(bars) <= 31


def test_whole_numbers_lie_in_the_middle_of_their_bins():
    bars = [bar for bar in data_plots.histogram({"all": [3, 3, 4, 6]}, "words").axes[0].patches if bar.get_height()]
    assert [bar.get_x() + bar.get_width() / 2 for bar in bars] == [3, 4, 6]


def test_balance_states_counts_and_shares():
    shown = texts(data_plots.balance({"train": (52, 60), "test": (1, 99)}))
    assert "52 (46 %)" in shown and "60 (54 %)" in shown and "99 (99 %)" in shown
