"""It is PyTorch's batch normalisation, in either layout, and more exact with channels last."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from pellucid.networks.csc_standardise import Standardise

LAYOUTS = [torch.contiguous_format, torch.channels_last]


def maps(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).relu() + 0.5


def pair(affine: bool) -> tuple[Standardise, nn.BatchNorm2d]:
    own, theirs = Standardise(3, affine=affine).double(), nn.BatchNorm2d(3, affine=affine).double()
    if affine:
        with torch.no_grad():
            own.weight.copy_(torch.tensor([0.5, 1.0, 2.0]))
            own.bias.copy_(torch.tensor([1.0, 0.0, -1.0]))
    theirs.load_state_dict(own.state_dict())
    return own, theirs


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("affine", [False, True])
def test_it_is_batch_normalisation(affine: bool, layout: torch.memory_format) -> None:
    own, theirs = pair(affine)
    for seed in range(3):
        x, g = maps(4, 3, 5, 2, seed=seed), maps(4, 3, 5, 2, seed=seed + 10)
        results = []
        for norm in (own, theirs):
            given = x.clone(memory_format=layout).requires_grad_()
            y = norm(given)
            y.backward(g)
            results.append([y, given.grad, *norm.state_dict().values()])
            results[-1] += [parameter.grad for parameter in norm.parameters()]
        assert results[0][0].is_contiguous(memory_format=layout)
        for found, expected in zip(*results, strict=True):
            torch.testing.assert_close(found, expected)
    torch.testing.assert_close(own.eval()(x), theirs.eval()(x))


def test_both_derivatives_are_exact() -> None:
    norm, x = pair(False)[0], maps(2, 3, 2, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: copy.deepcopy(norm)(x), (x,))
    assert torch.autograd.gradgradcheck(lambda x: copy.deepcopy(norm)(x), (x,))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_many_places_leave_it_exact(layout: torch.memory_format) -> None:
    x = maps(64, 2, 64, 64)
    expected = (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True, correction=0)
    found = Standardise(2, affine=False, eps=0.0)(x.float().contiguous(memory_format=layout))
    assert (found - expected).norm() / expected.norm() < 1e-6


def test_half_precision_is_kept_and_its_statistics_are_not_in_it() -> None:
    x = maps(16, 3, 32, 32).bfloat16()
    y = Standardise(3, affine=False)(x)
    assert y.dtype == torch.bfloat16
    means = y.double().mean((0, 2, 3))
    torch.testing.assert_close(means, torch.zeros(3).double(), rtol=0, atol=1e-3)


def test_a_single_place_has_no_variance() -> None:
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        Standardise(3)(torch.ones(1, 3, 1, 1))
