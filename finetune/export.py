"""From a trained PyTorch model to what the tools load: int8 ONNX, the tokenizer, and one JSON beside it."""

import json
import logging
import shutil
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from finetune.encoder import FusedEncoder, body_hash, load_body, mean_pool
from tools.conditions import FEATURES
from tools.encoder import BODY, HEAD, META


def export_encoder(model: FusedEncoder, base: Path, folder: Path, meta: dict[str, object]) -> Path:
    """Write `folder` with model.onnx (the body, int8: input_ids, attention_mask → pooled), head.onnx (pooled, features →
    logits, float32: it is small, and a regression needs it exact), tokenizer.json and waam.json.

    `body` in waam.json is the hash of the body's weights. A model beside this one with the same body lends its file:
    exporting takes seconds, and the tools load one session for all of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    body = body_hash(model.body)
    beside = (other for other in folder.parent.glob(f"*/{META}") if other.parent.suffix != ".partial")
    if twin := next((other for other in beside if json.loads(other.read_text()).get("body") == body), None):
        shutil.copy(twin.with_name(BODY), folder / BODY)
    else:
        _export_body(model.body, folder)
    pooled = torch.zeros(2, model.hidden)
    batch = torch.export.Dim("batch", max=4096)
    _export(_Head(model), {"pooled": pooled, "features": torch.zeros(2, FEATURES)}, {"pooled": {0: batch}, "features": {0: batch}}, folder / HEAD)
    _finish(base, folder, meta | {"body": body})
    return folder


def export_embedder(base: Path, folder: Path, recipe: str | None = None) -> Path:
    """Write the pretrained sentence encoder itself (output pooled [batch, hidden], not normalised)."""
    body = load_body(base)
    folder.mkdir(parents=True, exist_ok=True)
    _export_body(body, folder)
    meta: dict[str, object] = {"name": base.name, "kind": "embedder", "body": body_hash(body)}
    _finish(base, folder, meta | ({"recipe": recipe} if recipe else {}))
    return folder


class _MeanPooled(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return mean_pool(self.body, input_ids, attention_mask)


class _Head(nn.Module):
    def __init__(self, model: FusedEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, pooled: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        return self.model.head(pooled, features)


def _export_body(body: nn.Module, folder: Path) -> None:
    """Export with dynamic batch and length, then quantise weights to int8 per channel.

    `reduce_range` keeps 7-bit weights: on processors without VNNI the 8-bit product saturates.
    """
    batch, tokens = torch.export.Dim("batch", max=512), torch.export.Dim("tokens", max=512)
    example = {name: torch.ones(2, 8, dtype=torch.long) for name in ("input_ids", "attention_mask")}
    float_file = folder / "float.onnx"
    _export(_MeanPooled(body), example, {name: {0: batch, 1: tokens} for name in example}, float_file)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # onnxruntime's advice on convolutions, which there are none of
    try:
        quantize_dynamic(float_file, folder / BODY, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    finally:
        root.setLevel(level)
    float_file.unlink()


def _export(model: nn.Module, example: dict[str, torch.Tensor], shapes: dict[str, dict[int, Any]], file: Path) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(), kwargs=example, f=str(file), dynamo=True, external_data=False, verbose=False,
            input_names=list(example), output_names=["output"], dynamic_shapes=shapes,
        )  # fmt: skip
    exported = onnx.load(file)
    exported.graph.ClearField("value_info")  # the exporter's notes on shapes; its own optimiser made some of them wrong
    onnx.save(exported, file)


def _finish(base: Path, folder: Path, meta: dict[str, object]) -> None:
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")
    (folder / META).write_text(json.dumps(meta, indent=1, ensure_ascii=False))
