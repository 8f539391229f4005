"""Samples on the unit sphere, where rates are compared: z / |z|, with its gradient written out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

TINY = 1e-8
"""Below this length a sample is divided by it, and not by its own."""


def on_sphere(z: Tensor) -> Tensor:
    """The rows of z (..., D) divided by their length; a row of zeros stays."""
    rows: Tensor = _OnSphere.apply(z)
    return rows


class _OnSphere(torch.autograd.Function):
    """The gradient is (g - n <n, g>) / |z|, n = z / |z|: what of g is tangent to the sphere.

    In three passes over the samples; the chain rule through the norm and the division takes ten.
    """

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        ctx.save_for_backward(z)
        return z / _length(z).clamp_min(TINY)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (z,), (g,) = ctx.saved_tensors, gradients
        length = _length(z)
        inverse = length.clamp_min(TINY).reciprocal()
        radial = (z * g).sum(-1, keepdim=True) * inverse.square()
        return (g - z * torch.where(length > TINY, radial, 0.0)) * inverse


def _length(z: Tensor) -> Tensor:
    return torch.linalg.vector_norm(z, dim=-1, keepdim=True)
