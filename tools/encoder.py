"""A trained encoder on disk, run with ONNX Runtime: text and quantities in, logits out. No torch here.

Sessions are loaded on first use and shared; ONNX Runtime sessions and tokenizers are safe to call from
many threads at once.
"""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from tools.conditions import ProcessConditions, Settings
from tools.fields import FIELDS
from tools.result import ModelInfo, ToolInputError

ENCODER_DIGITS = 4  # significant digits in the text an encoder reads


class ModelMissing(RuntimeError):
    """A tool's model is not on this machine: one sentence with the command that makes it."""


def models_home() -> Path:
    """Where models live: $WAAM_HOME/models, by default in the user's data folder."""
    return Path(os.environ.get("WAAM_HOME") or platformdirs.user_data_path("waam")) / "models"


class Encoder:
    """One exported model folder: model.onnx, tokenizer.json, waam.json."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        if not (folder / "waam.json").exists():
            raise ModelMissing(f"The model {folder.name} is not built yet; run `waam models build`.")
        self.meta: dict[str, Any] = json.loads((folder / "waam.json").read_text())
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(256)
        self.tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("WAAM_ENCODER_THREADS", "0"))
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # steady memory under many threads
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def run(self, texts: list[str], features: list[list[float]] | None = None) -> np.ndarray:
        """Outputs [texts, outputs] for a batch, padded to its longest text only."""
        encoded = self.tokenizer.encode_batch(texts)
        feeds: dict[str, np.ndarray] = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
        }
        if features is not None:
            feeds["features"] = np.array(features, dtype=np.float32)
        return self.session.run(None, feeds)[0]

    def logits(self, conditions: ProcessConditions) -> np.ndarray:
        """Logits [outputs] for one experiment."""
        return self.run([conditions.to_text(digits=ENCODER_DIGITS)], [conditions.features()])[0]

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(name=self.meta["name"], version=self.meta["version"], data_label=self.meta["data_label"])

    def warnings(self, conditions: ProcessConditions) -> list[str]:
        """What to know before trusting the output: demo data, values outside the training range, what was not given."""
        found = []
        if "synthetic" in self.meta["data_label"]:
            found.append(f"This is a {self.meta['data_label']} model, trained on simulated beads; retrain it on your own before relying on it.")
        for name, (low, high) in self.meta["training_range"].items():
            value = getattr(conditions, name)
            if value is not None and not low <= value <= high:
                found.append(f"{name} {value:g} is outside the training range {low:g} to {high:g}.")
        for name, known in self.meta.get("training_values", {}).items():
            value = getattr(conditions, name)
            if value is not None and value not in known:
                found.append(f"The {name} {value} was not in the training data ({', '.join(known)}).")
        absent = [name for name in self.meta["optional"] if getattr(conditions, name) is None]
        if absent:
            titles = [FIELDS[name].title if name in FIELDS else name.replace("_", " ") for name in absent]
            found.append(f"Not stated or not recognised, so the model averages over it: {', '.join(titles)}.")
        return found


@lru_cache(maxsize=16)
def _load(folder: Path) -> Encoder:
    return Encoder(folder)


def load_encoder(name: str) -> Encoder:
    """The encoder `name` of this machine, loaded once. Raises ModelMissing."""
    return _load(models_home() / name)


def conditions_for(settings: Settings, required: tuple[str, ...]) -> ProcessConditions:
    """Checked conditions; raises ToolInputError if a required setting is absent."""
    conditions = ProcessConditions.of(settings)
    if missing := conditions.missing(required):
        raise ToolInputError(f"Missing {', '.join(missing)}; state {'it' if len(missing) == 1 else 'them'} with a unit.")
    return conditions
