"""Served bodies: ONNX gives what torch gives for any batch and length, adapters and types included; equal bodies are made once."""

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune import bodies
from finetune.bodies import export_body, identity, reader, served
from finetune.encoder import adapted, load_body, load_tokenizer, mean_pool, tokenize
from tools.encoder import BODY, META, TOKENIZER, Body

TEXTS = ["current 1", "the travel speed is 8 mm / s " * 3, "bead"]
SECOND = ["the result is bad", "good", "the voltage is 2 v " * 5]


def moved(body: torch.nn.Module) -> torch.nn.Module:
    torch.manual_seed(4)
    with torch.no_grad():
        for weight in body.parameters():
            if weight.requires_grad:
                weight.add_(0.3 * torch.randn_like(weight))
    return body.eval()


def in_folder(body: torch.nn.Module, base: Path, folder: Path, typed: bool, quantise: bool) -> Body:
    folder.mkdir(exist_ok=True)
    shutil.copy(base / TOKENIZER, folder / TOKENIZER)
    export_body(body, folder, typed, quantise)
    return Body(folder)


@pytest.fixture(scope="module")
def plain(tiny_base: Path) -> Body:
    """The tiny base as it is served, shared with the other tests of this process."""
    level = logging.getLogger().level
    body = reader(served(load_body(tiny_base), tiny_base, typed=False), 256)
    assert logging.getLogger().level == level, "exporting leaves the program's logging alone"
    return body


@pytest.mark.parametrize("batch", [1, 2, 7])
@pytest.mark.parametrize("words", [1, 30, 400])
@torch.no_grad()
def test_int8_agrees_with_torch_for_any_batch_and_length(plain: Body, tiny_base: Path, batch: int, words: int):
    texts = [f"{i} the travel speed is 8 mm / s " * words for i in range(batch - 1)] + ["current 1"]
    tokens = tokenize(load_tokenizer(tiny_base), texts)
    expected = mean_pool(load_body(tiny_base).eval(), **tokens).numpy()
    got = plain.pool(texts)
    assert got.shape == (batch, 32) and np.allclose(got, expected, atol=0.1) and np.abs(expected).max() > 1


@pytest.mark.parametrize(("how", "typed"), [("prefix", True), ("prompt", False)])
def test_what_an_adapter_learnt_is_exported(tiny_base: Path, tmp_path: Path, how: str, typed: bool):
    check_adapter(tiny_base, tmp_path, how, typed)


@pytest.mark.parametrize("how", ["lora", "ia3"])
def test_an_adapter_that_folds_into_the_weights_is_folded_in(fast_bodies: None, tiny_base: Path, tmp_path: Path, how: str):
    check_adapter(tiny_base, tmp_path, how, typed=False)  # then a plain body, which the tests above export as it is served


@torch.no_grad()
def check_adapter(tiny_base: Path, tmp_path: Path, how: str, typed: bool) -> None:
    """The adapted body with learnt weights, exported, gives what torch gives with the adapter beside the weights."""
    body = moved(adapted(load_body(tiny_base), how))
    tokens = tokenize(load_tokenizer(tiny_base), TEXTS, SECOND if typed else (), "pair" if typed else None)
    expected, plain = mean_pool(body, **tokens).numpy(), mean_pool(load_body(tiny_base).eval(), **tokens).numpy()
    made = in_folder(body, tiny_base, tmp_path / how, typed, quantise=False)
    got = made.pool(list(zip(TEXTS, SECOND, strict=True)) if typed else TEXTS)
    assert np.abs(expected - plain).max() > 5e-3, "the adapter does something, far beyond what the export may differ by"
    assert np.allclose(got, expected, atol=1e-4)
    assert made.inputs == ["input_ids", "attention_mask", *(["token_type_ids"] if typed else [])]


def test_equal_bodies_are_made_once_and_a_model_beside_lends_its_file(
    fast_bodies: None, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    body = load_body(tiny_base)
    made = served(body, tiny_base, typed=False)
    monkeypatch.setattr(bodies, "export_body", lambda *_: pytest.fail("exported again"))
    assert served(load_body(tiny_base), tiny_base, typed=False) == made and reader(made, 256) is reader(made, 256)
    version = tmp_path / ".versions" / "defects" / "0001-a"
    version.mkdir(parents=True)
    for name in (BODY, TOKENIZER):
        shutil.copy(made / name, version / name)
    (version / META).write_text(json.dumps({"body": identity(body, typed=False)}))
    (tmp_path / "defects").symlink_to(version)
    monkeypatch.setattr(bodies, "_made", {})
    lent = served(body, tiny_base, typed=False, near=tmp_path / "anomaly.partial")
    assert lent == version.resolve(), "not the name of the model, which another version may take over"


def test_a_body_whose_file_is_gone_is_made_again(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    body, made = load_body(tiny_base), []
    monkeypatch.setattr(bodies, "_made", {identity(body, typed=False): tmp_path / "pruned"})
    monkeypatch.setattr(bodies, "export_body", lambda body, folder, typed: made.append(folder))
    assert served(body, tiny_base, typed=False) == made[0] != tmp_path / "pruned"


def test_an_unfinished_or_other_model_lends_nothing(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    body, made = load_body(tiny_base), []
    for name, said in (("x.partial", identity(body, typed=False)), ("other", "q1-1234"), ("pairs", identity(body, typed=True)), ("linear", None)):
        (tmp_path / name).mkdir()
        (tmp_path / name / META).write_text(json.dumps({"body": said}))
    monkeypatch.setattr(bodies, "_made", {})
    monkeypatch.setattr(bodies, "export_body", lambda body, folder, typed: made.append(folder))
    served(body, tiny_base, typed=False, near=tmp_path / "new.partial")
    assert len(made) == 1 and tmp_path not in made[0].parents


def test_types_and_weights_make_the_identity(tiny_base: Path):
    body = load_body(tiny_base)
    assert identity(body, typed=False) == identity(load_body(tiny_base), typed=False) != identity(body, typed=True)
    assert identity(moved(body), typed=False) != identity(load_body(tiny_base), typed=False)
