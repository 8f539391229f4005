"""Feedback alignment: blame goes back through fixed random weights (Lillicrap et al. 2016).

Each `nn.Linear` passes blame @ B to the layer below where back-propagation passes blame @ W. The
weights come to agree with B, and so learn; a backward pass through known nonlinearities is needed
still. The estimate is no gradient: it has a bias that perturbations do not have.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional as F

from pellucid.learning.gradient import (
    BackPropagation,
    Estimate,
    GradientEstimator,
    Loss,
    linear_layers,
)


@dataclass(frozen=True)
class FeedbackAlignment(GradientEstimator):
    """The same random feedback at each call: it is drawn from `seed` and the layer's place."""

    seed: int = 0

    def estimate(
        self, model: nn.Module, loss: Loss, x: Tensor, *, generator: torch.Generator
    ) -> Estimate:
        """See the class."""
        handles = [
            layer.register_forward_hook(self._hook(place, layer))
            for place, layer in enumerate(linear_layers(model).values())
            if isinstance(layer, nn.Linear)
        ]
        try:
            return BackPropagation().estimate(model, loss, x, generator=generator)
        finally:
            for handle in handles:
                handle.remove()

    def _hook(
        self, place: int, layer: nn.Linear
    ) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
        draw = torch.Generator().manual_seed(1000 * self.seed + place)
        scale = 1 / math.sqrt(3 * layer.in_features)  # the deviation of PyTorch's first weights
        random = torch.randn(layer.weight.shape, generator=draw, dtype=layer.weight.dtype)
        back = (scale * random).to(layer.weight.device)

        def say(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
            said: Tensor = _Aligned.apply(given[0], layer.weight, layer.bias, back)
            return said

        return say


class _Aligned(torch.autograd.Function):
    """A linear map whose blame goes back through other weights."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor | None, back: Tensor
    ) -> Tensor:
        ctx.save_for_backward(x, back)
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, blame: Tensor) -> tuple[Tensor, Tensor, Tensor | None, None]:
        x, back = ctx.saved_tensors
        flat = blame.flatten(0, -2)
        above = flat.sum(0) if ctx.needs_input_grad[2] else None
        return blame @ back, flat.mT @ x.flatten(0, -2), above, None
