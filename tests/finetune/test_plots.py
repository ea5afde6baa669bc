"""The plots: what they state is what went in; any name is drawn; pages get the same text each time."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from finetune import plots
from tools import figures

LONG = "Niewłaściwy brzeg spoiny pachw"  # 30 letters
KOREAN = "코사인 유사도의 정의와 용도는 무엇인가"


def texts(figure: Figure) -> str:
    return " ".join(" ".join(ET.fromstring(figures.svg(figure)).itertext()).replace("\u00a0", " ").split())


def test_combinations_are_counted_and_the_rarest_are_summed_up():
    figure = plots.label_combinations({"Balling or Bead cut": 3, "Normal": 7} | {f"rare {i:02d}": 1 for i in range(22)})
    shown = texts(figure)
    assert "Label combinations (32 rows)" in shown and "Balling + Bead cut" in shown and "7 (22%)" in shown
    assert "4 rarer ones" in shown and "4 (12%)" in shown and "rare 17" in shown and "rare 18" not in shown
    assert "Label combinations (0 rows)" in texts(plots.label_combinations({}))


def test_shares_are_of_each_splits_own_rows():
    figure = plots.label_shares({"train": {"a": 30, "b": 10}, "test": {"a": 5}}, {"train": 40, "test": 10})
    widths = [round(bar.get_width(), 6) for bar in figure.axes[0].patches]
    assert widths == [75, 25, 50, 0]


def test_histograms_share_bins_and_leave_out_what_is_not_finite():
    figure = plots.histogram({"train": [1.5, 2.5, float("nan"), 9.5], "test": [9.0], "calibration": [], "validation": [3.0]}, "length, mm")
    assert [axes.get_title(loc="left") for axes in figure.axes[:4]] == ["train (n = 3)", "test (n = 1)", "calibration (n = 0)", "validation (n = 1)"]
    train, test = figure.axes[:2]
    assert sum(bar.get_height() for bar in train.patches) == pytest.approx(100) == sum(bar.get_height() for bar in test.patches)
    assert [bar.get_x() for bar in train.patches] == [bar.get_x() for bar in test.patches]
    assert train.lines[0].get_xdata()[0] == 2.5  # the median
    assert "length, mm" in texts(figure)


@pytest.mark.parametrize("values", [[5.0] * 4, [0.3] * 4, [1.0, 2.0, 3.0], list(range(1000)), [1e-12, 2e-12], [0.1, 1e15]])
def test_every_value_falls_into_a_bin_and_bins_stay_few(values: list[float]):
    bars = plots.histogram({"all": values}, "x").axes[0].patches
    assert sum(bar.get_height() for bar in bars) == pytest.approx(100) and len(bars) <= 31


def test_whole_numbers_lie_in_the_middle_of_their_bins():
    bars = [bar for bar in plots.histogram({"all": [3, 3, 4, 6]}, "words").axes[0].patches if bar.get_height()]
    assert [bar.get_x() + bar.get_width() / 2 for bar in bars] == [3, 4, 6]


def test_balance_states_counts_and_shares():
    shown = texts(plots.balance({"train": (52, 60), "test": (1, 99)}))
    assert "52 (46 %)" in shown and "60 (54 %)" in shown and "99 (99 %)" in shown


def test_confusion_counts_and_shades_by_the_true_class():
    figure = plots.confusion(np.array([[9, 1], [0, 0]]), ["Normal", "abnormal"])
    alphas = [round(patch.get_facecolor()[3], 3) for patch in figure.axes[0].patches]
    assert alphas == [0.555, 0.115, 0.06, 0.06]
    assert [t.get_text() for t in figure.axes[0].texts] == ["9", "1", "·", "·"]
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]  # the first class on top


def test_many_classes_with_long_names_stay_inside_the_figure():
    figure = plots.confusion(np.arange(196).reshape(14, 14), [LONG] * 13 + [KOREAN])
    shown = [label.get_text().replace("\u00a0", "") for label in figure.axes[0].get_yticklabels()]
    assert shown[0] == f"1 {LONG}" and shown[13].startswith("14 코사인")
    box = figure.axes[0].get_tightbbox()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 + 1 and figure.axes[0].get_window_extent().width > 0.45 * figure.bbox.width


def test_one_matrix_for_each_label():
    figure = plots.confusion_per_label(np.array([[[5, 1], [2, 4]], [[7, 0], [0, 5]]]), ["Humping", "Balling"])
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["Humping", "Balling"]
    assert [t.get_text() for t in figure.axes[0].texts] == ["5", "1", "2", "4"]


def test_reliability_states_error_and_bin_counts():
    probability = np.array([[0.05, 0.95], [0.05, 0.95]])
    figure = plots.reliability(probability, np.array([[0, 1], [1, 1]]))
    upper, lower = figure.axes
    # gaps: |0.5 - 0.05| over half of the predictions and |1 - 0.95| over the other half
    assert upper.get_title(loc="left") == "Reliability: expected calibration error 0.250 (4 predictions)"
    assert [t.get_text() for t in lower.texts] == ["2", *"00000000", "2"]
    assert "0 predictions" in plots.reliability(np.array([]), np.array([])).axes[0].get_title(loc="left")


def test_residuals_count_the_intervals_that_hold_and_name_the_unit():
    truth, predicted = np.array([1.0, 2.0, 3.0]), np.array([1.1, 2.5, 3.0])
    figure = plots.residuals(truth, predicted, predicted - 0.2, predicted + 0.2, "J/mm")
    assert figure.axes[0].get_title(loc="left") == "2 of 3 intervals hold the truth" and figure.axes[0].get_ylabel() == "predicted, J/mm"
    assert np.allclose(figure.axes[1].lines[0].get_ydata(), [0.1, 0.5, 0])
    many = figures.svg(plots.residuals(np.arange(20000.0), np.arange(20000.0)))
    assert len(many) < 300_000 and "data:image/png" in many


def test_history_puts_like_with_like_and_bridges_gaps():
    rows = [{"epoch": 0, "loss": 0.9, "macro_f1": 0.2}, {"epoch": 1, "loss": 0.5, "validation_loss": 0.7, "macro_f1": float("nan"), "rmse": 80.0}]
    figure = plots.history(rows)
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.has_data()] == ["Loss", "Score", "RMSE"]
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [2, 1] and len(figure.axes[1].lines[0].get_xdata()) == 1
    assert figures.svg(plots.history([]))


@pytest.mark.parametrize(("metric", "best"), [("macro_f1", 0.8), ("rmse", 0.1), ("validation_loss", 0.1), ("r2", 0.8)])
def test_the_best_candidate_stands_out_whichever_way_is_better(metric: str, best: float):
    figure = plots.bars_with_spread(["encoder", "boosting", "broken"], [0.8, 0.1, float("nan")], [0.05, 0, 0], metric)
    blue = [bar.get_width() for bar in figure.axes[0].patches if matplotlib.colors.to_hex(bar.get_facecolor()) == figures.BLUE.lower()]
    assert blue == [best]
    assert "0.8 ± 0.05" in texts(figure) and "failed" in texts(figure)
    assert not plots.bars_with_spread(["x"], [float("nan")], [0.0], metric).axes[0].patches


def test_names_of_any_kind_are_drawn_as_they_are():
    figure = plots.label_combinations({"price $5 or $6": 1, "<b>&amp;</b>": 2, KOREAN: 3, "line\nbreak\x00": 4})
    shown = texts(figure)  # parses as XML, and matplotlib did not warn of missing glyphs (warnings are errors)
    for name in ("price $5 + $6", "<b>&amp;</b>", KOREAN[:8], "line break"):
        assert name in shown


def test_svg_is_the_same_each_time_and_fits_any_page():
    one, again = (figures.svg(plots.balance({"train": (1, 2)})) for _ in range(2))
    other = figures.svg(plots.balance({"train": (2, 2)}))
    figure = plots.balance({"train": (1, 2)})
    assert one == again == figures.svg(figure) == figures.svg(figure)
    assert not set(re.findall(r'\bid="([^"]+)"', one)) & set(re.findall(r'\bid="([^"]+)"', other))
    used = re.findall(r'(?:href="#|url\(#)([^")]+)', one)
    assert used and set(used) <= set(re.findall(r'\bid="([^"]+)"', one))
    assert "currentColor" in one and figures.INK not in one and "<date" not in one and one.startswith("<svg ")
    assert not re.search(r'(?:src|href)="(?!#|data:)', one)


def test_plots_leave_matplotlib_as_it_was():
    before = dict(matplotlib.rcParams)
    figures.svg(plots.balance({"train": (1, 2)}))
    assert dict(matplotlib.rcParams) == before


def test_saved_plots_are_on_white_and_640_wide(tmp_path: Path):
    figure = plots.balance({"train": (1, 2)})
    image = matplotlib.image.imread(figures.save(figure, tmp_path / "b.png"))
    assert image.shape[1] == 1280 and (image[0, 0, :3] == 1).all()
    written = figures.save(figure, tmp_path / "b.svg").read_text(encoding="utf-8")
    assert figures.INK in written and ET.fromstring(written).attrib["viewBox"].split()[2] == "480"


def test_metric_names():
    assert [plots.metric_title(n) for n in ("macro_f1", "rmse", "partial_score")] == ["macro F1", "RMSE", "partial score"]
    assert plots.lower_is_better("eval_loss") and plots.lower_is_better("size_mb") and not plots.lower_is_better("macro_f1")
