"""What both engines share: batches, parameter groups, the schedule, the best epoch, checkpoints."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from finetune.engine import Best, by_length, one_thread, parameter_groups, read_checkpoint, schedule, seeded, write_checkpoint


def test_an_epoch_is_complete_and_equal_for_equal_seeds(ready: Any):
    examples, config = ready().examples, ready(epoch_tokens=16_000, batch=12).config
    drawn = examples.epoch(config, 0)
    assert sorted(row for batch in drawn for row in batch) == list(range(30))
    assert len(drawn) == examples.steps(config) == 3 and {len(batch) for batch in drawn} == {12, 6}
    assert drawn == examples.epoch(config, 0) != examples.epoch(config, 1)
    assert drawn != examples.epoch(config.model_copy(update={"seed": 8}), 0)


def test_an_epoch_draws_at_most_its_share_without_repeats(ready: Any):
    each = ready()
    drawn = [row for batch in each.examples.epoch(each.config, 3) for row in batch]
    lengths = [len(each.examples.tokenizer.encode(record.text).ids) for record in each.examples.records]
    assert len(drawn) == len(set(drawn)) == int(800 / np.mean(lengths)) < 30 and each.examples.steps(each.config) == math.ceil(len(drawn) / 8)
    assert each.examples.drawn(each.config.model_copy(update={"epoch_tokens": 1})) == 1, "never none"


def test_a_batch_holds_texts_of_like_length_and_their_own_features(ready: Any):
    each = ready()
    order = [row for part in by_length(each.examples.records, 7) for row in part]
    lengths = [len(each.examples.records[row].text) for row in order]
    assert lengths == sorted(lengths) and sorted(order) == list(range(30))
    tokens, features, targets = each.examples.batch([5, 2])
    assert len(tokens["input_ids"]) == 2
    assert torch.equal(features, each.examples.features[[5, 2]]) and torch.equal(targets, each.examples.targets[[5, 2]])


@pytest.mark.parametrize(("metric", "course", "best"), [("rmse", [5, 3, 4], 1), ("loss", [0.7, 0.9, 0.2], 2), ("macro_f1", [0.2, 0.8, 0.5], 1)])
def test_the_best_epoch_is_the_one_that_is_better_by_its_metric(metric: str, course: list[float], best: int):
    model, kept = nn.Linear(1, 1), Best(metric, patience=9)
    for value in course:
        nn.init.constant_(model.weight, value)
        kept.update({metric: value}, model)
    kept.restore(model)
    assert kept.scores == {metric: course[best]} and model.weight.item() == pytest.approx(course[best]) and not model.training


def test_patience_counts_epochs_without_improvement_and_an_equal_one_is_none():
    kept, model = Best("macro_f1", patience=2), nn.Linear(1, 1)
    assert [kept.update({"macro_f1": value}, model) for value in (0.5, 0.4, 0.6, 0.6, 0.3)] == [False, False, False, False, True]
    again = Best("macro_f1", patience=2)
    again.resume(kept.saved())
    assert (again.scores, again.waited) == ({"macro_f1": 0.6}, 2)


@pytest.mark.parametrize("decay_norms", [True, False])
def test_groups_have_their_rates_and_norms_decay_only_where_asked(ready: Any, decay_norms: bool):
    each = ready(decay_norms=decay_norms)
    groups = parameter_groups(each.model, each.config)
    config = each.config
    found = {(g["lr"], g["weight_decay"]): {id(w) for w in g["params"]} for g in groups}
    rates, decays = (config.body_lr, config.head_lr / 10), ({0.01} if decay_norms else {0.01, 0.0})
    assert set(found) == {(rate, decay) for rate in rates for decay in decays}
    for name, weight in each.model.named_parameters():
        key = (rates[not name.startswith("body.")], 0.01 if decay_norms or weight.ndim > 1 else 0.0)
        assert (id(weight) in found[key]) == ("embeddings." not in name), name
    each = ready(train_embeddings=True)
    count = sum(len(g["params"]) for g in parameter_groups(each.model, each.config))
    assert count == len(list(each.model.parameters())), "every weight once, embeddings too"


def test_adapters_have_only_their_own_weights_in_the_groups(ready: Any):
    each = ready(adapt="lora")
    weights = {id(w) for g in parameter_groups(each.model, each.config) for w in g["params"]}
    assert {name.rsplit(".", 3)[-3] for name, w in each.model.body.named_parameters() if id(w) in weights} == {"lora_A", "lora_B"}


@pytest.mark.parametrize(("adapt", "rate"), [("full", 3e-5), ("lora", 3e-4)])
def test_the_encoder_is_trained_at_the_rate_of_its_adapter(ready: Any, adapt: str, rate: float):
    each = ready(adapt=adapt, body_lr=None)
    assert {g["lr"] for g in parameter_groups(each.model, each.config)} == {rate, each.config.head_lr / 10}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("constant", [0, 0.5, 1, 1, 1, 1]), ("linear", [0, 0.5, 1, 0.75, 0.5, 0]), ("cosine", [0, 0.5, 1, (1 + math.cos(math.pi / 4)) / 2, 0.5, 0])],
)
def test_the_schedule_warms_up_and_then_decays_to_zero(quick: Any, name: str, expected: list[float]):
    share = schedule(quick(schedule=name, warmup=0.2), total=10)
    assert [share(step) for step in (0, 1, 2, 4, 6, 10)] == pytest.approx(expected)
    assert schedule(quick(schedule=name, warmup=0), total=10)(0) == 1


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "new" / "state.pt"
    write_checkpoint({"weights": torch.ones(2), "history": [{"epoch": 1.0}]}, file)
    monkeypatch.setattr(torch, "save", lambda state, file: (file.write_bytes(b"half"), 1 / 0))
    with pytest.raises(ZeroDivisionError):
        write_checkpoint({"weights": torch.zeros(2)}, file)
    assert read_checkpoint(file)["weights"].tolist() == [1, 1] and read_checkpoint(file)["history"] == [{"epoch": 1.0}]


def test_a_checkpoint_runs_nothing(tmp_path: Path):
    torch.save({"history": Path("somewhere")}, tmp_path / "odd.pt")
    with pytest.raises(Exception, match=r"weights_only|Weights only"):
        read_checkpoint(tmp_path / "odd.pt")


def test_seeds_and_threads():
    seeded(3)
    first = (torch.rand(1).item(), np.random.rand())
    seeded(3)
    assert (torch.rand(1).item(), np.random.rand()) == first
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), one_thread():
        assert torch.get_num_threads() == 1
        raise RuntimeError
    assert torch.get_num_threads() == before
