"""A trained model on disk, run with ONNX Runtime: text and features in, raw outputs out. No torch here.

A folder holds waam.json, one head or several whose outputs are averaged (*.onnx), and where a head reads the text, the
encoder's body (model.onnx) with its tokenizer. Sessions are loaded on first use and shared: models with the same body use
one. Safe to call from many threads.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import platformdirs
from pydantic import TypeAdapter

from tools.conditions import ProcessConditions, Settings
from tools.features import Features
from tools.fields import FIELDS
from tools.outputs import Calibration, Novelty, Scale
from tools.result import ModelInfo, ToolInputError

ENCODER_DIGITS = 4  # significant digits in the text an encoder reads
META, BODY, TOKENIZER, NOVELTY = "waam.json", "model.onnx", "tokenizer.json", "novelty.npz"
FORM = 2  # of the folder; 1 had one head and no blends
BATCH = 32
REMEMBERED = 2048  # texts whose pooled outputs a body keeps, about 3 MB
NOVEL = 0.99  # from this share of nearer training records on, an example is unlike them


_bodies: "dict[tuple[str, int], Body]" = {}
_loading = Lock()


class ModelMissing(RuntimeError):
    """A tool's model is not on this machine: one sentence with the command that makes it."""


def models_home() -> Path:
    """Where models live: $WAAM_HOME/models, by default in the user's data folder."""
    return Path(os.environ.get("WAAM_HOME") or platformdirs.user_data_path("waam")) / "models"


