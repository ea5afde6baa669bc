"""The model card: everything it states comes from the run."""

from pathlib import Path
from typing import Any

from finetune.card import NO_RANGE, write_card, write_overview

META: dict[str, Any] = {
    "name": "anomaly", "version": "abc123", "data_label": "demo (synthetic)", "records": 101, "groups": 97, "task": "binary", "base": "tiny",
    "output": {"kind": "labels", "names": ["abnormal"]}, "int8_loss": 0.00123, "metric": "macro_f1",
    "scored_on": "out-of-fold outputs of 101 records (5 folds by group)", "scores": {"accuracy": 0.84567, "macro_f1": 0.8},
    "per_name": {"abnormal": {"f1": 0.8}}, "remarks": ["The encoder loses here: linear has macro_f1 0.81, the better encoder 0.8."],
    "compared": {"constant": {"macro_f1": (0.4, 0.01)}, "linear": {"macro_f1": (0.81, 0.02)}, "fused": {"macro_f1": (0.8, 0.03)}},
    "heads": [{"file": "linear.onnx", "weight": 0.75}, {"file": "fused.onnx", "weight": 0.25}],
    "history": {"fused": [{"epoch": 0, "loss": 0.5}, {"epoch": 1, "loss": 0.25, "macro_f1": 0.75}]},
    "training_range": {"current_a": (64.0, 320.0)}, "number_range": {"skew V": (-0.5, 2.0)}, "made": "2026-11-21T20:00:00+01:00", "units": {},
    "data": [{"file": "beads.csv", "sha256": "ab12", "rows": 101, "notes": ["beads.csv is cut at semicolons."]}],
    "grouping": ["Rows with the same 'bead' are kept together: 97 groups in 101 rows of beads.csv."],
    "columns": {"text": ["note", "gas"], "text_b": None, "target": ["verdict"], "group": ["bead"], "numbers": []},
    "baseline": {"served": 0.8, "constant": 0.4}, "calibration": {"thresholds": [0.35]},
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
        "- Task: binary (labels: abnormal)",
        "- Made: 2026-11-21T20:00:00+01:00",
        "- Base encoder: tiny; serving in int8",
        "- Chosen by macro_f1: 0.8, a constant answer 0.4",
        "- beads.csv: 101 rows, SHA-256 `ab12`; beads.csv is cut at semicolons.",
        "- Rows with the same 'bead' are kept together: 97 groups",
        "- Text: note, gas\n- Target: verdict\n- Group: bead\n",
        "- accuracy: share of rows that are right\n",
        "- abnormal: yes from a probability of 0.35",
        "costs 0.0012 macro_f1",
        "## Scores on out-of-fold outputs of 101 records (5 folds by group)",
        "| all | 0.8457 | 0.8 |",
        "| constant | 0.4 ± 0.01 |  |",
        "| linear | 0.81 ± 0.02 | 0.75 |",
        "| fused | 0.8 ± 0.03 | 0.25 |",
        "### fused\n\n| epoch | loss | macro_f1 |\n|---|---|---|\n| 0 | 0.5 |  |\n| 1 | 0.25 | 0.75 |",
        "- current_a: 64 to 320\n- skew V: -0.5 to 2\n",
    ):
        assert line in card, line


def test_each_label_has_its_row_where_there_are_several(tmp_path: Path):
    card = written(tmp_path, per_name={"Humping": {"f1": 0.5}, "Balling": {"f1": 0.25}})
    assert "| Humping |  |  | 0.5 |" in card and "| Balling |  |  | 0.25 |" in card
    assert "| abnormal |" not in written(tmp_path), "one label alone would repeat the first row"


def test_what_is_not_there_is_said(tmp_path: Path):
    card = written(tmp_path, history={}, training_range={}, number_range={}, remarks=[])
    assert "No encoder was compared." in card and NO_RANGE in card and "> **" not in card


def test_amounts_have_their_unit_and_the_width_of_their_interval(tmp_path: Path):
    output = {"kind": "amounts", "names": ["height_mm", "heat"], "log": [False, True], "std": [0.5, 1.0], "mean": [3.0, 6.0]}
    card = written(tmp_path, output=output, units={"height_mm": "mm"}, calibration={"radius": [0.8, 0.6931471805599453], "level": 0.9})
    assert "- Task: binary (amounts: height_mm in mm, heat)" in card
    assert "- height_mm: the 90% interval is the value ± 0.4 mm (split conformal)" in card
    assert "- heat: the 90% interval is the value times or divided by 2 (split conformal)" in card


def test_of_classes_it_is_said_how_one_is_chosen(tmp_path: Path):
    output = {"kind": "classes", "names": ["good", "bad"]}
    card = written(tmp_path, output=output, calibration={"bias": [0.5, -0.5]})
    assert "- One class: the one with the highest output; probabilities carry a bias for each class that the choice does not" in card
    assert "may not be the most probable" not in written(tmp_path, output=output, calibration={"bias": [0.0, 0.0]})


def test_a_model_in_stages_links_to_their_cards(tmp_path: Path):
    meta = META | {"stages": ["aspects", "polarity"], "scores": {"aspects_macro_f1": 0.5, "polarity_accuracy": 0.75}}
    card = write_overview(tmp_path, meta).read_text(encoding="utf-8")
    assert "[aspects](aspects/CARD.md)" in card and "[polarity](polarity/CARD.md)" in card and "report.html" in card
    assert "- polarity_accuracy: 0.75 (share of rows that are right)" in card and "> **The encoder loses" in card
