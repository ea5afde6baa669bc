"""A linear layer with int8 weights and exact activations, for processors without int8 instructions.

Decoding reads every weight once for each token, and memory is what it waits for: a byte instead of four is read, and multiplied in bfloat16 by
torch's own kernel, which needs no more than AVX2. The kernel goes through the rows one by one, so for many rows at once (a prompt) the weights
are unpacked and multiplied in the layer's own precision instead. docs/decisions/0012-int8-weights.md
"""

import torch

FEW_ROWS = 48  # up to here the int8 kernel was the faster one on two AVX2 cores (docs/LOG.md)


def linear(x: torch.Tensor, weight: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """x [rows, in] times the transpose of weight [out, in], int8 with one scale [out] for each row of it; in x's precision."""
    if x.shape[0] <= FEW_ROWS:
        return torch._weight_int8pack_mm(x.to(torch.bfloat16), weight, scale.to(torch.bfloat16)).to(x.dtype)
    return torch.nn.functional.linear(x, weight.to(x.dtype)) * scale.to(x.dtype)


def quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Symmetric int8 of a weight [out, in] and the scale of each row [out], round to nearest; a row of zeros has scale 1."""
    scale = weight.abs().amax(dim=1).float() / 127
    scale = torch.where(scale == 0, 1.0, scale)
    return (weight.float() / scale[:, None]).round_().clamp_(-127, 127).to(torch.int8), scale
