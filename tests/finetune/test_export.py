"""What is exported is what was trained: int8 ONNX close to torch, for any batch and any length."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.encoder import FusedEncoder, body_hash, load_body
from finetune.export import export_embedder, export_encoder
from tools.conditions import ProcessConditions
from tools.encoder import Body, Encoder

META = {"name": "tiny", "version": "1", "data_label": "test", "labels": []}


@pytest.fixture(scope="module")
def exported(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[FusedEncoder, Encoder, Path]:
    torch.manual_seed(2)
    model = FusedEncoder(load_body(tiny_base), outputs=2).eval()
    level = logging.getLogger().level
    folder = export_encoder(model, tiny_base, tmp_path_factory.mktemp("exported") / "tiny", META)
    assert logging.getLogger().level == level, "exporting leaves the program's logging alone"
    return model, Encoder(folder), folder


def test_the_folder_holds_what_the_tools_load(exported: tuple[FusedEncoder, Encoder, Path]):
    model, encoder, folder = exported
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "head.onnx", "tokenizer.json", "waam.json"}
    assert json.loads((folder / "waam.json").read_text()) == META | {"body": body_hash(model.body)} == encoder.meta


@pytest.mark.parametrize("batch", [1, 2, 7])
@pytest.mark.parametrize("words", [1, 30, 400])
def test_onnx_agrees_with_torch(exported: tuple[FusedEncoder, Encoder, Path], batch: int, words: int):
    model, encoder, _ = exported
    texts = ["the travel speed is 8 mm / s " * words] * (batch - 1) + ["current 1"]
    features = [ProcessConditions(current_a=100 + i).features() for i in range(batch)]
    encoded = encoder.body.tokenizer.encode_batch(texts)
    with torch.no_grad():
        expected = model(torch.tensor([e.ids for e in encoded]), torch.tensor([e.attention_mask for e in encoded]), torch.tensor(features)).numpy()
    got = encoder.run(texts, features)
    assert got.shape == (batch, 2)
    assert np.allclose(got, expected, atol=0.05)


def test_the_head_stays_exact_in_its_quantities(exported: tuple[FusedEncoder, Encoder, Path]):
    model, encoder, _ = exported
    low, high = (ProcessConditions(current_a=a).features() for a in (100, 300))
    served = np.diff(encoder.run(["bead", "bead"], [low, high]), axis=0)
    with torch.no_grad():
        pooled = model.pool(torch.tensor([[encoder.body.tokenizer.token_to_id("bead")]] * 2), torch.ones(2, 1, dtype=torch.long))
        expected = np.diff(model.head(pooled, torch.tensor([low, high])).numpy(), axis=0)
    assert np.abs(expected).min() > 0.01 and np.allclose(served, expected, rtol=0.02, atol=0.002)


def test_the_embedder_is_the_mean_over_real_tokens(tiny_base: Path, tmp_path: Path):
    folder = export_embedder(tiny_base, tmp_path / "embedder")
    body = load_body(tiny_base).eval()
    assert json.loads((folder / "waam.json").read_text()) == {"name": tiny_base.name, "kind": "embedder", "body": body_hash(body)}
    served = Body(folder)
    texts = ["bead", "the current is 8 a , the voltage is 2 v"]
    with torch.no_grad():
        expected = [body(input_ids=torch.tensor([served.tokenizer.encode(t).ids])).last_hidden_state[0].mean(dim=0).numpy() for t in texts]
    assert np.allclose(served.pool(texts), np.array(expected), atol=0.1)


def test_models_of_one_body_share_its_file_and_its_session(
    exported: tuple[FusedEncoder, Encoder, Path], tiny_base: Path, monkeypatch: pytest.MonkeyPatch
):
    model, encoder, folder = exported
    torch.manual_seed(5)
    other = FusedEncoder(model.body, outputs=3).eval()
    monkeypatch.setattr("finetune.export._export_body", lambda *_: pytest.fail("exported again"))
    second = Encoder(export_encoder(other, tiny_base, folder.parent / "second", META))
    assert second.body is encoder.body and second.run(["bead"], [ProcessConditions(current_a=100).features()]).shape == (1, 3)
