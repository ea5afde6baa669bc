"""What a model says of the run that made it."""

from typing import Any

import numpy as np
import pytest

from finetune.crossfit import Data, Held
from finetune.meta import compared, references
from finetune.records import Record
from finetune.tasks import fit_kind


def scored(score: float) -> dict[str, float]:
    return {"macro_f1": score, "rmse": score}


def test_the_card_says_when_the_encoder_loses():
    lost = references({"fused": scored(0.7), "encoder": scored(0.6), "linear": scored(0.8)}, {"linear": 1.0}, "macro_f1")
    assert lost == ["The encoder loses here: linear has macro_f1 0.8, the better encoder 0.7."]
    assert not references({"fused": scored(0.9), "linear": scored(0.8)}, {"fused": 1.0}, "macro_f1")
    lower = references({"fused": scored(0.9), "linear": scored(0.8), "tfidf": scored(0.5)}, {"linear": 1.0}, "rmse")
    assert "tfidf has rmse 0.5, the better encoder 0.9" in lower[0] and "tfidf, which is not served" in lower[1]


def test_a_negative_score_is_printed_as_it_is():
    lost = references({"fused": {"r2": -0.4}, "linear": {"r2": -0.1}}, {"linear": 1.0}, "r2")
    assert lost == ["The encoder loses here: linear has r2 -0.1, the better encoder -0.4."]


def test_the_unit_is_that_of_the_formula_that_fits(quick: Any):
    """Energy in kJ beside a heat input in J/mm: both formulas can be computed, and one of them is the target."""
    text = "The current is {} A, the voltage is 20 V, the travel speed is {} mm/s, the bead length is {} mm."
    records = [Record(text.format(100 + i, 5 + i % 3, 60 + 7 * i), (100 + i) * 20 * (60 + 7 * i) / (5 + i % 3) / 1000, str(i)) for i in range(30)]
    config = quick(task="regression")
    kind = fit_kind(records, config)
    data = Data(records, np.zeros((30, 0), np.float32), kind.encode(records), kind)
    rows = np.arange(30)
    good, bad = data.targets.copy(), np.zeros_like(data.targets)
    held = {name: Held(rows, outputs, rows % 3, [{"rmse": 1.0}]) for name, outputs in (("formula_heat_input", bad), ("formula_energy", good))}
    assert compared(data, held, {}, "rmse")["per_formula_unit"] == 1.0


@pytest.mark.parametrize("folds", [3, 5])
def test_a_model_of_several_folds_says_how_it_was_judged(folds: int, quick: Any, beads: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    from finetune import run as run_module

    monkeypatch.setattr(run_module, "write_page", lambda *_: None)
    meta = run_module.train(beads("heat_input"), quick(task="regression", folds=folds, candidates=("linear",)), tmp_path / "m", lambda _: None).meta
    assert meta["scored_on"].endswith(f"({folds} folds by group), blended and calibrated on the other folds")
    assert 0.5 < meta["scores"]["coverage"] <= 1
