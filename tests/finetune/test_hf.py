"""HuggingFace's Trainer gives what the hand-written loop gives once every default is made equal; and where one differs, it does not."""

from pathlib import Path
from typing import Any

import pytest
import torch

from finetune import hf, loop
from finetune.engine import seeded

WITHIN = 1e-5


def apart(a: Any, b: Any) -> float:
    """The largest difference between two models' weights."""
    other = b.model.state_dict()
    return max(float((weight - other[name]).abs().max()) for name, weight in a.model.state_dict().items() if weight.numel())


def same_table(first: list[dict[str, float]], second: list[dict[str, float]]) -> bool:
    return len(first) == len(second) and all(
        row == pytest.approx(other, abs=1e-4) and row.keys() == other.keys() for row, other in zip(first, second, strict=True)
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dropout": 0.0},
        {"schedule": "cosine"},
        {"schedule": "constant"},
        {"clip": 0.0},
        {"decay_norms": False, "weight_decay": 0.3},
        {"adapt": "lora"},
    ],
    ids=str,
)
def test_both_engines_give_the_same_weights_and_the_same_table(ready: Any, settings: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    by_hand, by_trainer = ready(**settings), ready(**settings)
    assert apart(by_hand, by_trainer) == 0
    start = {name: weight.clone() for name, weight in by_hand.model.state_dict().items()}
    tables = by_hand.run(loop.train), by_trainer.run(hf.train)
    assert same_table(*tables) and by_hand.lines == by_trainer.lines
    assert by_hand.best.scores["epoch"] > 1, "the weights compared are a later epoch's"
    assert not capsys.readouterr().out, "standard output is the caller's"
    assert apart(by_hand, by_trainer) < WITHIN
    assert max(float((w - start[name]).abs().max()) for name, w in by_hand.model.state_dict().items() if w.numel()) > 100 * WITHIN, "it was trained"


@pytest.mark.parametrize(
    "change",
    [{"decay_norms": False}, {"schedule": "cosine"}, {"warmup": 0.0}, {"clip": 0.1}, {"dropout": 0.0}, {"seed": 8}],
    ids=str,
)
def test_one_default_that_differs_makes_the_engines_differ(ready: Any, change: dict[str, Any]):
    by_hand, by_trainer = ready(weight_decay=0.3), ready(weight_decay=0.3, **change)
    by_hand.run(loop.train), by_trainer.run(hf.train)
    assert apart(by_hand, by_trainer) > 10 * WITHIN


def test_what_is_drawn_before_makes_no_difference(ready: Any):
    first, second = ready(), ready()
    seeded(1)
    first.run(hf.train)
    seeded(2)
    torch.rand(3)
    second.run(hf.train)
    assert apart(first, second) == 0


@pytest.mark.parametrize("dies_after", [0, 1])
def test_a_killed_run_goes_on_to_the_same_end(ready: Any, tmp_path: Path, dies_after: int):
    whole, killed, rerun = ready(), ready(), ready()
    table = whole.run(hf.train)
    with pytest.raises(KeyboardInterrupt):
        killed.run(hf.train, tmp_path / "checkpoints", dies_after=dies_after)
    assert same_table(rerun.run(hf.train, tmp_path / "checkpoints"), table)
    assert apart(whole, rerun) < WITHIN and rerun.lines[: -(3 - dies_after)] == [f"goes on after epoch {dies_after} of 3"][:dies_after]


def test_a_checkpoint_that_is_not_whole_is_not_resumed(ready: Any, tmp_path: Path):
    whole, killed, rerun = ready(), ready(), ready()
    table = whole.run(hf.train)
    with pytest.raises(KeyboardInterrupt):
        killed.run(hf.train, tmp_path, dies_after=1)
    for file in tmp_path.glob(f"checkpoint-*/{hf.BEST}"):
        file.unlink()
    assert same_table(rerun.run(hf.train, tmp_path), table) and apart(whole, rerun) < WITHIN


def test_a_run_that_patience_ended_is_not_trained_again(ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first, again = ready(metric="rmse", patience=1), ready(metric="rmse", patience=1)
    course = iter([3.0, 4.0, 1.0])
    monkeypatch.setattr(first, "evaluate", lambda: {"rmse": next(course)})
    table = first.run(hf.train, tmp_path)
    assert [row["rmse"] for row in table] == [3.0, 4.0] and first.best.scores["rmse"] == 3.0
    assert again.run(hf.train, tmp_path) == table and apart(first, again) == 0 and not again.lines
