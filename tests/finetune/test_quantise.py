"""int8 forms stay near float32 and are smaller; static quantisation leaves products of two activations alone."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from finetune.bodies import export_body
from finetune.encoder import load_body
from finetune.quantise import Feed, dynamic, static


@pytest.fixture(scope="module")
def float_file(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_body(load_body(tiny_base), tmp_path_factory.mktemp("float"), typed=False, quantise=False)


def feeds(seed: int) -> list[Feed]:
    random = np.random.default_rng(seed)
    return [
        {"input_ids": random.integers(4, 30, (4, length)), "attention_mask": np.ones((4, length), dtype=np.int64)} for length in (5, 9, 9, 14, 20)
    ]


def pooled(file: Path, feed: Feed) -> np.ndarray:
    found: np.ndarray = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"]).run(None, feed)[0]
    return found


@pytest.mark.parametrize("reduce_range", [True, False])
def test_dynamic_int8_is_near_float32(float_file: Path, tmp_path: Path, reduce_range: bool):
    file = dynamic(float_file, tmp_path / "int8.onnx", reduce_range)
    kinds = {node.op_type for node in onnx.load(file).graph.node}
    assert "MatMulInteger" in kinds and float_file.exists()
    for feed in feeds(1):
        assert np.allclose(pooled(file, feed), pooled(float_file, feed), atol=0.1)


def test_static_int8_is_calibrated_near_float32_and_spares_the_attention(float_file: Path, tmp_path: Path):
    file = static(float_file, tmp_path / "static.onnx", feeds(1))
    for feed in feeds(2):
        difference = np.abs(pooled(file, feed) - pooled(float_file, feed))
        assert 0 < difference.max() < 0.3
    graph = onnx.load(file).graph
    scaled = {name for node in graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    products = [node for node in graph.node if node.op_type == "MatMul"]
    assert sum(scaled >= set(node.input) for node in products) == 6, "query, key, value, their output, and two of the feed-forward"
    assert sum(not scaled & set(node.input) for node in products) == 2, "scores and what they weigh"
    assert [path.name for path in tmp_path.iterdir()] == ["static.onnx"]
