"""The model card: everything it states comes from the run."""

from pathlib import Path

from finetune.card import write_card

META = {
    "name": "anomaly", "version": "abc123", "data_label": "demo (synthetic)", "examples": {"train": 70, "validation": 15, "calibration": 16},
    "task": "binary", "base": "tiny", "scored_on": "40 beads", "scores": {"accuracy": 0.84567}, "training_range": {"current_a": (64.0, 320.0)},
}  # fmt: skip


def test_the_card_states_label_scores_table_and_limits(tmp_path: Path):
    path = write_card(tmp_path, META, [{"epoch": 0, "loss": 0.5}, {"epoch": 1, "loss": 0.25, "macro_f1": 0.75}])
    card = path.read_text()
    assert path == tmp_path / "CARD.md" and card.startswith("# anomaly abc123\n")
    for line in (
        "Training data: **demo (synthetic)**, 70 training, 15 validation and\n16 calibration examples",
        "on 40 beads",
        "- accuracy: 0.8457",
        "| epoch | loss | macro_f1 |\n|---|---|---|\n| 0 | 0.5 |  |\n| 1 | 0.25 | 0.75 |",
        "- current_a: 64 to 320",
    ):
        assert line in card
