"""From GGUF names and weights to what vLLM serves."""

import json
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter, TokenType
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

from agent.model.convert import LAYER, W8A8, convert, hf_name, int8_per_channel, served_folder


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


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF of one tiny layer with a byte-level vocabulary, converted."""
    folder = tmp_path_factory.mktemp("gguf")
    bytes_ = sorted(ByteLevel.alphabet())
    tokens = [*bytes_, "Ġb", "<|endoftext|>", "<|im_end|>", "<tool_call>", "[PAD9]"]
    kinds = [TokenType.NORMAL] * (len(bytes_) + 1) + [TokenType.CONTROL] * 2 + [TokenType.USER_DEFINED] * 2
    writer = GGUFWriter(folder / "tiny.gguf", "qwen2")
    writer.add_embedding_length(4)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_context_length(64)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["Ġ b"])
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template("{{ messages }}")
    writer.add_tensor("token_embd.weight", np.arange(len(tokens) * 4, dtype=np.float32).reshape(-1, 4))
    writer.add_tensor("blk.0.attn_q.weight", np.eye(4, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return convert(folder / "tiny.gguf", folder / "served", int8=False, progress=lambda line: None)


def test_weights_and_sizes_are_those_of_the_file(converted: Path):
    weights = load_file(converted / "model.safetensors")
    assert set(weights) == {"model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight"}
    assert np.array_equal(weights["model.layers.0.self_attn.q_proj.weight"], np.eye(4, dtype=np.float16))
    config = json.loads((converted / "config.json").read_text())
    assert (config["hidden_size"], config["num_hidden_layers"], config["tie_word_embeddings"], config["vocab_size"]) == (4, 1, True, 261)


def test_the_tokenizer_merges_and_keeps_its_added_tokens_whole(converted: Path):
    tokenizer = Tokenizer.from_file(str(converted / "tokenizer.json"))
    assert tokenizer.encode("a b").tokens == ["a", "Ġb"]
    assert tokenizer.encode("<tool_call>é<|im_end|>").tokens == ["<tool_call>", "Ã", "©", "<|im_end|>"]
    assert tokenizer.decode(tokenizer.encode("é 12\n").ids) == "é 12\n"
    assert tokenizer.decode(tokenizer.encode("<tool_call><|im_end|>").ids) == "<tool_call>", "only control tokens are special"
    named = json.loads((converted / "tokenizer_config.json").read_text())
    assert (named["eos_token"], named["pad_token"]) == ("<|im_end|>", "<|endoftext|>")
    assert (converted / "chat_template.jinja").read_text() == "{{ messages }}"
