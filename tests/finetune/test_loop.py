"""The hand-written loop: it learns, repeats itself, stops in time, keeps the best epoch and goes on after a kill."""

from pathlib import Path
from typing import Any

import pytest
import torch

from finetune import loop


def weights(each: Any) -> dict[str, torch.Tensor]:
    return dict(each.model.state_dict())


def equal(a: Any, b: Any, atol: float = 0.0) -> bool:
    return all(torch.allclose(weight, weights(b)[name], atol=atol, rtol=0) for name, weight in weights(a).items())


def test_the_loss_falls_and_the_best_epoch_stays(ready: Any, monkeypatch: pytest.MonkeyPatch):
    each = ready(metric="rmse")
    course, after = iter([3.0, 1.0, 2.0]), []

    def evaluate() -> dict[str, float]:
        after.append({name: weight.clone() for name, weight in weights(each).items()})
        return {"rmse": next(course)}

    monkeypatch.setattr(each, "evaluate", evaluate)
    table = each.run(loop.train)
    assert [row["epoch"] for row in table] == [1, 2, 3] and table[-1]["train_loss"] < table[0]["train_loss"]
    assert all(torch.equal(weight, after[1][name]) for name, weight in weights(each).items()) and not each.model.training
    assert any(not torch.equal(weight, after[2][name]) for name, weight in weights(each).items())
    assert each.lines[0].startswith("epoch 1 of 3: loss ") and each.lines[0].endswith("rmse 3.000")


def test_equal_seeds_give_equal_weights(ready: Any):
    first, second, other = ready(), ready(), ready(seed=8)
    tables = [each.run(loop.train) for each in (first, second, other)]
    assert tables[0] == tables[1] != tables[2] and equal(first, second) and not equal(first, other)


def test_it_stops_by_patience(ready: Any, monkeypatch: pytest.MonkeyPatch):
    each = ready(metric="rmse", patience=1)
    course = iter([3.0, 4.0, 1.0])
    monkeypatch.setattr(each, "evaluate", lambda: {"rmse": next(course)})
    assert [row["rmse"] for row in each.run(loop.train)] == [3.0, 4.0] and each.best.scores["rmse"] == 3.0


def test_clipping_bounds_the_step(ready: Any, monkeypatch: pytest.MonkeyPatch):
    seen: list[float] = []
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda parameters, most: seen.append(most))
    each = ready(clip=0.5)
    each.run(loop.train)
    ready(clip=0).run(loop.train)
    assert seen == [0.5] * 3 * each.examples.steps(each.config)


@pytest.mark.parametrize("dies_after", [0, 1])
def test_a_killed_run_goes_on_to_the_same_end(ready: Any, tmp_path: Path, dies_after: int):
    whole, killed, rerun = ready(), ready(), ready()
    table = whole.run(loop.train)
    with pytest.raises(KeyboardInterrupt):
        killed.run(loop.train, tmp_path, dies_after=dies_after)
    assert rerun.run(loop.train, tmp_path) == table and equal(whole, rerun)
    told = [f"goes on after epoch {dies_after} of 3"] if dies_after else []
    assert rerun.lines[: len(told)] == told and len(rerun.lines) == 3 - dies_after + len(told), "epochs before the kill are not trained again"


def test_a_finished_run_is_not_trained_again(ready: Any, tmp_path: Path):
    first, again = ready(patience=1), ready(patience=1)
    table = first.run(loop.train, tmp_path)
    assert again.run(loop.train, tmp_path) == table and equal(first, again) and not again.lines
