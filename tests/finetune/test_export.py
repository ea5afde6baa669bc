"""What is exported is what was trained: int8 ONNX close to torch, heads exact, and one body for models that share one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from finetune import bodies
from finetune.bodies import identity
from finetune.candidates import make
from finetune.encoder import FusedEncoder, load_body, mean_pool
from finetune.export import export_embedder, export_model
from finetune.kinds import Classes
from finetune.neural import Neural, pool_all
from finetune.records import Record
from tools.encoder import FORM, Body, Encoder
from tools.features import Features
from tools.outputs import Calibration

FEATURES = 3
KIND = Classes(("a", "b"))
Make = Callable[..., Neural]


@pytest.fixture(scope="module")
def untrained(quick: Any) -> Make:
    """A candidate with random weights, as training would leave it."""

    def made(two_texts: str | None = None, features: int = FEATURES, seed: int = 2) -> Neural:
        config = quick("pair", pairing=two_texts, columns={"text_b": "b"}, max_tokens=256) if two_texts else quick(max_tokens=256)
        torch.manual_seed(seed)
        neural = Neural(KIND, config, fused=features > 0, progress=print)
        neural.model = FusedEncoder(load_body(config.base), KIND.size, features, two_texts).eval()
        neural.model.fit_features(torch.randn(20, features) * 3 + 5)
        return neural

    return made


def meta(two_texts: str | None = None, features: int = FEATURES) -> dict[str, Any]:
    names = tuple(f"n{i}" for i in range(features))
    return {
        "name": "tiny", "version": "1", "data_label": "test", "two_texts": two_texts, "max_tokens": 256, "output": KIND.to_json(),
        "features": Features(process=False, names=names, medians=(0.0,) * features).to_json(), "calibration": Calibration().to_json(),
    }  # fmt: skip


def exported(folder: Path, neural: Neural, two_texts: str | None = None) -> Encoder:
    export_model({"fused": (neural, 1.0)}, folder, meta(two_texts, neural.model.features))
    return Encoder(folder)


@pytest.fixture(scope="module")
def tiny(fast_bodies: None, untrained: Make, tmp_path_factory: pytest.TempPathFactory) -> tuple[Neural, Encoder]:
    """A head of the exporter in use, on a body of the older one: test_bodies.py has those of the one in use."""
    neural = untrained()
    return neural, exported(tmp_path_factory.mktemp("exported") / "tiny", neural)


def test_the_folder_holds_what_the_tools_load(tiny: tuple[Neural, Encoder]):
    neural, encoder = tiny
    assert {path.name for path in encoder.folder.iterdir()} == {"model.onnx", "fused.onnx", "tokenizer.json", "waam.json"}
    saved = json.loads((encoder.folder / "waam.json").read_text())
    assert saved == encoder.meta and saved["form"] == FORM and saved["heads"] == [{"file": "fused.onnx", "weight": 1.0}]
    assert saved["body"] == identity(neural.model.body, typed=False)


@pytest.mark.parametrize("batch", [1, 2, 7])
@pytest.mark.parametrize("words", [1, 30, 400])
def test_onnx_agrees_with_torch(tiny: tuple[Neural, Encoder], batch: int, words: int):
    neural, encoder = tiny
    texts = [f"{i} the travel speed is 8 mm / s " * words for i in range(batch - 1)] + ["current 1"]
    features = np.random.default_rng(1).normal(size=(batch, FEATURES)).astype(np.float32) * 3
    pooled = pool_all(neural.model, neural.tokenizer, [Record(text, "a", "") for text in texts], None)
    with torch.no_grad():
        expected = neural.model.head(pooled, torch.from_numpy(features)).numpy()
    got = encoder.run(texts, features)
    assert got.shape == (batch, 2) and np.allclose(got, expected, atol=0.05)


def test_the_head_stays_exact_in_its_features(tiny: tuple[Neural, Encoder]):
    neural, encoder = tiny
    features = np.array([[100, 5, 1], [300, 5, 1]], dtype=np.float32)
    assert encoder.body is not None
    with torch.no_grad():
        expected = neural.model.head(torch.from_numpy(encoder.body.pool(["bead"] * 2)), torch.from_numpy(features)).numpy()
    assert np.abs(expected[1] - expected[0]).min() > 0.01 and np.allclose(encoder.run(["bead", "bead"], features), expected, atol=1e-4)


@pytest.mark.parametrize("two_texts", ["separate", "pair", "concat"])
def test_two_texts_are_read_as_in_training(fast_onnx: None, untrained: Make, tmp_path: Path, remarks: list[Record], two_texts: str):
    neural = untrained(two_texts)
    encoder = exported(tmp_path / "tiny", neural, two_texts)
    records, features = remarks[:9], np.zeros((9, FEATURES), dtype=np.float32)
    pooled = pool_all(neural.model, neural.tokenizer, records, two_texts)
    with torch.no_grad():
        expected = neural.model.head(pooled, torch.from_numpy(features)).numpy()
    assert np.allclose(encoder.run([r.text for r in records], features, [r.text_b for r in records]), expected, atol=0.05)
    assert encoder.body is not None and ("token_type_ids" in encoder.body.inputs) == (two_texts == "pair")


def test_a_head_without_features_reads_the_text_alone(fast_onnx: None, untrained: Make, tmp_path: Path):
    neural = untrained(features=0)
    encoder = exported(tmp_path / "tiny", neural)
    got = encoder.run(["bead", "current 8 a"], np.zeros((2, 0)))
    expected = neural.outputs([Record("bead", "a", ""), Record("current 8 a", "a", "")], np.zeros((2, 0), dtype=np.float32))
    assert np.allclose(got, expected, atol=1e-4) and not np.allclose(got[0], got[1], atol=1e-3)


def test_a_blend_is_the_weighted_sum_and_needs_no_body_without_an_encoder(fast_onnx: None, untrained: Make, tmp_path: Path, quick: Any):
    rng = np.random.default_rng(6)
    features, targets = rng.normal(size=(40, FEATURES)).astype(np.float32), rng.integers(0, 2, 40)
    records = [Record(f"bead {i}", "a", str(i)) for i in range(40)]
    linear: Any = make("linear", KIND, quick(), print).fit(records, features, targets)
    neural = untrained()
    texts = [r.text for r in records]
    export_model({"linear": (linear, 1.0)}, tmp_path / "alone", meta())
    alone = Encoder(tmp_path / "alone")
    assert alone.meta["body"] is None and {p.name for p in alone.folder.iterdir()} == {"linear.onnx", "waam.json"}
    assert np.allclose(alone.run(texts, features), linear.outputs(records, features), atol=1e-4)
    export_model({"linear": (linear, 0.75), "fused": (neural, 0.25)}, tmp_path / "both", meta())
    expected = 0.75 * linear.outputs(records, features) + 0.25 * neural.outputs(records, features)
    assert np.allclose(Encoder(tmp_path / "both").run(texts, features), expected, atol=1e-4)


def test_the_embedder_is_the_mean_over_real_tokens(fast_onnx: None, tiny_base: Path, tmp_path: Path):
    folder = export_embedder(tiny_base, tmp_path / "embedder", recipe="r1")
    body = load_body(tiny_base).eval()
    saved = json.loads((folder / "waam.json").read_text())
    assert saved == {"form": FORM, "name": tiny_base.name, "kind": "embedder", "body": identity(body, typed=False), "recipe": "r1"}
    served = Body(folder)
    texts = ["bead", "the current is 8 a , the voltage is 2 v"]
    with torch.no_grad():
        ids = [torch.tensor([served.tokenizer.encode(text).ids]) for text in texts]
        expected = torch.cat([mean_pool(body, each, torch.ones_like(each)) for each in ids]).numpy()
    assert np.allclose(served.pool(texts), expected, atol=0.1)


def test_models_of_one_body_share_its_file_and_its_session(
    fast_onnx: None, tiny: tuple[Neural, Encoder], untrained: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    _, first = tiny
    monkeypatch.setattr(bodies, "export_body", lambda *_: pytest.fail("exported again"))
    second = exported(tmp_path / "second", untrained(seed=5))
    assert second.body is first.body is not None
    features = np.zeros((1, FEATURES))
    assert not np.allclose(first.run(["bead"], features), second.run(["bead"], features), atol=1e-3), "two heads on one body"
