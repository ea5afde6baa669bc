"""Encoder bodies as they are served: int8 ONNX, made once for equal weights. What the tools run is what heads are trained on."""

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

from finetune.encoder import body_hash, mean_pool, merged
from finetune.quantise import dynamic
from tools.encoder import BODY, META, TOKENIZER, Body

EXPORT = "q2"  # changes with the way a body is exported, so that no older file is taken for a twin
_made: dict[str, Path] = {}


def identity(body: nn.Module, typed: bool) -> str:
    """What equal served bodies have in common: weights, inputs and the way of exporting."""
    return f"{EXPORT}{'-pair' if typed else ''}-{body_hash(body)}"


def served(body: nn.Module, base: Path, typed: bool, near: Path | None = None) -> Path:
    """A folder with the served form of `body` and the tokenizer of `base`: that of a model beside `near` or `base` with the same
    body, the one this process has made, or a new one (seconds)."""
    name = identity(body, typed)
    if name not in _made or not (_made[name] / BODY).exists():  # versions are pruned
        metas = [file for place in (near, base) if place for file in place.parent.glob(f"*/{META}") if not file.parent.name.endswith(".partial")]
        # resolved, since a model's own name may soon stand for another version
        twin = next((file.parent.resolve() for file in metas if json.loads(file.read_text(encoding="utf-8")).get("body") == name), None)
        folder = twin or Path(_scratch().name) / name
        if twin is None:
            folder.mkdir(exist_ok=True)
            shutil.copy(base / TOKENIZER, folder / TOKENIZER)
            export_body(body, folder, typed)
        _made[name] = folder
    return _made[name]


@lru_cache(maxsize=4)
def reader(folder: Path, max_tokens: int) -> Body:
    """The served body in `folder`, ready to encode texts."""
    return Body(folder, max_tokens)


@lru_cache(maxsize=1)
def _scratch() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="waam-bodies-")  # gone with the process


def export_body(body: nn.Module, folder: Path, typed: bool, quantise: bool = True) -> Path:
    """Export the body with dynamic batch and length as BODY, with weights quantised to int8 per channel unless told otherwise.

    `reduce_range` keeps 7-bit weights: on processors without VNNI the 8-bit product saturates.
    """
    batch, tokens = torch.export.Dim("batch", max=512), torch.export.Dim("tokens", max=512)
    names = ("input_ids", "attention_mask", *(("token_type_ids",) if typed else ()))
    example = {name: torch.ones(2, 8, dtype=torch.long) for name in names}
    float_file = folder / "float.onnx"
    with _plain_attention(merged(body)) as plain:
        to_onnx(_MeanPooled(plain), example, {name: {0: batch, 1: tokens} for name in example}, float_file)
    if not quantise:
        return float_file.rename(folder / BODY)
    dynamic(float_file, folder / BODY, reduce_range=True)
    float_file.unlink()
    return folder / BODY


@contextmanager
def _plain_attention(body: nn.Module) -> Iterator[nn.Module]:
    """The body with attention written out: torch's fused one is exported with guards against empty masks, a tenth of the time."""
    before = body.config._attn_implementation  # type: ignore[union-attr]
    body.set_attn_implementation("eager")  # type: ignore[operator]
    try:
        yield body
    finally:
        body.set_attn_implementation(before)  # type: ignore[operator]


class _MeanPooled(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None) -> torch.Tensor:
        return mean_pool(self.body, input_ids, attention_mask, token_type_ids)


def to_onnx(model: nn.Module, example: dict[str, torch.Tensor], shapes: dict[str, dict[int, Any]], file: Path) -> None:
    """Export a module with named inputs and dynamic shapes; its output is called `output`."""
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
