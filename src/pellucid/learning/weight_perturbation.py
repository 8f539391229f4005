"""Weight perturbation: move all weights a little at random, and see what becomes of the loss.

    s = (L(w + e v) - L(w - e v)) / 2e,      g = s v,      v ~ N(0, I)

(Jabri and Flower 1992; simultaneous perturbation: Spall 1992; for language models Malladi et al.
2023). With `exact` s is the directional derivative itself, by automatic differentiation forwards
(Baydin et al. 2022, "Gradients without backpropagation").

E[g_j^2] = |grad|^2 + 2 grad_j^2, so that a weight's variance is |grad|^2 + grad_j^2: it grows with
the number of weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, jvp

from pellucid.config import check, check_counts
from pellucid.learning.gradient import (
    Estimate,
    GradientEstimator,
    Loss,
    forwards,
    linear_layers,
    normal_like,
    per_sample,
    readout_gradients,
)
from pellucid.learning.watched import look


@dataclass(frozen=True)
class WeightPerturbation(GradientEstimator):
    """One perturbation of all weights for all samples; see the module."""

    samples: int = 1
    """perturbations, of which the mean is taken"""
    size: float = 1e-3
    """e, of differences"""
    antithetic: bool = True
    """whether the difference is taken on both sides, without a bias of the second order"""
    exact: bool = False
    """whether the derivative is taken instead: the model must be differentiable"""
    readout: str | None = None
    """name of the layer whose outputs the loss sees: its gradient is exact, as the loss is known"""

    def __post_init__(self) -> None:
        check_counts(self, "samples")
        check(self.size > 0, f"size={self.size} must be positive")

    @torch.no_grad()
    def estimate(
        self, model: nn.Module, loss: Loss, x: Tensor, *, generator: torch.Generator
    ) -> Estimate:
        """See the class."""
        weights = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}
        gradient: dict[str, Tensor] = {}
        if self.readout is not None:
            last = linear_layers(model, (self.readout,))
            inputs, outputs, _ = look(model, last, loss, x)
            for name, layer in last.items():
                gradient |= readout_gradients(name, layer, inputs[name], outputs[name], loss)
        exact = dict.fromkeys(gradient, 0.0)
        weights = {name: p for name, p in weights.items() if name not in exact}
        count = sum(p.numel() for p in weights.values())

        def mean_loss(values: dict[str, Tensor]) -> Tensor:
            return per_sample(loss(functional_call(model, values, (x,))), x).mean()

        start = None if self.antithetic or self.exact else mean_loss(weights)
        gradient |= {name: torch.zeros_like(p) for name, p in weights.items()}
        slopes, losses = [], []
        for _ in range(self.samples):
            way = {name: normal_like(p, generator) for name, p in weights.items()}
            slope, seen = self._slope(mean_loss, weights, way, start)
            slopes.append(slope)
            losses.append(seen)
            for name, v in way.items():
                gradient[name] += slope * v / self.samples
        square = sum(s**2 for s in slopes) / self.samples
        variance = square * (1 + 1 / count) / self.samples
        passes = self.samples * (2 if self.antithetic and not self.exact else 1)
        passes += (start is not None) + (self.readout is not None)
        return Estimate(
            gradient,
            sum(losses) / self.samples,
            passes * len(x),
            exact | dict.fromkeys(weights, variance),
        )

    def _slope(
        self,
        mean_loss: Callable[[dict[str, Tensor]], Tensor],
        weights: dict[str, Tensor],
        way: dict[str, Tensor],
        start: Tensor | None,
    ) -> tuple[float, float]:
        """The derivative along the way, and a loss near it."""
        if self.exact:
            with forwards():
                value, slope = jvp(mean_loss, (weights,), (way,))[:2]
            return float(slope), float(value)
        plus = mean_loss({name: p + self.size * way[name] for name, p in weights.items()})
        if start is not None:
            return float((plus - start) / self.size), float(start)
        minus = mean_loss({name: p - self.size * way[name] for name, p in weights.items()})
        return float((plus - minus) / (2 * self.size)), float((plus + minus) / 2)
