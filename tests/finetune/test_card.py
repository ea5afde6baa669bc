"""The model card: everything it states comes from the run."""

from pathlib import Path
from typing import Any

from finetune.card import NO_RANGE, write_card

META: dict[str, Any] = {
    "name": "anomaly", "version": "abc123", "data_label": "demo (synthetic)", "records": 101, "groups": 97, "task": "binary", "base": "tiny",
    "output": {"kind": "labels", "names": ["abnormal"]}, "int8_loss": 0.00123, "metric": "macro_f1",
    "scored_on": "out-of-fold outputs of 101 records (5 folds by group)", "scores": {"accuracy": 0.84567, "macro_f1": 0.8},
    "per_name": {"abnormal": {"f1": 0.8}}, "remarks": ["The encoder loses here: linear has macro_f1 0.81, the better encoder 0.8."],
    "compared": {"constant": {"macro_f1": (0.4, 0.01)}, "linear": {"macro_f1": (0.81, 0.02)}, "fused": {"macro_f1": (0.8, 0.03)}},
    "heads": [{"file": "linear.onnx", "weight": 0.75}, {"file": "fused.onnx", "weight": 0.25}],
    "history": {"fused": [{"epoch": 0, "loss": 0.5}, {"epoch": 1, "loss": 0.25, "macro_f1": 0.75}]},
    "training_range": {"current_a": (64.0, 320.0)},
}  # fmt: skip


def written(folder: Path, **changed: Any) -> str:
    path = write_card(folder, META | changed)
    assert path == folder / "CARD.md"
    return path.read_text(encoding="utf-8")


def test_the_card_states_label_scores_comparison_epochs_and_limits(tmp_path: Path):
    card = written(tmp_path)
    assert card.startswith("# anomaly abc123\n")
    for line in (
        "> **The encoder loses here: linear has macro_f1 0.81, the better encoder 0.8.**",
        "Training data: **demo (synthetic)**, 101 records in 97 groups",
        "Task: binary (labels: abnormal). Base encoder: tiny.",
        "costs 0.0012 macro_f1",
        "## Scores on out-of-fold outputs of 101 records (5 folds by group)",
        "| all | 0.8457 | 0.8 |",
        "| constant | 0.4 ± 0.01 |  |",
        "| linear | 0.81 ± 0.02 | 0.75 |",
        "| fused | 0.8 ± 0.03 | 0.25 |",
        "### fused\n\n| epoch | loss | macro_f1 |\n|---|---|---|\n| 0 | 0.5 |  |\n| 1 | 0.25 | 0.75 |",
        "- current_a: 64 to 320",
    ):
        assert line in card, line


def test_each_label_has_its_row_where_there_are_several(tmp_path: Path):
    card = written(tmp_path, per_name={"Humping": {"f1": 0.5}, "Balling": {"f1": 0.25}})
    assert "| Humping |  |  | 0.5 |" in card and "| Balling |  |  | 0.25 |" in card
    assert "| abnormal |" not in written(tmp_path), "one label alone would repeat the first row"


def test_what_is_not_there_is_said(tmp_path: Path):
    card = written(tmp_path, history={}, training_range={}, remarks=[])
    assert "No encoder was compared." in card and NO_RANGE in card and "> **" not in card
