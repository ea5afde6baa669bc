"""What is served is what was calibrated and scored; set-up's models carry their recipe, the user's own none."""

import json
from pathlib import Path

import numpy as np
import pytest

from finetune.demo import ALWAYS, DEMO, to_records
from finetune.publish import publish
from finetune.simulator import simulate
from finetune.train import TrainConfig, train
from tools.encoder import Encoder


@pytest.fixture(scope="module")
def published(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("models")
    for name, task in (("heat_input", "regression"), ("anomaly", "binary")):
        records, unseen = (to_records(simulate(90, seed), name, ALWAYS, seed) for seed in (1, 2))
        trained = train(records, TrainConfig(task=task, base=tiny_base, probe_epochs=60, epochs=0), lambda line: None)
        recipe = "r1" if name == "anomaly" else None
        publish(trained, tiny_base, home / name, ALWAYS, (), unseen, "demo (synthetic)", "90 of another seed", recipe)
    return home


def test_the_folder_is_whole_and_nothing_half_made_stays(published: Path):
    assert {f.name for f in published.iterdir()} == {"heat_input", "anomaly"}
    assert {f.name for f in (published / "anomaly").iterdir()} == {"model.onnx", "head.onnx", "tokenizer.json", "waam.json", "CARD.md"}


def test_models_on_one_frozen_body_share_it(published: Path):
    assert Encoder(published / "heat_input").body is Encoder(published / "anomaly").body


def test_only_set_ups_models_have_a_recipe(published: Path):
    assert "recipe" not in json.loads((published / "heat_input" / "waam.json").read_text())
    assert json.loads((published / "anomaly" / "waam.json").read_text())["recipe"] == "r1"


def test_the_score_is_that_of_the_served_model_on_unseen_beads(published: Path):
    encoder = Encoder(published / "heat_input")
    unseen = to_records(simulate(90, 2), "heat_input", ALWAYS, 2)
    outputs = encoder.run([r.text for r in unseen], [r.conditions.features() for r in unseen])[:, 0]
    predicted = np.exp(outputs * encoder.meta["log_std"] + encoder.meta["log_mean"])
    rmse = float(np.sqrt(np.mean((predicted - np.array([r.target for r in unseen], dtype=float)) ** 2)))
    assert encoder.meta["scores"]["rmse"] == pytest.approx(rmse, rel=1e-3) and encoder.meta["scored_on"] == "90 of another seed"


def test_the_texts_hold_what_is_required_and_leave_out_some_of_the_rest():
    for name, (_, required) in DEMO.items():
        stated = [r.conditions.given() for r in to_records(simulate(60, 3), name, required, 3)]
        assert all(set(required) <= set(s) for s in stated)
        assert 10 < sum("gas_flow_l_min" in s for s in stated) < 50
        assert all(("bead_length_mm" in s) == ("bead_length_mm" in required) for s in stated)
