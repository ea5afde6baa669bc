"""The plots of a trained model: what they state is what went in, and long names leave room for the plot."""

import xml.etree.ElementTree as ET

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
