"""The page of a run: for each kind of output its own plots, all from held-out outputs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.describe import write_page
from finetune.kinds import Amounts, Classes, Kind, Labels
from tools.outputs import Calibration

META: dict[str, Any] = {
    "name": "anomaly", "version": "abc123", "task": "binary", "data_label": "user data", "base": "tiny", "scored_on": "40 records",
    "scores": {"macro_f1": 0.8}, "training_range": {"current_a": (64.0, 320.0)}, "remarks": ["The encoder loses here."], "int8_loss": 0.0012,
    "metric": "macro_f1", "per_name": {"a": {"f1": 0.4321}, "b": {"f1": 0.5}}, "compared": {"constant": {"macro_f1": (0.4, 0.01)}},
    "history": {"fused": [{"epoch": 0, "macro_f1": 0.7}, {"epoch": 1, "macro_f1": 0.8}], "encoder": [{"epoch": 0, "macro_f1": 0.6}]},
}  # fmt: skip
RNG = np.random.default_rng(2)
DECISIONS, LIKELIEST = ["Confusion", "Reliability"], "Reliability of the chosen class"
CASES: dict[str, tuple[Kind, np.ndarray, np.ndarray, Calibration, list[str]]] = {
    "one label": (Labels(("abnormal",), binary=True), RNG.integers(0, 2, (40, 1)), RNG.normal(size=(40, 1)), Calibration(), DECISIONS),
    "labels": (Labels(("a", "b")), RNG.integers(0, 2, (40, 2)), RNG.normal(size=(40, 2)), Calibration(thresholds=(0.4, 0.6)), DECISIONS),
    "classes": (Classes(("a", "b", "c")), RNG.integers(0, 3, 40), RNG.normal(size=(40, 3)), Calibration(), ["Confusion", LIKELIEST]),
    "amounts": (
        Amounts(("height", "width"), (False, True), (2.0, 1.0), (1.0, 0.5), (None, None), (None, None)),
        RNG.normal(size=(40, 2)), RNG.normal(size=(40, 2)), Calibration(radius=(1.0, 0.5)), ["Residuals: height", "Residuals: width"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_page_has_the_plots_of_its_kind(tmp_path: Path, case: str):
    kind, targets, outputs, calibration, plots = CASES[case]
    page = write_page(tmp_path, META | {"calibration": calibration.to_json()}, kind, targets, outputs)
    html = page.read_text(encoding="utf-8")
    assert page == tmp_path / "report.html" and "<svg" in html
    for words in (*plots, "Evaluation of anomaly", "The encoder loses here.", "0.4321", "0.4 ± 0.01", "40 records", "0.0012"):
        assert words in html, words
    others = {plot for other in CASES.values() for plot in other[4]} - set(plots)
    assert not [plot for plot in others if f">{plot}<" in html]


def test_no_encoder_no_epochs(tmp_path: Path):
    kind, targets, outputs, calibration, _ = CASES["labels"]
    html = write_page(tmp_path, META | {"history": {}, "calibration": calibration.to_json()}, kind, targets, outputs).read_text(encoding="utf-8")
    assert "Epochs" not in html
