"""Fitted scikit-learn models as one ONNX graph: features [batch, f] in, one output [batch, outputs]. Knows no kinds of task."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

OPSETS = {"": 18, "ai.onnx.ml": 3}
IR_VERSION = 10  # what ONNX Runtime of two years ago reads


@dataclass
class Graph:
    """An ONNX graph under construction; `add` returns the name of the new node's output."""

    nodes: list[Any]
    constants: list[Any]

    def add(self, operator: str, *inputs: str | np.ndarray, **attributes: Any) -> str:
        """A node; arrays among its inputs become constants."""
        name = f"{operator}_{len(self.nodes)}"
        names = [given if isinstance(given, str) else self._constant(given) for given in inputs]
        self.nodes.append(helper.make_node(operator, names, [name], name=name, **attributes))
        return name

    def model(self, fitted: Any, given: str, width: int, double: bool = False) -> str:
        """The values [batch, 1], or the probabilities [batch, classes] in the order of its `classes_`, that a fitted
        scikit-learn model or pipeline makes of `given` [batch, width]; `double`: reckoned in float64."""
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

        classes = hasattr(fitted, "classes_")
        types = [("features", (DoubleTensorType if double else FloatTensorType)([None, width]))]
        converted = to_onnx(fitted, initial_types=types, target_opset=OPSETS, options={id(fitted): {"zipmap": False}} if classes else None)
        prefix = f"model_{len(self.nodes)}_"
        part = compose.add_prefix(converted, prefix).graph
        source = self.add("Cast", given, to=TensorProto.DOUBLE) if double else given
        self.nodes.append(helper.make_node("Identity", [source], [prefix + "features"]))
        self.nodes += part.node
        self.constants += part.initializer
        found = part.output[1 if classes else 0].name
        return self.add("Cast", found, to=TensorProto.FLOAT) if double else found

    def save(self, output: str, width: int, outputs: int, file: Path) -> None:
        """Check the graph and write it: `features` float32 [batch, width] → `output` float32 [batch, outputs]."""
        self.nodes.append(helper.make_node("Identity", [output], ["output"]))
        graph = helper.make_graph(
            self.nodes,
            "head",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", width])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", outputs])],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*item) for item in OPSETS.items()], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        onnx.save(model, str(file))

    def _constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name