class Body:
    """The text part of a model: model.onnx with its tokenizer. The process models share one, so that a text that several
    tools read goes through it once."""

    def __init__(self, folder: Path, max_tokens: int = 256) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self.tokenizer.enable_truncation(max_tokens)
        self.tokenizer.enable_padding()
        self.session = _session(folder / BODY, arena=True)  # one run at a time, so that its arena stays small
        self.inputs = [each.name for each in self.session.get_inputs()]
        self._remembered: OrderedDict[str | tuple[str, str], np.ndarray] = OrderedDict()
        self._running = Lock()

    def pool(self, texts: Sequence[str | tuple[str, str]]) -> np.ndarray:
        """Pooled outputs [texts, hidden] of texts, or of pairs read as one; batches are padded to their longest only."""
        with self._running:
            new = sorted({text for text in texts if text not in self._remembered}, key=lambda text: sum(map(len, text)))
            for start in range(0, len(new), BATCH):
                part = new[start : start + BATCH]
                self._remembered.update(zip(part, self._forward(part), strict=True))
            pooled = np.stack([self._remembered[text] for text in texts])
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return pooled

    def together(self, texts: Sequence[str]) -> np.ndarray:
        """Pooled outputs [texts, hidden] of texts of nearly one length, not remembered: int8 inference scales a batch by its largest
        value, and what is remembered should be what a tool gets that asks for one text. Half of BATCH at a time costs as much
        time as all at once, and less memory."""
        each = sorted(dict.fromkeys(texts), key=len)
        with self._running:
            pooled = np.vstack([self._forward(each[start : start + BATCH // 2]) for start in range(0, len(each), BATCH // 2)])
        place = {text: row for row, text in enumerate(each)}
        return np.asarray(pooled[[place[text] for text in texts]])

    def _forward(self, texts: Sequence[str | tuple[str, str]]) -> np.ndarray:
        encoded = self.tokenizer.encode_batch(texts)
        given = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        feeds = {name: np.array([getattr(e, given[name]) for e in encoded], dtype=np.int64) for name in self.inputs}
        pooled: np.ndarray = self.session.run(None, feeds)[0]
        return pooled


class Encoder:
    """One exported model folder. `meta` is its waam.json."""

    def __init__(self, folder: Path) -> None:
        if not (folder / META).exists():
            raise ModelMissing(f"The model {folder.name} is not built yet; run `waam models build`.")
        self.folder = folder
        self.meta: dict[str, Any] = json.loads((folder / META).read_text(encoding="utf-8"))
        if self.meta.get("form") != FORM:
            raise ModelMissing(f"The model {folder.name} is from an earlier version; run `waam models build`, or train it anew.")
        self.features = Features.from_json(self.meta["features"])
        self.calibration = Calibration.from_json(self.meta["calibration"])
        self.names: list[str] = self.meta["output"]["names"]
        self.body = _body(self.meta["body"], folder, self.meta["max_tokens"]) if self.meta["body"] else None
        self._heads = [(_session(folder / head["file"]), head["weight"]) for head in self.meta["heads"]]

    def run(self, texts: Sequence[str], features: Sequence[Sequence[float]] | np.ndarray, texts_b: Sequence[str] = ()) -> np.ndarray:
        """Raw outputs [texts, outputs] for texts (or pairs) and their rows of features."""
        return self._blended(self.members(texts, features, texts_b))

    def members(self, texts: Sequence[str], features: Sequence[Sequence[float]] | np.ndarray, texts_b: Sequence[str] = ()) -> np.ndarray:
        """Raw outputs of each head, [texts, heads, outputs]: where they disagree, the model is unsure."""
        rows = np.asarray(features, dtype=np.float32).reshape(len(texts), self.features.size)
        return self._of_heads(None if self.body is None else self._pooled(self.body, texts, texts_b), rows)

    def from_pooled(self, pooled: np.ndarray | None, features: np.ndarray) -> np.ndarray:
        """Raw outputs [examples, outputs] for what the body gave, [examples, hidden] or None without a body, and rows of features."""
        return self._blended(self._of_heads(pooled, features))

    def _blended(self, members: np.ndarray) -> np.ndarray:
        weights = np.array([weight for _, weight in self._heads])
        return np.asarray(np.tensordot(weights, members, axes=(0, 1)))

    def _of_heads(self, pooled: np.ndarray | None, features: np.ndarray) -> np.ndarray:
        given = {"features": np.asarray(features, dtype=np.float32)}
        if pooled is not None:
            given["pooled"] = np.asarray(pooled, dtype=np.float32)
        outputs = [session.run(None, {each.name: given[each.name] for each in session.get_inputs()})[0] for session, _ in self._heads]
        return np.stack(outputs, axis=1)

    def read(self, texts: Sequence[str], texts_b: Sequence[str] = (), numbers: Sequence[Mapping[str, float]] = ()) -> np.ndarray:
        """Raw outputs [texts, outputs]; features are read from the texts and from named numbers."""
        return self.run(texts, self.rows(texts, texts_b, numbers), texts_b)

    def rows(self, texts: Sequence[str], texts_b: Sequence[str] = (), numbers: Sequence[Mapping[str, float]] = ()) -> np.ndarray:
        """The features [texts, features] of each text."""
        rows = [self.features.row(a, b, n) for a, b, n in zip(texts, texts_b or [""] * len(texts), numbers or [{}] * len(texts), strict=True)]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.features.size)

    def logits(self, conditions: ProcessConditions) -> np.ndarray:
        """Raw outputs [outputs] for one experiment."""
        texts, features = self.as_read([conditions])
        return np.asarray(self.run(texts, features)[0])

    def as_read(self, experiments: Sequence[ProcessConditions]) -> tuple[list[str], np.ndarray]:
        """The texts and the rows of features [experiments, features] by which this model knows experiments."""
        texts = [conditions.to_text(digits=ENCODER_DIGITS) for conditions in experiments]
        if self.features == Features(process=True):
            return texts, np.array([conditions.features() for conditions in experiments], dtype=np.float32)
        return texts, self.rows(texts)

    def probabilities(self, outputs: np.ndarray) -> dict[str, float]:
        """Calibrated probability of each label or class by name, for raw outputs [outputs]. A binary model with one logit has one."""
        rated = self.calibration.class_probabilities if self.meta["output"]["kind"] == "classes" else self.calibration.label_probabilities
        return dict(zip(self.names, map(float, rated(outputs[None])[0]), strict=True))

    def amounts(self, outputs: np.ndarray) -> np.ndarray:
        """Value, low and high end of each amount, [3, targets], for raw outputs [outputs]; the interval is at the calibration's level."""
        radius = np.array(self.calibration.radius)
        return self.scale.decode(np.stack([outputs, outputs - radius, outputs + radius]))

    @cached_property
    def scale(self) -> Scale:
        return TypeAdapter(Scale).validate_python({key: value for key, value in self.meta["output"].items() if key != "kind"})

    @cached_property
    def _novelty(self) -> Novelty | None:
        if not (self.folder / NOVELTY).exists():
            return None
        with np.load(self.folder / NOVELTY, allow_pickle=False) as saved:
            return Novelty(saved["mean"], saved["whiten"], saved["distances"])

    def novelty(self, texts: Sequence[str], features: np.ndarray, texts_b: Sequence[str] = ()) -> np.ndarray:
        """How unlike the training records each example is [texts]: the share of them that are nearer to their centre."""
        return self.novelty_from(self._pooled(self.body, texts, texts_b) if self.body is not None and self._novelty is not None else None, features)

    def novelty_from(self, pooled: np.ndarray | None, features: np.ndarray) -> np.ndarray:
        """`novelty` [examples] for what the body gave and rows of features, as `from_pooled` takes them."""
        if self._novelty is None:
            return np.zeros(len(features))
        inputs = np.asarray(features, dtype=np.float32)
        return self._novelty.score(inputs if pooled is None else np.hstack([inputs, pooled]))

    def _pooled(self, body: Body, texts: Sequence[str], texts_b: Sequence[str]) -> np.ndarray:
        how = self.meta["two_texts"]
        if how == "separate":
            both = body.pool([*texts, *texts_b])
            u, v = both[: len(texts)], both[len(texts) :]
            return np.hstack([np.abs(u - v), u * v])
        pairs = zip(texts, texts_b, strict=True) if how else ()
        return body.pool(list(pairs) if how == "pair" else [f"{a} {b}" for a, b in pairs] if how else list(texts))

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(name=self.meta["name"], version=self.meta["version"], data_label=self.meta["data_label"])

    def outside(self, conditions: ProcessConditions) -> list[str]:
        """The quantities that lie outside the training range."""
        given = {name: getattr(conditions, name) for name in self.meta["training_range"]}
        return [n for n, (low, high) in self.meta["training_range"].items() if given[n] is not None and not low <= given[n] <= high]

    @property
    def unproven(self) -> list[str]:
        """That the model is not clearly better than a constant, if so."""
        says: str = self.meta.get("baseline", {}).get("says", "")
        return [says] if says else []

    def warnings(self, conditions: ProcessConditions) -> list[str]:
        """What to know before trusting the output: demo data, values outside the training range, what was not given."""
        found = []
        if "synthetic" in self.meta["data_label"]:
            found.append(f"This is a {self.meta['data_label']} model, trained on simulated beads; retrain it on your own before relying on it.")
        found += self.unproven
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


def _session(file: Path, arena: bool = False) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("WAAM_ENCODER_THREADS", "0"))
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = arena  # a fifth faster for a body; without it memory stays steady under many threads
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _body(weights: str, folder: Path, max_tokens: int) -> Body:
    """The body with these weights and this reach: the one that is loaded already, or else the folder's own."""
    with _loading:
        body = _bodies.get((weights, max_tokens))
        if body is None:
            _bodies[weights, max_tokens] = body = Body(folder, max_tokens)
        return body


@lru_cache(maxsize=16)
def _load(folder: Path) -> Encoder:
    return Encoder(folder)


def load_encoder(name: str) -> Encoder:
    """The encoder `name` of this machine, loaded once. Raises ModelMissing."""
    return _load(models_home() / name)


def load_body(name: str, max_tokens: int = 256) -> Body:
    """The text part alone of the model `name`, whose pooled outputs compare texts; loaded once. Raises ModelMissing."""
    folder = models_home() / name
    if not (folder / META).exists():
        raise ModelMissing(f"The model {name} is not built yet; run `waam models build`.")
    return _body(json.loads((folder / META).read_text(encoding="utf-8"))["body"], folder, max_tokens)


def conditions_for(settings: Settings, required: tuple[str, ...]) -> ProcessConditions:
    """Checked conditions; raises ToolInputError if a required setting is absent."""
    conditions = ProcessConditions.of(settings)
    if missing := conditions.missing(required):
        raise ToolInputError(f"Missing {', '.join(missing)}; state {'it' if len(missing) == 1 else 'them'} with a unit.")
    return conditions
