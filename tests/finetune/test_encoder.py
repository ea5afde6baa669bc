"""The fused encoder: two texts read three ways, padding that does not matter, features that do, adapters that train what they say."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModel, BertConfig, DistilBertConfig, MPNetConfig

from finetune.encoder import (
    MAX_TOKENS,
    VIRTUAL_TOKENS,
    FusedEncoder,
    adapted,
    body_hash,
    compared,
    load_body,
    load_tokenizer,
    mean_pool,
    merged,
    save_body,
    tokenize,
)
from finetune.records import DataError

HIDDEN, FEATURES = 32, 5
TEXTS = ["the current is 8 a", "the material used in the gmaw experiment is 316l , the voltage is 2 v"]
SECOND = ["the result is bad", "what is the speed"]


def make(base: Path, two_texts: str | None = None, features: int = FEATURES) -> FusedEncoder:
    torch.manual_seed(1)
    return FusedEncoder(load_body(base), outputs=3, features=features, two_texts=two_texts).eval()


def moved(body: torch.nn.Module) -> torch.nn.Module:
    """The body as training would leave it: its trained weights are no longer where they started."""
    torch.manual_seed(4)
    with torch.no_grad():
        for weight in body.parameters():
            if weight.requires_grad:
                weight.add_(0.3 * torch.randn_like(weight))
    return body.eval()


def test_one_text_gives_ids_and_a_mask(tiny_base: Path):
    tokens = tokenize(load_tokenizer(tiny_base), TEXTS)
    assert set(tokens) == {"input_ids", "attention_mask"}
    assert tokens["input_ids"].shape == (2, 20) and tokens["attention_mask"].sum(dim=1).tolist() == [7, 20]  # 316l is four


def test_a_pair_is_joined_as_the_tokenizer_joins_pairs_with_types(tiny_base: Path):
    tokens = tokenize(load_tokenizer(tiny_base), TEXTS[:1], SECOND[:1], "pair")
    assert tokens["input_ids"][0, [0, 6, 11]].tolist() == [2, 3, 3]
    assert tokens["token_type_ids"][0].tolist() == [0] * 7 + [1] * 5


def test_concat_is_one_text_and_separate_is_two(tiny_base: Path):
    tokenizer = load_tokenizer(tiny_base)
    joined = tokenize(tokenizer, TEXTS, SECOND, "concat")
    assert torch.equal(joined["input_ids"], tokenize(tokenizer, [f"{a} {b}" for a, b in zip(TEXTS, SECOND, strict=True)])["input_ids"])
    apart = tokenize(tokenizer, TEXTS, SECOND, "separate")
    assert torch.equal(apart["input_ids"], tokenize(tokenizer, TEXTS)["input_ids"])
    assert torch.equal(apart["input_ids_b"], tokenize(tokenizer, SECOND)["input_ids"])


@torch.no_grad()
@pytest.mark.parametrize("two_texts", [None, "separate", "pair", "concat"])
def test_shapes(tiny_base: Path, two_texts: str | None):
    model = make(tiny_base, two_texts)
    tokens = tokenize(load_tokenizer(tiny_base), TEXTS, SECOND if two_texts else (), two_texts)
    assert model.pool(tokens).shape == (2, model.hidden) == (2, 2 * HIDDEN if two_texts == "separate" else HIDDEN)
    assert model(torch.zeros(2, FEATURES), **tokens).shape == (2, 3)


@torch.no_grad()
def test_types_of_a_pair_are_read(tiny_base: Path):
    model, tokens = make(tiny_base, "pair"), tokenize(load_tokenizer(tiny_base), TEXTS, SECOND, "pair")
    untyped = {name: value for name, value in tokens.items() if name != "token_type_ids"}
    assert model.typed and not torch.allclose(model.pool(tokens), model.pool(untyped), atol=1e-3)


@torch.no_grad()
def test_a_body_without_types_is_not_given_any(tiny_base: Path):
    model, tokens = make(tiny_base, "pair"), tokenize(load_tokenizer(tiny_base), TEXTS, SECOND, "pair")
    model.typed = False
    assert torch.equal(model.pool(tokens), model.pool(tokens | {"token_type_ids": tokens["token_type_ids"] * 0 + 1}))


@torch.no_grad()
@pytest.mark.parametrize("two_texts", [None, "separate", "pair", "concat"])
def test_padding_changes_nothing(tiny_base: Path, two_texts: str | None):
    model, tokenizer = make(tiny_base, two_texts), load_tokenizer(tiny_base)
    second = SECOND if two_texts else ["", ""]
    together = model.pool(tokenize(tokenizer, TEXTS, second if two_texts else (), two_texts))
    alone = [model.pool(tokenize(tokenizer, [a], [b] if two_texts else (), two_texts)) for a, b in zip(TEXTS, second, strict=True)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


@torch.no_grad()
def test_separate_texts_may_change_places(tiny_base: Path):
    model, tokenizer = make(tiny_base, "separate"), load_tokenizer(tiny_base)
    there, back = (model.pool(tokenize(tokenizer, a, b, "separate")) for a, b in ((TEXTS, SECOND), (SECOND, TEXTS)))
    assert torch.allclose(there, back, atol=1e-5)
    assert torch.equal(compared(torch.ones(1, 2), torch.tensor([[1.0, 3.0]])), torch.tensor([[0.0, 2.0, 1.0, 3.0]]))


@torch.no_grad()
def test_text_and_features_both_count(tiny_base: Path):
    model, tokens = make(tiny_base), tokenize(load_tokenizer(tiny_base), TEXTS)
    zero, one = torch.zeros(2, FEATURES), torch.ones(2, FEATURES)
    assert not torch.allclose(model(zero, **tokens)[0], model(zero, **tokens)[1])
    assert not torch.allclose(model(zero, **tokens), model(one, **tokens))


@torch.no_grad()
def test_no_features_is_the_text_alone(tiny_base: Path):
    model, tokens = make(tiny_base, features=0), tokenize(load_tokenizer(tiny_base), TEXTS)
    model.fit_features(torch.zeros(9, 0))
    assert model.straight is None and torch.isfinite(model(torch.zeros(2, 0), **tokens)).all()


def test_features_are_standardised_and_constant_ones_stay_finite(tiny_base: Path):
    model = make(tiny_base)
    features = torch.randn(50, FEATURES) * 3 + 5
    features[:, 0] = 2.0
    model.fit_features(features)
    scaled = (features - model.feature_mean) / model.feature_std
    assert torch.isfinite(scaled).all() and scaled[:, 0].abs().max() < 1e-3
    assert torch.allclose(scaled[:, 1:].mean(dim=0), torch.zeros(FEATURES - 1), atol=1e-4)
    assert torch.allclose(scaled[:, 1:].std(dim=0, correction=0), torch.ones(FEATURES - 1), atol=1e-4)


def test_long_texts_are_cut(tiny_base: Path):
    assert tokenize(load_tokenizer(tiny_base), ["bead " * 1000])["input_ids"].shape == (1, MAX_TOKENS)
    assert tokenize(load_tokenizer(tiny_base, 16), ["bead " * 1000], ["speed " * 1000], "pair")["input_ids"].shape == (1, 16)


ATTENTION = 2 * 8 * (HIDDEN + HIDDEN)  # rank 8 on query and value of one layer
TRAINED = {
    "frozen": 0, "lora": ATTENTION, "ia3": HIDDEN + HIDDEN + 64,  # key, value, and what enters the second feed-forward layer
    "prefix": VIRTUAL_TOKENS * 2 * HIDDEN, "prompt": VIRTUAL_TOKENS * HIDDEN,
}  # fmt: skip


@pytest.mark.parametrize("how", ["full", *TRAINED])
def test_adapters_train_what_they_say_and_gradients_reach_it(tiny_base: Path, how: str):
    model = make(tiny_base)
    before = sum(weight.numel() for weight in model.body.parameters())
    model.body = adapted(model.body, how)
    trained = {name: weight for name, weight in model.body.named_parameters() if weight.requires_grad}
    assert sum(weight.numel() for weight in trained.values()) == TRAINED.get(how, before)
    for name, weight in trained.items():
        if "lora_B" in name:  # zero at first, and then no gradient reaches the other half
            torch.nn.init.ones_(weight)
    tokens = tokenize(load_tokenizer(tiny_base), TEXTS)
    model(torch.zeros(2, FEATURES), **tokens).square().sum().backward()
    unused = {name for name, weight in trained.items() if weight.grad is None or not weight.grad.any()}
    assert not {name for name in unused if "key.bias" not in name}, "a key's bias cancels in the softmax; all else learns"
    assert not [name for name, weight in model.body.named_parameters() if name not in trained and weight.grad is not None]
    assert all(weight.requires_grad for weight in model.head_parameters())


@torch.no_grad()
@pytest.mark.parametrize("how", ["lora", "ia3"])
def test_a_merged_adapter_gives_what_it_gave_beside_the_weights(tiny_base: Path, how: str):
    tokens, plain = tokenize(load_tokenizer(tiny_base), TEXTS), load_body(tiny_base)
    start = mean_pool(plain, **tokens)
    body = moved(adapted(plain, how))
    beside = mean_pool(body, **tokens)
    folded = merged(body)
    assert not torch.allclose(beside, start, atol=1e-3)
    assert torch.allclose(mean_pool(folded.eval(), **tokens), beside, atol=1e-5)
    assert set(folded.state_dict()) == set(load_body(tiny_base).state_dict())


@torch.no_grad()
@pytest.mark.parametrize("how", ["prefix", "prompt"])
def test_a_learnt_prompt_is_not_counted_among_the_tokens(tiny_base: Path, how: str):
    tokens, start = tokenize(load_tokenizer(tiny_base), TEXTS), load_body(tiny_base)
    body = moved(adapted(load_body(tiny_base), how))
    pooled = mean_pool(body, **tokens)
    assert merged(body) is body
    assert pooled.shape == (2, HIDDEN) and not torch.allclose(pooled, mean_pool(start, **tokens), atol=1e-3)
    alone = mean_pool(body, **tokenize(load_tokenizer(tiny_base), TEXTS[:1]))
    assert torch.allclose(pooled[:1], alone, atol=1e-5), "nor does padding count"


@torch.no_grad()
@pytest.mark.parametrize("how", ["lora", "ia3", "prefix", "prompt"])
def test_adapters_read_typed_pairs(tiny_base: Path, how: str):
    model = make(tiny_base, "pair")
    model.body = moved(adapted(model.body, how))
    tokens = tokenize(load_tokenizer(tiny_base), TEXTS, SECOND, "pair")
    pooled = model.pool(tokens)
    assert not torch.allclose(pooled, model.pool(tokens | {"token_type_ids": 1 - tokens["token_type_ids"]}), atol=1e-3)
    zeros = tokens["token_type_ids"] * 0
    assert torch.allclose(
        model.pool(tokens | {"token_type_ids": zeros}), mean_pool(model.body, tokens["input_ids"], tokens["attention_mask"]), atol=1e-5
    )


def test_mpnet_takes_no_prefix_and_says_so(tmp_path: Path):
    small = {"hidden_size": HIDDEN, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    AutoModel.from_config(MPNetConfig(vocab_size=40, **small)).save_pretrained(tmp_path)
    assert adapted(load_body(tmp_path), "prompt")
    with pytest.raises(DataError, match="type mpnet takes no learnt prefix; use --adapt lora"):
        adapted(load_body(tmp_path), "prefix")


def test_the_first_layers_alone_are_those_of_the_whole(tmp_path: Path):
    shape = {"vocab_size": 40, "hidden_size": HIDDEN, "num_attention_heads": 2, "intermediate_size": 64}
    AutoModel.from_config(BertConfig(num_hidden_layers=2, **shape)).save_pretrained(tmp_path)
    whole, first = load_body(tmp_path).state_dict(), load_body(tmp_path, 1).state_dict()
    assert set(first) == {name for name in whole if "layer." not in name or "layer.0." in name} < set(whole)
    assert all(torch.equal(weight, whole[name]) for name, weight in first.items())
    with pytest.raises(DataError, match=r"has 2 layers; set layers to at most that, not 3\.$"):
        load_body(tmp_path, 3)


@torch.no_grad()
@pytest.mark.parametrize("how", ["full", "lora", "ia3", "prompt"])
def test_a_body_that_never_had_a_pooling_layer_loads(tmp_path: Path, how: str):
    AutoModel.from_config(DistilBertConfig(vocab_size=40, dim=HIDDEN, n_layers=1, n_heads=2, hidden_dim=64)).save_pretrained(tmp_path)
    body = adapted(load_body(tmp_path), how)
    assert mean_pool(body, torch.ones(2, 4, dtype=torch.long), torch.ones(2, 4, dtype=torch.long)).shape == (2, HIDDEN)


def test_a_saved_body_is_a_base_with_the_same_weights(tiny_base: Path, tmp_path: Path):
    model = make(tiny_base)
    moved(model.body)
    save_body(model, tiny_base, tmp_path / "base")
    assert body_hash(load_body(tmp_path / "base")) == body_hash(model.body) != body_hash(load_body(tiny_base))
    assert load_tokenizer(tmp_path / "base").encode(TEXTS[0]).ids == load_tokenizer(tiny_base).encode(TEXTS[0]).ids
