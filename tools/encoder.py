"""A trained encoder on disk, run with ONNX Runtime: text and quantities in, logits out. No torch here.

Sessions are loaded on first use and shared: models with the same body use one. Safe to call from many threads.
"""

import json
import os
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import platformdirs

from tools.conditions import ProcessConditions, Settings
from tools.fields import FIELDS
from tools.result import ModelInfo, ToolInputError

ENCODER_DIGITS = 4  # significant digits in the text an encoder reads
META, BODY, HEAD = "waam.json", "model.onnx", "head.onnx"
BATCH = 32
REMEMBERED = 2048  # texts whose pooled outputs a body keeps, about 3 MB


_bodies: "dict[str, Body]" = {}
_loading = Lock()


class ModelMissing(RuntimeError):
    """A tool's model is not on this machine: one sentence with the command that makes it."""


def models_home() -> Path:
    """Where models live: $WAAM_HOME/models, by default in the user's data folder."""
    return Path(os.environ.get("WAAM_HOME") or platformdirs.user_data_path("waam")) / "models"


class Body:
    """The text part of an encoder folder: model.onnx with its tokenizer. The process models share one, so that a
    text that several tools read goes through it once."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(256)
        self.tokenizer.enable_padding()
        self.session = _session(folder / BODY)
        self._remembered: OrderedDict[str, np.ndarray] = OrderedDict()
        self._running = Lock()

    def pool(self, texts: list[str]) -> np.ndarray:
        """Pooled outputs [texts, hidden]; batches are padded to their longest text only."""
        with self._running:
            new = sorted({text for text in texts if text not in self._remembered}, key=len)
            for start in range(0, len(new), BATCH):
                part = new[start : start + BATCH]
                self._remembered.update(zip(part, self._forward(part), strict=True))
            pooled = np.stack([self._remembered[text] for text in texts])
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return pooled

    def _forward(self, texts: list[str]) -> np.ndarray:
        encoded = self.tokenizer.encode_batch(texts)
        feeds = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
        }
        pooled: np.ndarray = self.session.run(None, feeds)[0]
        return pooled


class Encoder:
    """One exported model folder: model.onnx (body), head.onnx, tokenizer.json, waam.json."""

    def __init__(self, folder: Path) -> None:
        if not (folder / META).exists():
            raise ModelMissing(f"The model {folder.name} is not built yet; run `waam models build`.")
        self.meta: dict[str, Any] = json.loads((folder / META).read_text())
        if not (folder / HEAD).exists():
            raise ModelMissing(f"The model {folder.name} is from an earlier version; run `waam models build`, or train it anew.")
        self.body = _body(self.meta["body"], folder)
        self.head = _session(folder / HEAD)

    def run(self, texts: list[str], features: list[list[float]]) -> np.ndarray:
        """Outputs [texts, outputs] for texts and their ProcessConditions.features()."""
        outputs: np.ndarray = self.head.run(None, {"pooled": self.body.pool(texts), "features": np.array(features, dtype=np.float32)})[0]
        return outputs

    def logits(self, conditions: ProcessConditions) -> np.ndarray:
        """Logits [outputs] for one experiment."""
        return self.run([conditions.to_text(digits=ENCODER_DIGITS)], [conditions.features()])[0]

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(name=self.meta["name"], version=self.meta["version"], data_label=self.meta["data_label"])

    def outside(self, conditions: ProcessConditions) -> list[str]:
        """The quantities that lie outside the training range."""
        given = {name: getattr(conditions, name) for name in self.meta["training_range"]}
        return [n for n, (low, high) in self.meta["training_range"].items() if given[n] is not None and not low <= given[n] <= high]

    def warnings(self, conditions: ProcessConditions) -> list[str]:
        """What to know before trusting the output: demo data, values outside the training range, what was not given."""
        found = []
        if "synthetic" in self.meta["data_label"]:
            found.append(f"This is a {self.meta['data_label']} model, trained on simulated beads; retrain it on your own before relying on it.")
        for name in self.outside(conditions):
            low, high = self.meta["training_range"][name]
            found.append(f"{name} {getattr(conditions, name):g} is outside the training range {low:g} to {high:g}.")
        if conditions.shielding_gas == "none":
            found.append("Welding without shielding gas was not in the training data; expect porosity, which this model does not know.")
        for name, known in self.meta.get("training_values", {}).items():
            value = getattr(conditions, name)
            if value is not None and value not in known:
                found.append(f"The {name} {value} was not in the training data ({', '.join(known)}).")
        absent = [name for name in self.meta["optional"] if getattr(conditions, name) is None]
        if absent:
            titles = [FIELDS[name].title if name in FIELDS else name.replace("_", " ") for name in absent]
            found.append(f"Not stated or not recognised, so the model averages over it: {', '.join(titles)}.")
        return found


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("WAAM_ENCODER_THREADS", "0"))
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # steady memory under many threads
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _body(weights: str, folder: Path) -> Body:
    """The body with these weights: the one that is loaded already, or else the folder's own."""
    with _loading:
        body = _bodies.get(weights)
        if body is None:
            _bodies[weights] = body = Body(folder)
        return body


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
