from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from pellucid.objectives.sphere import on_sphere


def rows(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_rows_have_length_one_and_their_direction() -> None:
    z = rows(2, 5, 3)
    found = on_sphere(z)
    torch.testing.assert_close(found.norm(dim=-1), torch.ones(2, 5).double())
    torch.testing.assert_close(found * z.norm(dim=-1, keepdim=True), z)
    assert on_sphere(z.float()).dtype == torch.float32


def test_both_derivatives_are_exact() -> None:
    z = rows(4, 3).requires_grad_()
    assert torch.autograd.gradcheck(on_sphere, (z,))
    assert torch.autograd.gradgradcheck(on_sphere, (z,))


@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-6, 1.0])
def test_short_rows_are_those_of_pytorch(size: float) -> None:
    z, g = size * rows(3, 4), rows(3, 4) + 1
    own, theirs = z.clone().requires_grad_(), z.clone().requires_grad_()
    on_sphere(own).backward(g)
    F.normalize(theirs, dim=-1, eps=1e-8).backward(g)
    torch.testing.assert_close(on_sphere(z), F.normalize(z, dim=-1, eps=1e-8))
    torch.testing.assert_close(own.grad, theirs.grad)
    assert torch.isfinite(own.grad).all()
