"""Every default is changed alone, judged at the last epoch, and differences are taken seed by seed."""

from pathlib import Path

import pytest
from torch import nn

from benchmarks.defaults import OURS, TRAINER, VARIANTS, _against, _config, _Last, main


def test_each_change_really_changes_the_configuration(tmp_path: Path):
    ours = _config(tmp_path, 1)
    for name, change in VARIANTS.items():
        changed = _config(tmp_path, 1, **change)
        apart = {key for key in type(ours).model_fields if getattr(ours, key) != getattr(changed, key)}
        assert apart == set(change), name
    assert set(VARIANTS["all of Trainer's"]) == {key for change in TRAINER.values() for key in change} | {"engine"}


def test_a_worse_last_epoch_is_what_counts():
    model, last = nn.Linear(1, 1), _Last("loss", patience=1)
    assert not any(last.update({"loss": loss}, model) for loss in (0.1, 0.2, 0.3))
    assert last.scores == {"loss": 0.3}


def test_differences_are_between_runs_of_one_seed():
    ours = [{"loss": 0.5, "macro_f1": 0.4}, {"loss": 0.9, "macro_f1": 0.2}]
    runs = [{"loss": 0.6, "macro_f1": 0.4}, {"loss": 1.0, "macro_f1": 0.2}]
    assert _against(runs, ours)["loss"] == [pytest.approx(0.1), pytest.approx(0.0)]


def test_the_quick_mode_measures_every_variant(tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    result = main(["--quick", "--seeds", "1", "--base", str(tiny_base), "--json", str(tmp_path / "out.json")])
    by_name = {row["name"]: row["runs"][0] for row in result["rows"]}
    assert list(by_name) == list(VARIANTS) and (tmp_path / "out.json").exists()
    assert by_name["engine: Trainer, else equal"]["loss"] == pytest.approx(by_name[OURS]["loss"], abs=1e-4), "the engines agree"
    assert by_name["half the epochs"]["loss"] != by_name[OURS]["loss"]
    assert "| changed" in capsys.readouterr().out
