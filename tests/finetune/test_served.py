"""A model as the tools load it, run on records: outputs in their order, and what they say of each."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune import run, served
from finetune.records import DataError
from finetune.served import absent, columns_of, features_of, open_model, outputs, predictions
from tools.encoder import FORM, Encoder


@pytest.fixture(scope="module")
def models(beads: Any, quick: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Encoder]:
    home = tmp_path_factory.mktemp("models")
    cases = {
        "labels": (beads("defects"), quick("multilabel", loss="bce", candidates=("linear",))),
        "classes": (beads(), quick(loss="cross_entropy", candidates=("linear",), columns={"text": ["note"], "target": ["seen"], "group": ["bead"]})),
        "amounts": (beads("heat_input"), quick("regression", candidates=("linear",))),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "write_page", lambda *_: None)
        return {kind: Encoder(run.train(records, config, home / kind, lambda _: None).folder) for kind, (records, config) in cases.items()}


def test_outputs_are_in_order_however_many_at_once(models: dict[str, Encoder], beads: Any, monkeypatch: pytest.MonkeyPatch):
    records = beads("defects")
    whole = outputs(models["labels"], records)
    assert whole.shape == (60, len(models["labels"].names)) and features_of(models["labels"], records).shape[0] == 60
    monkeypatch.setattr(served, "AT_ONCE", 7)
    assert np.allclose(outputs(models["labels"], records), whole, atol=1e-5)
    assert np.allclose(outputs(models["labels"], records[::-1]), whole[::-1], atol=1e-5)


def test_labels_are_those_over_their_thresholds(models: dict[str, Encoder], beads: Any):
    encoder, records = models["labels"], [replace(r, row=i + 1) for i, r in enumerate(beads("defects"))]
    said = predictions(encoder, records)
    assert [line["row"] for line in said] == list(range(1, 61))
    for line in said:
        over = [n for n, at in zip(encoder.names, encoder.calibration.thresholds, strict=True) if line["probabilities"][n] >= at]
        assert line["labels"] == over and set(line) - {"warnings"} == {"row", "probabilities", "thresholds", "labels"}
    assert any(line["labels"] for line in said)


def test_classes_have_a_chosen_one_inside_their_set(models: dict[str, Encoder], beads: Any):
    for line in predictions(models["classes"], beads()):
        assert line["label"] in line["probabilities"] and line["label"] in line["set"]
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_class_that_is_not_the_most_probable_one_is_explained(models: dict[str, Encoder], beads: Any, monkeypatch: pytest.MonkeyPatch):
    encoder, biased = models["classes"], replace(models["classes"].calibration, bias=(20.0, 0.0))  # as where "normal" is far more frequent
    monkeypatch.setattr(encoder, "calibration", biased)
    said = {line["label"]: line for line in predictions(encoder, beads())}
    assert said["abnormal"]["probabilities"]["normal"] > 0.5
    assert said["abnormal"]["note"].startswith("abnormal is chosen although normal is more probable") and "note" not in said["normal"]


def test_amounts_come_with_their_interval(models: dict[str, Encoder], beads: Any):
    records = beads("heat_input")
    said = [line["output"] for line in predictions(models["amounts"], records)]
    assert all(each["interval"][0] < each["value"] < each["interval"][1] and each["level"] == 0.9 for each in said)
    inside = np.mean([each["interval"][0] <= r.target <= each["interval"][1] for each, r in zip(said, records, strict=True)])
    assert inside > 0.85
    json.dumps(said)


def test_a_record_far_from_the_training_says_so(models: dict[str, Encoder], beads: Any):
    usual = beads("heat_input")
    far = replace(usual[0], text="The current is 900 A, the voltage is 80 V, the travel speed is 40 mm/s.")
    warnings = predictions(models["amounts"], [far])[0]["warnings"]
    assert warnings[-1] == served.UNLIKE and "label rows like it" in served.UNLIKE
    low, high = models["amounts"].meta["training_range"]["current_a"]
    assert f"current_a 900 is outside the training range {low:g} to {high:g}." in warnings
    assert sum("warnings" in line for line in predictions(models["amounts"], usual)) < 0.1 * len(usual)


def test_a_model_that_is_no_better_than_a_constant_says_so_with_every_prediction(models: dict[str, Encoder], beads: Any):
    encoder = models["amounts"]
    poor = {**encoder.meta, "baseline": {"says": "No better than a constant: …"}}
    assert "warnings" not in predictions(encoder, beads()[:1])[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "meta", poor)
        assert [line["warnings"] for line in predictions(encoder, beads()[:2])] == [["No better than a constant: …"]] * 2
        assert "No better than a constant: …" in encoder.warnings(beads()[0].conditions)


def test_predictions_are_plain_values(models: dict[str, Encoder], beads: Any):
    json.dumps([predictions(encoder, beads()[:2]) for encoder in models.values()])


def test_the_columns_of_training_are_read_unless_named_otherwise(models: dict[str, Encoder]):
    known = columns_of(models["classes"])
    assert (known.text, known.target, known.group) == (("note",), ("seen",), ()), "groups matter in training only"
    other = columns_of(models["classes"], target=("outcome",), text=None)
    assert (other.text, other.target) == (("note",), ("outcome",))


def test_no_model_or_an_old_one_is_said_in_a_sentence(tmp_path: Path):
    with pytest.raises(DataError, match=r"There is no model in .*none; give the folder"):
        open_model(tmp_path / "none")
    (tmp_path / "waam.json").write_text(json.dumps({"form": 1}))
    with pytest.raises(DataError, match="earlier version"):
        open_model(tmp_path)
    (tmp_path / "waam.json").write_text(json.dumps({"form": FORM, "task": "aspect"}))
    with pytest.raises(DataError, match="is not one model with a head; of an aspect model give a stage"):
        open_model(tmp_path)


def test_a_column_that_is_not_there_is_named(beads: Any, quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run, "write_page", lambda *_: None)
    records = [replace(r, numbers=(("roughness", float(i % 7)), ("dwell s", 1.0 + i % 5))) for i, r in enumerate(beads("heat_input"))]
    encoder = Encoder(run.train(records, quick("regression", candidates=("linear",)), tmp_path / "own", lambda _: None).folder)
    whole, part, bare = (
        absent(encoder, records[0]),
        replace(records[0], numbers=(("roughness", 3.0),)),
        replace(records[0], text="bead 3", numbers=()),
    )
    assert whole == [] and "dwell_s. The model guesses" in absent(encoder, part)[0]
    assert {"roughness", "dwell_s", "current"} <= set(absent(encoder, bare)[0].split(": ")[1].split(". ")[0].split(", "))
    assert any("dwell_s" in warning for warning in predictions(encoder, [part])[0]["warnings"])
