"""The encoder as a candidate: the probe learns, fine-tuning never ends worse than it, equal seeds give equal outputs."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from finetune import neural
from finetune.bodies import identity
from finetune.encoder import FusedEncoder, load_body, load_tokenizer, tokenize
from finetune.kinds import Kind
from finetune.metrics import value
from finetune.neural import Neural, pool_all, pool_served
from finetune.records import Record
from finetune.tasks import fit_kind
from tools.encoder import Body

pytestmark = pytest.mark.usefixtures("fast_onnx")
BORED = "the bead"


def by_feature(count: int = 60) -> tuple[list[Record], np.ndarray]:
    """The first feature's sign decides; the text says nothing."""
    features = np.random.default_rng(5).normal(size=(count, 3)).astype(np.float32)
    return [Record(BORED, "up" if row[0] > 0 else "down", str(i)) for i, row in enumerate(features)], features


def by_text(count: int = 60) -> tuple[list[Record], np.ndarray]:
    """A word decides; the features are noise."""
    chance, features = random.Random(5), np.random.default_rng(5).normal(size=(count, 3)).astype(np.float32)
    made = []
    for i in range(count):
        word = chance.choice(["good", "bad"])
        made.append(Record(f"the {chance.choice(['bead', 'spatter', 'shape'])} is {word}", word, str(i)))
    return made, features


def fitted(config: Any, records: list[Record], features: np.ndarray, fused: bool = True, lines: list[str] | None = None) -> tuple[Neural, Kind]:
    kind = fit_kind(records, config)
    return Neural(kind, config, fused, (lines if lines is not None else []).append).fit(records, features, kind.encode(records)), kind


def accuracy(model: Neural, kind: Kind, records: list[Record], features: np.ndarray) -> float:
    return kind.score(kind.encode(records), model.outputs(records, features))["accuracy"]


@pytest.mark.parametrize("data", [by_feature, by_text])
def test_the_head_alone_learns_a_simple_rule(quick: Any, data: Any):
    records, features = data()
    model, kind = fitted(quick(epochs=0, probe_epochs=60), records, features)
    assert accuracy(model, kind, records, features) > 0.93
    assert [row["epoch"] for row in model.history] == [0] and model.history[0]["accuracy"] > 0.8


def test_without_fusion_features_are_not_seen(quick: Any):
    records, features = by_feature()
    model, kind = fitted(quick(epochs=0), records, features, fused=False)
    assert model.model.features == 0 and accuracy(model, kind, records, features) < 0.75
    assert np.array_equal(model.outputs(records, features), model.outputs(records, -features))


@pytest.mark.parametrize("engine", ["loop", "trainer"])
@pytest.mark.parametrize("body_lr", [1e-3, 5.0], ids=["a good rate", "a ruinous rate"])
def test_fine_tuning_never_ends_worse_than_the_probe(quick: Any, engine: str, body_lr: float):
    records, features = by_text()
    model, _ = fitted(
        quick(epochs=2, probe_epochs=3 if body_lr < 1 else 60, body_lr=body_lr, engine=engine, clip=0.0, metric="macro_f1"),
        records,
        features,
        fused=False,
    )
    assert [row["epoch"] for row in model.history] == [0, 1, 2] and {"loss", "macro_f1"} <= set(model.history[1])
    scores = [value(row, "macro_f1") for row in model.history]
    assert model.gain == max(scores[1:]) - scores[0]
    parts = neural.split_by_group(records, {"validation": neural.VALIDATION}, model.config.seed)["validation"]
    kept = model.kind.score(model.kind.encode(parts), model.outputs(parts, np.zeros((len(parts), 3), dtype=np.float32)))["macro_f1"]
    assert kept == pytest.approx(max(scores), abs=0.13), "the weights that stay are those of the best epoch, the probe among them"
    assert kept >= min(scores) and (body_lr < 1 or max(scores) > max(scores[1:]) + 0.2), "the ruinous rate did ruin it"


def test_the_users_metric_chooses_the_epoch(quick: Any):
    records, features = by_text()
    model, _ = fitted(quick(epochs=0, metric="ece"), records, features)
    assert model.metric == "ece"
    assert Neural(model.kind, quick(), True, print).metric == "loss"


@pytest.mark.parametrize("adapt", ["lora", "prefix"])
def test_an_adapter_is_trained_and_the_rest_stays(quick: Any, adapt: str):
    records, features = by_text(30)
    model, _ = fitted(quick(adapt=adapt, probe_epochs=3, body_lr=0.05, metric="loss"), records, features)
    start = load_body(quick().base).state_dict()
    inside = model.model.body.get_base_model().state_dict()
    assert all(torch.equal(weight, inside[name.replace("query.", "query.base_layer.") if name not in inside else
                                          name]) for name, weight in start.items() if name in inside)  # fmt: skip
    assert len(model.history) == 2


