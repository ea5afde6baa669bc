"""From a trained PyTorch model to what the tools load: int8 ONNX, the tokenizer, and one JSON beside it."""

import json
import logging
import shutil
import warnings
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from finetune.encoder import FusedEncoder, load_body
from tools.conditions import FEATURES

META = "waam.json"


def export_encoder(model: FusedEncoder, base: Path, folder: Path, meta: dict[str, object]) -> Path:
    """Write `folder` with model.onnx (int8; inputs input_ids, attention_mask, features; output logits),
    tokenizer.json and waam.json. The head stays in float32: it is small, and a regression needs it exact."""
    example = {
        "input_ids": torch.ones(2, 8, dtype=torch.long),
        "attention_mask": torch.ones(2, 8, dtype=torch.long),
        "features": torch.zeros(2, FEATURES),
    }
    _export(model, example, "logits", folder, keep_float=("text_in", "joint", "straight"))
    _finish(base, folder, meta)
    return folder


def export_embedder(base: Path, folder: Path) -> Path:
    """Write the pretrained sentence encoder itself (output pooled [batch, hidden], not normalised)."""
    example = {"input_ids": torch.ones(2, 8, dtype=torch.long), "attention_mask": torch.ones(2, 8, dtype=torch.long)}
    _export(_MeanPooled(load_body(base)), example, "pooled", folder, keep_float=())
    _finish(base, folder, {"name": base.name, "kind": "embedder"})
    return folder


class _MeanPooled(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * mask).sum(dim=1) / mask.sum(dim=1)


def _export(model: nn.Module, example: dict[str, torch.Tensor], output: str, folder: Path, keep_float: tuple[str, ...]) -> None:
    """Export with dynamic batch and length, then quantise weights to int8 per channel.

    `reduce_range` keeps 7-bit weights: on processors without VNNI the 8-bit product saturates.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batch, tokens = torch.export.Dim("batch", max=512), torch.export.Dim("tokens", max=512)
    shapes = {name: {0: batch, 1: tokens} if name != "features" else {0: batch} for name in example}
    float_file = folder / "float.onnx"
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(), kwargs=example, f=str(float_file), dynamo=True, external_data=False, verbose=False,
            input_names=list(example), output_names=[output], dynamic_shapes=shapes,
        )  # fmt: skip
    exported = onnx.load(float_file)
    graph = exported.graph
    graph.ClearField("value_info")  # the exporter's notes on shapes; its own optimiser made some of them wrong
    onnx.save(exported, float_file)
    exclude = [node.name for node in graph.node if any(part in name for part in keep_float for name in node.input)]
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # onnxruntime's advice on convolutions, which there are none of
    try:
        quantize_dynamic(
            float_file, folder / "model.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, nodes_to_exclude=exclude
        )
    finally:
        root.setLevel(level)
    float_file.unlink()


def _finish(base: Path, folder: Path, meta: dict[str, object]) -> None:
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")
    (folder / META).write_text(json.dumps(meta, indent=1, ensure_ascii=False))
