"""From GGUF names and weights to what vLLM serves."""

from pathlib import Path

import numpy as np
import pytest

from agent.convert import LAYER, W8A8, hf_name, int8_per_channel, served_folder


@pytest.mark.parametrize(
    ("gguf", "hf"),
    [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("output_norm.weight", "model.norm.weight"),
        ("output.weight", "lm_head.weight"),
        ("blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight"),
        ("blk.23.attn_k.bias", "model.layers.23.self_attn.k_proj.bias"),
        ("blk.7.attn_output.weight", "model.layers.7.self_attn.o_proj.weight"),
        ("blk.7.ffn_down.weight", "model.layers.7.mlp.down_proj.weight"),
        ("blk.7.attn_norm.weight", "model.layers.7.input_layernorm.weight"),
        ("blk.7.ffn_norm.weight", "model.layers.7.post_attention_layernorm.weight"),
    ],
)
def test_names(gguf: str, hf: str):
    assert hf_name(gguf) == hf


def test_no_two_tensors_of_a_layer_get_one_name():
    assert len(set(LAYER.values())) == len(LAYER)


def test_a_name_we_do_not_know_is_not_guessed():
    with pytest.raises(KeyError):
        hf_name("blk.0.ssm_in.weight")


def test_int8_errs_by_half_a_step_at_most():
    weight = np.random.default_rng(0).normal(size=(64, 256)).astype(np.float32) * np.geomspace(1e-3, 10, 64, dtype=np.float32)[:, None]
    integers, scale = int8_per_channel(weight)
    assert integers.dtype == np.int8 and scale.dtype == np.float32 and integers.shape == (64, 256) and scale.shape == (64, 1)
    assert np.all(np.abs(integers * scale - weight) <= 0.5 * scale * (1 + 1e-3))
    assert np.all(np.abs(integers).max(axis=1) == 127), "each channel uses its whole range"


def test_int8_is_symmetric_and_never_minus_128():
    weight = np.array([[-1.0, 1.0, 0.0]], dtype=np.float32)
    assert int8_per_channel(weight)[0].tolist() == [[-127, 127, 0]]


def test_a_channel_of_zeros_stays_zero():
    integers, scale = int8_per_channel(np.zeros((1, 4), dtype=np.float32))
    assert not integers.any() and scale.item() > 0


def test_the_output_head_is_not_quantised():
    assert W8A8["ignore"] == ["lm_head"]


def test_each_precision_has_its_folder(tmp_path: Path):
    assert served_folder(tmp_path, "m", "int8").name == "m-int8"
    assert served_folder(tmp_path, "m", "float32") == served_folder(tmp_path, "m", "bfloat16") == tmp_path / "m-16bit"
