"""Int8 weights as a plugin of vLLM (`--quantization int8_weights`): made while loading, for any model whose weights are not quantised already."""

from typing import Any

import torch
from vllm.model_executor.layers.linear import LinearBase, UnquantizedLinearMethod
from vllm.model_executor.layers.quantization import register_quantization_config
from vllm.model_executor.layers.quantization.base_config import QuantizationConfig
from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead, UnquantizedEmbeddingMethod
from vllm.utils.torch_utils import direct_register_custom_op

from agent.model.int8_linear import linear, quantised

NAME = "int8_weights"


class _Quantised:
    """What linear layers and the output head share: weights are loaded as they are, then replaced."""

    def process_weights_after_loading(self, layer: Any) -> None:
        weight, scale = quantised(layer.weight.data)
        layer.register_buffer("int8_weight", weight, persistent=False)
        layer.register_buffer("int8_scale", scale, persistent=False)

    def apply(self, layer: Any, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        multiply = torch.ops.vllm.waam_int8_linear if torch.compiler.is_compiling() else linear  # a compiler wants an operator, which costs time
        found = multiply(x.reshape(-1, x.shape[-1]), layer.int8_weight, layer.int8_scale)
        found = found.reshape(*x.shape[:-1], -1)
        return found if bias is None else found + bias


class Int8LinearMethod(_Quantised, UnquantizedLinearMethod):
    """A linear layer; its weight in full is let go."""

    def process_weights_after_loading(self, layer: torch.nn.Module) -> None:
        super().process_weights_after_loading(layer)
        layer.weight = torch.nn.Parameter(torch.empty(0), requires_grad=False)


class Int8HeadMethod(_Quantised, UnquantizedEmbeddingMethod):
    """The output head; its weight is kept, since it may be the embedding too."""


class Int8Weights(QuantizationConfig):
    """Which layers have int8 weights: the linear ones and the output head."""

    def get_name(self) -> Any:
        return NAME

    def get_supported_act_dtypes(self) -> list[torch.dtype]:
        return [torch.float32, torch.bfloat16]

    @classmethod
    def get_min_capability(cls) -> int:
        return -1

    @staticmethod
    def get_config_filenames() -> list[str]:
        return []

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Int8Weights":
        return cls()

    def get_quant_method(self, layer: torch.nn.Module, prefix: str) -> Any:
        if isinstance(layer, LinearBase):
            return Int8LinearMethod()
        return Int8HeadMethod() if isinstance(layer, ParallelLMHead) else None


def register() -> None:
    """What vLLM calls in each of its processes (entry point `vllm.general_plugins`); the second call finds all done."""
    if hasattr(torch.ops.vllm, "waam_int8_linear"):
        return
    direct_register_custom_op("waam_int8_linear", linear, fake_impl=lambda x, weight, scale: x.new_empty(x.shape[0], weight.shape[0]))
    register_quantization_config(NAME)(Int8Weights)