def test_a_frozen_body_is_not_fine_tuned(quick: Any):
    records, features = by_text(30)
    model, _ = fitted(quick(adapt="frozen", epochs=3), records, features)
    start = load_body(quick().base).state_dict()
    assert len(model.history) == 1 and all(torch.equal(weight, start[name]) for name, weight in model.model.body.state_dict().items())


def test_equal_seeds_give_equal_outputs(quick: Any):
    records, features = by_text(30)
    first, again, other = (fitted(quick(seed=seed), records, features)[0].outputs(records, features) for seed in (7, 7, 8))
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_a_killed_fit_goes_on(quick: Any, tmp_path: Path):
    records, features = by_text(30)
    config = quick(epochs=3, patience=9)
    kind = fit_kind(records, config)
    lines: list[str] = []

    def dying(line: str) -> None:
        lines.append(line)
        if len(lines) == 2:
            raise KeyboardInterrupt

    whole = Neural(kind, config, True, lambda _: None).fit(records, features, kind.encode(records))
    with pytest.raises(KeyboardInterrupt):
        Neural(kind, config, True, dying, tmp_path).fit(records, features, kind.encode(records))
    again = Neural(kind, config, True, lines.append, tmp_path).fit(records, features, kind.encode(records))
    assert again.history == whole.history and np.array_equal(again.outputs(records, features), whole.outputs(records, features))
    assert lines[2] == "goes on after epoch 1 of 3" and len(lines) == 5, "epoch 1 is not trained again"


def test_frozen_texts_are_encoded_once_for_each_body_and_length(quick: Any, monkeypatch: pytest.MonkeyPatch):
    texts = [Record(f"bead {i % 4} is good at speed {i % 4}", "a", str(i)) for i in range(8)]
    model, seen = FusedEncoder(load_body(quick().base), 1, 0), []
    pool = Body.pool
    monkeypatch.setattr(Body, "pool", lambda self, texts: seen.append(len(texts)) or pool(self, texts))
    monkeypatch.setattr(neural, "_served", {})
    first = pool_served(model, quick(), texts)
    assert seen == [4] and torch.equal(first[:4], first[4:])
    assert torch.equal(pool_served(model, quick(), texts[::-1]), first.flip(0)) and seen == [4]
    shorter = pool_served(model, quick(max_tokens=8), [Record(f"{r.text} at speed", "a", r.group) for r in texts])
    assert seen == [4, 4] and not torch.allclose(shorter, first)
    before = identity(model.body, typed=False)
    with torch.no_grad():
        model.body.encoder.layer[0].output.dense.weight.add_(0.1)
    assert identity(model.body, typed=False) != before, "another body, other vectors"


@pytest.mark.parametrize("two_texts", [None, "separate", "pair", "concat"])
def test_the_served_body_pools_what_the_float_one_pools(quick: Any, remarks: list[Record], two_texts: str | None):
    config = quick("pair", pairing=two_texts, columns={"text_b": "b"}) if two_texts else quick()
    records = remarks if two_texts else [replace(r, text_b="") for r in remarks]
    model = FusedEncoder(load_body(config.base), 1, 0, two_texts)
    exact = pool_all(model, load_tokenizer(config.base, config.max_tokens), records, two_texts)
    assert torch.allclose(pool_served(model, config, records), exact, atol=0.1) and exact.abs().max() > 1


@pytest.mark.parametrize("two_texts", ["separate", "pair", "concat"])
def test_pooling_keeps_the_order_and_reads_both_texts(tiny_base: Path, remarks: list[Record], two_texts: str):
    model, tokenizer = FusedEncoder(load_body(tiny_base), 1, 0, two_texts), load_tokenizer(tiny_base)
    pooled = pool_all(model, tokenizer, remarks, two_texts)
    assert torch.allclose(pooled[7:8], pool_all(model, tokenizer, remarks[7:8], two_texts), atol=1e-5)
    changed = pool_all(model, tokenizer, [replace(remarks[7], text_b="what is the voltage")], two_texts)
    assert pooled.shape == (60, model.hidden) and not torch.allclose(pooled[7:8], changed, atol=1e-4)
    with torch.no_grad():
        direct = model.pool(tokenize(tokenizer, [remarks[7].text], [remarks[7].text_b], two_texts))
    assert torch.allclose(pooled[7:8], direct, atol=1e-5)
