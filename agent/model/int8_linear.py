"""A linear layer with int8 weights, for processors without int8 instructions. docs/decisions/0012-int8-weights.md

The kernel is imported where it is used, not before vLLM has started: it looks into every module then, and stumbles over those of numba.
"""

import torch


def linear(x: torch.Tensor, weight: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """x [rows, in] times the transpose of weight [out, in], int8 with one float32 scale [out] for each row of it; in x's precision."""
    from agent.model.int8_kernel import multiply

    product = torch.empty(x.shape[0], weight.shape[0])
    multiply(x.detach().float().contiguous().numpy(), weight.numpy(), scale.numpy(), product.numpy())
    return product.to(x.dtype)


def quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Symmetric int8 of a weight [out, in] and the scale of each row [out], round to nearest; a row of zeros has scale 1."""
    from agent.model.int8_kernel import quantise

    integers, scale = torch.empty(weight.shape, dtype=torch.int8), torch.empty(weight.shape[0])
    quantise(weight.detach().float().contiguous().numpy(), integers.numpy(), scale.numpy())
    return integers, scale
