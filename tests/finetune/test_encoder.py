"""The fused encoder: shapes, padding that does not matter, quantities that do."""

from pathlib import Path

import pytest
import torch

from finetune.encoder import MAX_TOKENS, FusedEncoder, load_body, load_tokenizer, tokenize
from tools.conditions import FEATURES


@pytest.fixture
def model(tiny_base: Path) -> FusedEncoder:
    torch.manual_seed(1)
    return FusedEncoder(load_body(tiny_base), outputs=3).eval()


TEXTS = ["the current is 8 a", "the material used in the gmaw experiment is 316l , the voltage is 2 v"]


@torch.no_grad()
def test_shapes(model: FusedEncoder, tiny_base: Path):
    ids, mask = tokenize(load_tokenizer(tiny_base), TEXTS)
    assert ids.shape == mask.shape == (2, 15) and mask.sum(dim=1).tolist() == [5, 15]
    assert model.pool(ids, mask).shape == (2, 32)
    assert model(ids, mask, torch.zeros(2, FEATURES)).shape == (2, 3)


@torch.no_grad()
def test_padding_changes_nothing(model: FusedEncoder, tiny_base: Path):
    tokenizer = load_tokenizer(tiny_base)
    together = model.pool(*tokenize(tokenizer, TEXTS))
    alone = torch.cat([model.pool(*tokenize(tokenizer, [text])) for text in TEXTS])
    assert torch.allclose(together, alone, atol=1e-5)


@torch.no_grad()
def test_text_and_quantities_both_count(model: FusedEncoder, tiny_base: Path):
    ids, mask = tokenize(load_tokenizer(tiny_base), TEXTS)
    zero, one = torch.zeros(2, FEATURES), torch.ones(2, FEATURES)
    assert not torch.allclose(model(ids, mask, zero)[0], model(ids, mask, zero)[1])
    assert not torch.allclose(model(ids, mask, zero), model(ids, mask, one))


def test_features_are_standardised_and_constant_ones_stay_finite(model: FusedEncoder):
    features = torch.randn(50, FEATURES) * 3 + 5
    features[:, 0] = 2.0
    model.fit_features(features)
    scaled = (features - model.feature_mean) / model.feature_std
    assert torch.isfinite(scaled).all() and scaled[:, 0].abs().max() < 1e-3
    assert torch.allclose(scaled[:, 1:].mean(dim=0), torch.zeros(FEATURES - 1), atol=1e-4)
    assert torch.allclose(scaled[:, 1:].std(dim=0), torch.ones(FEATURES - 1), atol=1e-4)


def test_long_texts_are_cut(tiny_base: Path):
    ids, _ = tokenize(load_tokenizer(tiny_base), ["bead " * 1000])
    assert ids.shape == (1, MAX_TOKENS)
