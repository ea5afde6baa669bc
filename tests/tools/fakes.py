"""Models for tests: fixed outputs behind the interface of tools.encoder.Encoder, and real folders of a few numbers each."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from tools.conditions import ProcessConditions
from tools.encoder import BODY, FORM, META, NOVELTY, TOKENIZER, Encoder
from tools.features import Features
from tools.outputs import Calibration, Novelty

REQUIRED = {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}
META_OF_TESTS: dict[str, Any] = {
    "form": FORM,
    "name": "fake",
    "version": "v1",
    "data_label": "demo (synthetic)",
    "training_range": {"current_a": (60.0, 320.0), "travel_speed_mm_s": (2.5, 30.0)},
    "optional": ["process", "wire_feed_speed_m_min"],
}
UNCALIBRATED, TEXT_ONLY = Calibration(), Features(process=False)
WORDS = ["[PAD]", "[UNK]", "[SEP]", "one", "two", "three", "four", "five"]  # a word's number is its index


class FakeEncoder(Encoder):
    """Answers every experiment with the same outputs; what they mean, `info` and `warnings` are the real ones."""

    def __init__(self, outputs: list[float], output: dict[str, Any], calibration: Calibration = UNCALIBRATED, **meta: Any) -> None:
        self.fixed = np.array(outputs, dtype=np.float32)
        self.meta = META_OF_TESTS | {"output": output} | meta
        self.calibration, self.names = calibration, output["names"]
        self.asked: list[ProcessConditions] = []

    def logits(self, conditions: ProcessConditions) -> np.ndarray:
        self.asked.append(conditions)
        return self.fixed


def labels(*names: str) -> dict[str, Any]:
    """The output of a model with one logit a label."""
    return {"kind": "labels", "names": list(names), "binary": len(names) == 1, "positive": None}


def logarithm(name: str, mean: float, std: float) -> dict[str, Any]:
    """The output of a model of the standardised logarithm of one amount."""
    return {"kind": "amounts", "names": [name], "log": [True], "mean": [mean], "std": [std], "low": [None], "high": [None]}


def no_encoder(name: str) -> Encoder:
    """Where input is refused, no model may be loaded."""
    raise AssertionError(f"{name} was loaded for {Path(__file__).name}")


def by_words(texts: Sequence[str]) -> np.ndarray:
    """A stand-in for a sentence encoder: texts that share words have like vectors."""
    vectors = np.zeros((len(texts), 512))
    for row, text in enumerate(texts):
        for word in text.lower().replace(",", " ").split():
            vectors[row, crc32(word.encode()) % 512] += 1
    return vectors


def write_model(
    folder: Path,
    heads: Sequence[tuple[float, dict[str, Any]]],  # weight, and input → matrix
    features: Features = TEXT_ONLY,
    body: str | None = None,
    novelty: Novelty | None = None,
    **meta: Any,
) -> Path:
    """A model folder of form FORM. A head is its weight and a matrix [size, outputs] for each input (`features`, `pooled`) that it
    reads; `body` is the hash of the weights of a body whose output [3] is the number of words, the sum of their numbers and of
    their token types."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, (_, matrices) in enumerate(heads):
        _write_head(folder / f"head{i}.onnx", matrices)
    if body is not None:
        _write_body(folder)
    if novelty is not None:
        np.savez(folder / NOVELTY, mean=novelty.mean, whiten=novelty.whiten, distances=novelty.distances)
    size = len(next(iter(heads[0][1].values()))[0])
    saved = META_OF_TESTS | {
        "name": folder.name, "body": body, "two_texts": None, "max_tokens": 16, "features": features.to_json(),
        "heads": [{"file": f"head{i}.onnx", "weight": weight} for i, (weight, _) in enumerate(heads)],
        "calibration": Calibration().to_json(), "output": labels(*(f"label {i}" for i in range(size))),
    }  # fmt: skip
    (folder / META).write_text(json.dumps(saved | meta), encoding="utf-8")
    return folder


def _write_head(file: Path, matrices: dict[str, list[list[float]]]) -> None:
    """output = the sum of each input times its matrix."""
    arrays = {name: np.array(matrix, dtype=np.float32) for name, matrix in matrices.items()}
    nodes = [helper.make_node("MatMul", [name, f"{name}_matrix"], [f"{name}_part"]) for name in arrays]
    nodes.append(helper.make_node("Sum", [f"{name}_part" for name in arrays], ["output"]))
    _save(file, nodes, {name: (TensorProto.FLOAT, ["batch", len(a)]) for name, a in arrays.items()}, {f"{n}_matrix": a for n, a in arrays.items()})


def _write_body(folder: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A", pair="$A [SEP] $B:1", special_tokens=[("[SEP]", WORDS.index("[SEP]"))])
    tokenizer.save(str(folder / TOKENIZER))
    inputs = ("attention_mask", "input_ids", "token_type_ids")
    nodes = [helper.make_node("Cast", [name], [f"{name}_float"], to=TensorProto.FLOAT) for name in inputs]
    nodes += [helper.make_node("ReduceSum", [f"{name}_float", "axes"], [f"{name}_sum"], keepdims=1) for name in inputs]
    nodes.append(helper.make_node("Concat", [f"{name}_sum" for name in inputs], ["output"], axis=1))
    _save(folder / BODY, nodes, {name: (TensorProto.INT64, ["batch", "length"]) for name in inputs}, {"axes": np.array([1])})


def _save(file: Path, nodes: list[Any], inputs: dict[str, tuple[int, list[Any]]], constants: dict[str, np.ndarray]) -> None:
    graph = helper.make_graph(
        nodes,
        "fake",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", None])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
