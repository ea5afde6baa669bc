"""From a verified GGUF file to the folder that vLLM serves: weights, tokenizer, chat template.

Weights are dequantised with the `gguf` package. For processors with int8 instructions they are written as
symmetric int8, one scale per output channel (round to nearest), in the compressed-tensors format; vLLM
quantises activations per token as it runs (W8A8). Otherwise, and always for embedding, norms, biases and
the output head, they are written in 16 bits. Knows nothing of serving.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE

from agent.model.adapter import Deltas
from agent.model.weights import Progress

if TYPE_CHECKING:
    from gguf import GGUFReader, ReaderTensor

# llama.cpp's tensor names for the Qwen2 family, as the Hugging Face names inside one layer.
LAYER = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}  # fmt: skip
TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}

# How Qwen2 cuts text before its merges (the `qwen2` pre-tokenizer of llama.cpp): digits one by one.
QWEN2_SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

W8A8 = {
    "quant_method": "compressed-tensors",
    "format": "int-quantized",
    "quantization_status": "compressed",
    "ignore": ["lm_head"],
    "config_groups": {
        "group_0": {
            "targets": ["Linear"],
            "weights": {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel", "dynamic": False},
            "input_activations": {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "token", "dynamic": True},
        }
    },
}


def convert(gguf_file: Path, target: Path, int8: bool = True, progress: Progress = print, adapter: Deltas | None = None) -> Path:
    """Write `gguf_file` (a Qwen2-family GGUF) as a model folder `target`, int8 or 16-bit, `adapter` merged into it; returns `target`.

    Works in `target` with the suffix `.partial` and renames at the end, so that a folder that exists is whole.
    """
    from gguf import GGUFReader, dequantize  # brings a whole tokenizer package along; who asks where the folder is waits for none of it

    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    reader = GGUFReader(gguf_file)
    progress(f"{target.name}: converting {len(reader.tensors)} tensors")
    tensors: dict[str, np.ndarray] = {}

    def served(tensor: "ReaderTensor") -> dict[str, np.ndarray]:
        name, weight = hf_name(tensor.name), dequantize(tensor.data, tensor.tensor_type)
        weight = adapter.merged(name, weight) if adapter else weight
        if int8 and name.endswith("_proj.weight"):
            integers, scale = int8_per_channel(weight)
            return {name: integers, f"{name}_scale": scale}
        return {name: weight.astype(np.float16)}

    with ThreadPoolExecutor(max_workers=2) as pool:  # numpy leaves the interpreter to the other thread
        for done in pool.map(served, reader.tensors):
            tensors |= done
    if adapter:
        adapter.check_all_merged()
    save_file(tensors, partial / "model.safetensors", metadata={"format": "pt"})
    (partial / "config.json").write_text(json.dumps(hf_config(reader, int8, tied="lm_head.weight" not in tensors), indent=1))
    progress(f"{target.name}: writing the tokenizer")
    write_tokenizer(reader, partial)
    shutil.rmtree(target, ignore_errors=True)
    return partial.rename(target)


def served_folder(models: Path, name: str, precision: str, adapter: str | None = None) -> Path:
    """Where the model `name` lies as it is served at `precision`, with the adapter of this version merged into it."""
    return models / "-".join([name, *([adapter] if adapter else []), "int8" if precision == "int8" else "16bit"])


def hf_name(gguf_name: str) -> str:
    """`blk.3.attn_q.weight` → `model.layers.3.self_attn.q_proj.weight`."""
    parts = gguf_name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{LAYER[parts[2]]}.{parts[3]}"
    return f"{TOP[parts[0]]}.{parts[1]}"


def int8_per_channel(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 of a weight [out, in]: the integers and their scales [out, 1], round to nearest."""
    scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True), 1e-8) / 127.0
    return np.rint(weight / scale).clip(-127, 127).astype(np.int8), scale.astype(np.float32)


def hf_config(reader: "GGUFReader", int8: bool, tied: bool) -> dict[str, object]:
    """The Hugging Face configuration that the GGUF's own metadata describes."""

    def field(key: str) -> float:
        return reader.fields[f"qwen2.{key}"].contents()

    tokens = len(reader.fields["tokenizer.ggml.tokens"].data)
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_size": field("embedding_length"),
        "intermediate_size": field("feed_forward_length"),
        "num_hidden_layers": field("block_count"),
        "num_attention_heads": field("attention.head_count"),
        "num_key_value_heads": field("attention.head_count_kv"),
        "max_position_embeddings": field("context_length"),
        "rms_norm_eps": field("attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_type": "default", "rope_theta": field("rope.freq_base")},
        "rope_theta": field("rope.freq_base"),
        "hidden_act": "silu",
        "vocab_size": tokens,
        "tie_word_embeddings": tied,
        "bos_token_id": reader.fields["tokenizer.ggml.bos_token_id"].contents(),
        "eos_token_id": reader.fields["tokenizer.ggml.eos_token_id"].contents(),
        "dtype": "bfloat16",
        "transformers_version": "5.19.0",
    } | ({"quantization_config": W8A8} if int8 else {})


def write_tokenizer(reader: "GGUFReader", folder: Path) -> None:
    """Write the byte-level BPE tokenizer and the chat template that the GGUF carries, as Hugging Face files.

    Built with `tokenizers` directly: loading the same file through transformers takes ten times as long.
    """
    from gguf import TokenType

    def field(key: str) -> Any:
        return reader.fields[f"tokenizer.{key}"].contents()

    tokens, merges = field("ggml.tokens"), field("ggml.merges")
    tokenizer = Tokenizer(BPE({token: i for i, token in enumerate(tokens)}, [tuple(merge.split(" ")) for merge in merges]))
    tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(QWEN2_SPLIT), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    kinds = field("ggml.token_type")
    tokenizer.add_special_tokens([token for token, kind in zip(tokens, kinds, strict=True) if kind == TokenType.CONTROL])
    tokenizer.add_tokens(
        [token for token, kind in zip(tokens, kinds, strict=True) if kind == TokenType.USER_DEFINED and not token.startswith("[PAD")]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {name: tokens[field(f"ggml.{key}_token_id")] for name, key in (("bos_token", "bos"), ("eos_token", "eos"), ("pad_token", "padding"))}
    settings = {"tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, **named}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))
    (folder / "chat_template.jinja").write_text(field("chat_template"))
