"""From trained candidates to what the tools load: ONNX heads, an int8 body, the tokenizer, and one JSON beside them."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from finetune.bodies import export_body, identity, served, to_onnx
from finetune.candidates import Candidate, Classical
from finetune.encoder import FusedEncoder, load_body, merged
from finetune.neural import Neural
from tools.encoder import BODY, FORM, META, TOKENIZER


def export_model(candidates: Mapping[str, tuple[Candidate, float]], folder: Path, meta: Mapping[str, Any]) -> None:
    """Write `folder`: one head a candidate (name → candidate and its weight), the body if a head reads text, and waam.json.

    Heads are float32: they are small, and a regression needs them exact. `body` in waam.json is the hash of the body's
    weights. A model beside this one with the same body lends its file: exporting takes seconds, and the tools load one
    session for all of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    heads, body = [], None
    for name, (candidate, weight) in candidates.items():
        file = folder / f"{name}.onnx"
        if isinstance(candidate, Classical):
            candidate.head.export(file)
        elif isinstance(candidate, Neural):
            _export_head(candidate.model, file)
            body = _put_body(candidate, folder)
        heads.append({"file": file.name, "weight": weight})
    _write_meta(folder, dict(meta) | {"form": FORM, "heads": heads, "body": body})


def export_embedder(base: Path, folder: Path, recipe: str | None = None) -> Path:
    """Write the pretrained sentence encoder itself (output pooled [batch, hidden], not normalised)."""
    body = load_body(base)
    folder.mkdir(parents=True, exist_ok=True)
    export_body(body, folder, typed=False)
    shutil.copy(base / TOKENIZER, folder / TOKENIZER)
    meta: dict[str, object] = {"form": FORM, "name": base.name, "kind": "embedder", "body": identity(body, typed=False)}
    _write_meta(folder, meta | ({"recipe": recipe} if recipe else {}))
    return folder


class _Head(nn.Module):
    def __init__(self, model: FusedEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, pooled: torch.Tensor, features: torch.Tensor | None = None) -> torch.Tensor:
        return self.model.head(pooled, pooled.new_zeros(pooled.shape[0], 0) if features is None else features)


def _put_body(candidate: Neural, folder: Path) -> str:
    """The candidate's served body and tokenizer in `folder`; returns its identity."""
    body, typed = merged(candidate.model.body), candidate.config.two_texts == "pair" and candidate.model.typed
    made = served(body, candidate.config.base, typed, near=folder)
    for file in (BODY, TOKENIZER):
        shutil.copy(made / file, folder / file)
    return identity(body, typed)


def _export_head(model: FusedEncoder, file: Path) -> None:
    example = {"pooled": torch.zeros(2, model.hidden)} | ({"features": torch.zeros(2, model.features)} if model.features else {})
    batch = torch.export.Dim("batch", max=4096)
    to_onnx(_Head(model), example, {name: {0: batch} for name in example}, file)


def _write_meta(folder: Path, meta: Mapping[str, object]) -> None:
    (folder / META).write_text(json.dumps(meta, indent=1, ensure_ascii=False), encoding="utf-8")
