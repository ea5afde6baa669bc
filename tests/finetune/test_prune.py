"""Pruning: the smallest weights become zero and stay zero through recovery; whole layers go, and the rest is the trained body's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from finetune.encoder import load_body
from finetune.neural import Neural
from finetune.prune import depth, with_fewer_layers, without_small_weights, zeros
from finetune.records import Record
from finetune.tasks import fit_kind

pytestmark = pytest.mark.usefixtures("fast_onnx")

Fitted = Callable[..., tuple[Neural, list[Record], np.ndarray, np.ndarray]]


@pytest.fixture
def fitted(quick, beads) -> Fitted:
    def made(layers: int = 1, **changed: object) -> tuple[Neural, list[Record], np.ndarray, np.ndarray]:
        records = beads(count=30)
        config = quick(**changed)
        kind = fit_kind(records, config)
        features = np.zeros((len(records), 2), dtype=np.float32)
        neural = Neural(kind, config, True, lambda line: None).fit(records, features, kind.encode(records))
        if layers > 1:
            torch.manual_seed(3)
            shape = BertConfig(**load_body(config.base).config.to_dict() | {"num_hidden_layers": layers})
            neural.model.body = BertModel(shape, add_pooling_layer=False)
        return neural, records, features, kind.encode(records)

    return made


@pytest.mark.parametrize("epochs", [0, 2])
def test_the_smallest_weights_are_zero_and_stay_so(fitted: Fitted, epochs: int):
    neural, records, features, targets = fitted(epochs=0)
    before = {name: weight.clone() for name, weight in neural.model.body.state_dict().items()}
    small = without_small_weights(neural, 0.5, records, features, targets, epochs)
    assert zeros(small.model.body) == pytest.approx(0.5, abs=0.001) and zeros(neural.model.body) == 0
    after = small.model.body.state_dict()
    assert set(after) == set(before), "no masks are left"
    weights = [name for name in before if ".dense.weight" in name or ".query.weight" in name]
    kept = torch.cat([before[name][after[name] != 0].abs() for name in weights])
    gone = torch.cat([before[name][after[name] == 0].abs() for name in weights])
    assert gone.max() <= kept.min()
    moved = any(not torch.equal(after[name][after[name] != 0], before[name][after[name] != 0]) for name in weights)
    assert moved == bool(epochs)
    assert [row["epoch"] for row in small.history if row["epoch"]] == list(range(1, epochs + 1))
    assert all(torch.equal(weight, neural.model.body.state_dict()[name]) for name, weight in before.items()), "the model itself is left alone"


def test_a_merged_adapter_can_be_pruned(fitted: Fitted):
    neural, records, features, targets = fitted(epochs=1, adapt="lora")
    small = without_small_weights(neural, 0.3, records, features, targets)
    assert small.config.adapt == "full" and zeros(small.model.body) == pytest.approx(0.3, abs=0.001)
    assert small.outputs(records, features).shape == (30, 1)


@pytest.mark.parametrize(("layers", "kept"), [(4, [0, 1, 2, 3]), (3, [0, 2, 3]), (2, [0, 3]), (1, [3])])
def test_layers_are_left_out_evenly_and_the_last_stays(fitted: Fitted, tmp_path: Path, layers: int, kept: list[int]):
    neural, *_ = fitted(layers=4, epochs=0)
    assert depth(neural) == 4
    config = with_fewer_layers(neural, layers, tmp_path / "shallow")
    body = load_body(config.base)
    assert body.config.num_hidden_layers == layers and depth(neural) == 4, "the model itself is left alone"
    trained = neural.model.body.encoder.layer
    for place, original in enumerate(kept):
        assert torch.equal(body.encoder.layer[place].output.dense.weight, trained[original].output.dense.weight)
    assert (config.base / "tokenizer.json").exists()


@pytest.mark.parametrize("layers", [0, 2])
def test_a_number_of_layers_that_cannot_be_is_refused(fitted: Fitted, tmp_path: Path, layers: int):
    neural, *_ = fitted(epochs=0)
    with pytest.raises(ValueError, match=f"a body of 1 layers cannot keep {layers}"):
        with_fewer_layers(neural, layers, tmp_path)
