"""Int8 weights give what the layer gives in full, within the rounding of weights and bfloat16."""

import pytest
import torch

from agent.int8_linear import FEW_ROWS, linear, quantised

WEIGHT = torch.randn(96, 64, generator=torch.Generator().manual_seed(1)) * torch.logspace(-3, 1, 96)[:, None]


@pytest.mark.parametrize("rows", [1, 3, FEW_ROWS, FEW_ROWS + 1, 200])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_product_is_that_of_the_full_weights(rows: int, dtype: torch.dtype) -> None:
    x = torch.randn(rows, 64, generator=torch.Generator().manual_seed(rows)).to(dtype)
    found, exact = linear(x, *quantised(WEIGHT)), x.float() @ WEIGHT.T
    assert found.dtype == dtype and found.shape == (rows, 96)
    error = (found.float() - exact).abs() / (x.float().norm(dim=1)[:, None] * WEIGHT.norm(dim=1))
    assert error.max() < 0.006  # of each output, however small its weights are; bfloat16 and int8 have 8 bits
    assert (found.float() - exact).norm() / exact.norm() < 0.015


def test_each_row_of_the_weights_has_its_own_scale() -> None:
    integers, scale = quantised(WEIGHT)
    assert integers.dtype == torch.int8 and integers.abs().amax(dim=1).eq(127).all()
    assert ((integers * scale[:, None] - WEIGHT).abs() <= scale[:, None] / 2 + 1e-7).all()


def test_a_row_of_zeros_stays_one() -> None:
    integers, scale = quantised(torch.zeros(2, 8))
    assert not integers.any() and scale.eq(1).all()
    assert not linear(torch.ones(1, 8), *quantised(torch.zeros(16, 8))).any()
