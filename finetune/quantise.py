"""int8 forms of an exported float32 body: `dynamic` with 7-bit weights is the one that is served, the others are what it is compared with."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

Feed = dict[str, np.ndarray]


def dynamic(float_file: Path, file: Path, reduce_range: bool) -> Path:
    """Write the body with int8 weights per channel; activations are scaled as they come. `reduce_range`: 7-bit weights, whose
    products do not saturate on processors without VNNI."""
    with _quiet():
        quantize_dynamic(float_file, file, weight_type=QuantType.QInt8, per_channel=True, reduce_range=reduce_range)
    return file


def static(float_file: Path, file: Path, batches: Sequence[Feed], method: CalibrationMethod = CalibrationMethod.MinMax) -> Path:
    """Write the body with int8 weights and activations, whose ranges are those of `batches` (input name → array [texts, tokens])
    of training texts. Products of two activations (the attention's own) stay in float32."""
    prepared = file.with_suffix(".prepared.onnx")
    with _quiet():
        quant_pre_process(str(float_file), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared), str(file), _Batches(batches),
            quant_format=QuantFormat.QDQ, op_types_to_quantize=["MatMul"], nodes_to_exclude=_without_weights(prepared), per_channel=True,
            reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=method,
        )  # fmt: skip
    prepared.unlink()
    return file


class _Batches(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, batches: Sequence[Feed]) -> None:
        self._left: Iterator[Feed] = iter(batches)

    def get_next(self) -> Feed | None:
        return next(self._left, None)


def _without_weights(file: Path) -> list[str]:
    """Names of the matrix products of two activations."""
    graph: Any = onnx.load(file).graph
    weights = {each.name for each in graph.initializer}
    return [node.name for node in graph.node if node.op_type == "MatMul" and not weights & set(node.input)]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without onnxruntime's advice on convolutions, which there are none of."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
