"""Int8 weights give what the layer gives in full, within the rounding of the weights."""

import pytest
import torch

from agent.model.int8_kernel import BLOCK, MANY
from agent.model.int8_linear import linear, quantised

WEIGHT = torch.randn(96, 64, generator=torch.Generator().manual_seed(1)) * torch.logspace(-3, 1, 96)[:, None]


def rows(count: int, width: int = 64) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(count))


@pytest.mark.parametrize("count", [1, 3, 4, 7, BLOCK, BLOCK + 1, 200])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_product_is_that_of_the_full_weights(count: int, dtype: torch.dtype) -> None:
    x = rows(count).to(dtype)
    found, exact = linear(x, *quantised(WEIGHT)), x.float() @ WEIGHT.T
    assert found.dtype == dtype and found.shape == (count, 96)
    error = (found.float() - exact).abs() / (x.float().norm(dim=1)[:, None] * WEIGHT.norm(dim=1))
    assert error.max() < 0.006  # of each output, however small its weights are
    assert (found.float() - exact).norm() / exact.norm() < 0.015


@pytest.mark.parametrize("width", [1, 15, 16, 17, 896, 4864, 14336])
@pytest.mark.parametrize("count", [1, 5, MANY + 1])
def test_nothing_but_the_rounding_of_the_weights_is_lost(width: int, count: int) -> None:
    """Whatever the width, and with an odd number of outputs: no input is left out, no sum runs over."""
    weight, x = torch.randn(7, width), torch.cat([rows(count, width), torch.full((1, width), 3.0)])
    integers, scale = quantised(weight)
    integers[0] = 127
    exact = x @ (integers * scale[:, None]).T
    assert (linear(x, integers, scale) - exact).norm() / exact.norm() < 1e-3


def test_rows_that_do_not_lie_together() -> None:
    x = rows(4, 128)[:, ::2]
    assert torch.equal(linear(x, *quantised(WEIGHT)), linear(x.clone(), *quantised(WEIGHT)))


def test_each_row_of_the_weights_has_its_own_scale() -> None:
    integers, scale = quantised(WEIGHT)
    assert integers.dtype == torch.int8 and integers.abs().amax(dim=1).eq(127).all()
    assert ((integers * scale[:, None] - WEIGHT).abs() <= scale[:, None] / 2 + 1e-7).all()


def test_a_row_of_zeros_stays_one() -> None:
    integers, scale = quantised(torch.zeros(2, 8))
    assert not integers.any() and scale.eq(1).all()
    assert not linear(torch.ones(1, 8), *quantised(torch.zeros(16, 8))).any()
    assert not linear(torch.zeros(5, 64), *quantised(WEIGHT)).any()
