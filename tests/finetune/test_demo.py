"""The demo models: four heads on one body, made from simulated beads; texts as the tools write them."""

from pathlib import Path

import pytest

from finetune import demo, run
from finetune.demo import ALWAYS, DEMO, OPTIONAL, to_records, train_demo
from finetune.simulator import DATA_LABEL, simulate
from tools.conditions import ProcessConditions
from tools.encoder import Encoder
from tools.reading import read


def test_targets_are_those_of_the_task():
    experiments = simulate(20, 3)
    made = {name: to_records(experiments, name, required, 3) for name, (_, required) in DEMO.items()}
    assert [r.target for r in made["heat_input"]] == [e.heat_input_j_mm for e in experiments]
    assert [r.target for r in made["energy"]] == [e.energy_kj for e in experiments]
    assert [r.target for r in made["defects"]] == [r.target for r in made["anomaly"]] == [" or ".join(e.labels) for e in experiments]
    assert [r.group for r in made["defects"]] == [e.id for e in experiments]


def test_required_settings_are_stated_and_optional_ones_sometimes():
    records = to_records(simulate(60, 3), "energy", (*ALWAYS, "bead_length_mm"), 3)
    given = [r.conditions.given() for r in records]
    assert all({*ALWAYS, "bead_length_mm"} <= set(each) for each in given)
    for name in OPTIONAL:
        assert 0 < sum(name in each for each in given) < 60, name
    assert not any("bead_length_mm" in r.conditions.given() for r in to_records(simulate(60, 3), "defects", ALWAYS, 3))
    assert to_records(simulate(9, 3), "defects", ALWAYS, 3) == to_records(simulate(9, 3), "defects", ALWAYS, 3)
    assert {"current_a", "voltage_v"} <= set(read(records[0].text).settings)


def test_four_models_of_one_body(fast_onnx: None, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "EXPERIMENTS", 45)
    monkeypatch.setattr(demo, "BODY_EXPERIMENTS", 30)
    monkeypatch.setattr(run, "write_page", lambda *_: None)
    (tmp_path / "own").mkdir()  # the user's, left alone
    lines: list[str] = []
    train_demo(tiny_base, tmp_path, progress=lines.append, recipe="r1", layers=1)
    encoders = {name: Encoder(tmp_path / name) for name in DEMO}
    bodies = {encoder.meta["body"] for encoder in encoders.values()}
    assert len(bodies) == 1 and None not in bodies and len({id(encoder.body) for encoder in encoders.values()}) == 1
    for name, encoder in encoders.items():
        task, required = DEMO[name]
        assert encoder.meta["task"] == task and encoder.meta["data_label"] == DATA_LABEL and encoder.meta["recipe"] == "r1"
        assert encoder.meta["base"] == tiny_base.name and set(required) <= set(encoder.meta["required"])
        assert encoder.meta["config"]["promote"] == "encoder" and f"{name}: built" in lines
        conditions = ProcessConditions(current_a=180, voltage_v=22, travel_speed_mm_s=8, bead_length_mm=100)
        assert encoder.logits(conditions).shape == (len(encoder.names),)
        assert any("simulated beads" in warning for warning in encoder.warnings(conditions))
    assert encoders["energy"].meta["per_formula_unit"] == encoders["heat_input"].meta["per_formula_unit"] == 1
    assert {p.name for p in tmp_path.iterdir()} == {*DEMO, "own", ".versions"}, "the shared body and all scratch are gone"
    assert not [line for line in lines if "does not pay" in line], "nothing is said of a fine-tuning that was not asked for"
