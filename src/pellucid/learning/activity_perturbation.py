"""Activity perturbation: move what neurons say, each sample by itself, and credit the neurons.

    s_n = (L_n(z + e u) - L_n(z - e u)) / 2e,   dL_n/dz_nj ~ s_n u_nj,   dL/dW = blame' inputs / N

(node perturbation: Flower and Jabri 1993; Ren, Kornblith, Liao and Hinton 2023). There are fewer
neurons than weights by far, and a batch averages as many perturbations as it has samples; so the
variance of a weight is only  mean_n x_i^2 (|g_n|^2 + g_nj^2) / N.

`MeasuredPerturbation` does without knowing the noise: of two passes through hardware that trembles
by itself it takes what has changed (Dalm, van Gerven and Ahmad 2023, activity-based perturbation).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from pellucid.config import check, check_counts
from pellucid.learning.gradient import (
    Affine,
    Estimate,
    GradientEstimator,
    Loss,
    forwards,
    linear_layers,
    normal_like,
    readout_gradients,
    weight_gradients,
)
from pellucid.learning.watched import changed, look


@dataclass(frozen=True)
class ActivityPerturbation(GradientEstimator):
    """Perturb the outputs of linear layers; see the module."""

    samples: int = 1
    """perturbations, of which the mean is taken"""
    size: float = 1e-3
    """e, of differences"""
    antithetic: bool = True
    """whether the difference is taken on both sides"""
    exact: bool = False
    """whether the derivative is taken instead, forwards: the model must be differentiable"""
    layers: tuple[str, ...] | None = None
    """names of the linear layers; None: all of them, at once"""
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
        layers = linear_layers(model, self.layers)
        last = {} if self.readout is None else linear_layers(model, (self.readout,))
        inputs, outputs, clean = look(model, layers | last, loss, x)
        gradient: dict[str, Tensor] = {}
        for name, layer in last.items():
            gradient |= readout_gradients(name, layer, inputs[name], outputs.pop(name), loss)
            layers.pop(name, None)
        units = sum(z[0].numel() for z in outputs.values())
        blame = {name: torch.zeros_like(z) for name, z in outputs.items()}
        square = torch.zeros_like(clean)
        for _ in range(self.samples):
            noise = {name: normal_like(z, generator) for name, z in outputs.items()}
            slope = self._slope(model, layers, loss, x, noise, clean)
            square += slope.square() / self.samples
            for name, u in noise.items():
                blame[name] += _along(slope, u) * u / self.samples
        variance = dict.fromkeys(gradient, 0.0)
        for name, layer in layers.items():
            found = weight_gradients(name, layer, inputs[name], blame[name])
            gradient |= found
            # The places of a token network's sample are perturbed apart, and add up.
            size = inputs[name].reshape(len(x), -1, layer.in_features).square()
            told = square * (1 + 1 / units) / (self.samples * len(x) ** 2)
            for parameter in found:
                each = size.sum(1).mean(1) if parameter.endswith("weight") else size.shape[1]
                variance[parameter] = float((told * each).sum())
        passes = 1 + self.samples * (2 if self.antithetic and not self.exact else 1)
        return Estimate(gradient, float(clean.mean()), passes * len(x), variance)

    def _slope(
        self,
        model: nn.Module,
        layers: Mapping[str, Affine],
        loss: Loss,
        x: Tensor,
        noise: dict[str, Tensor],
        clean: Tensor,
    ) -> Tensor:
        """The derivative of each sample's loss along its noise, (N,)."""
        if self.exact:
            with (
                forwards(),
                forward_ad.dual_level(),
                changed(layers, lambda name, z: _dual(z, noise[name])),
            ):
                slope = forward_ad.unpack_dual(loss(model(x))).tangent
            return torch.zeros_like(clean) if slope is None else slope

        def moved(size: float) -> Tensor:
            with changed(layers, lambda name, z: z + size * noise[name]):
                return loss(model(x))

        if self.antithetic:
            return (moved(self.size) - moved(-self.size)) / (2 * self.size)
        return (moved(self.size) - clean) / self.size


@dataclass(frozen=True)
class MeasuredPerturbation(GradientEstimator):
    """Compare two passes whose noise nobody knows, by what each layer was measured to say.

        blame_n = units (L_n - L'_n) (a_n - a'_n) / |a_n - a'_n|^2

    over all layers together. The noise is the model's own (a mortal device), or, with `size`, noise
    that is added to layers and not told to the estimator.
    """

    size: float = 0.0
    """deviation of the noise that is added in one of the passes"""
    samples: int = 1
    """pairs of passes, of which the mean is taken"""
    layers: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_counts(self, "samples")
        check(self.size >= 0, f"size={self.size} must not be negative")

    @torch.no_grad()
    def estimate(
        self, model: nn.Module, loss: Loss, x: Tensor, *, generator: torch.Generator
    ) -> Estimate:
        """See the class."""
        layers = linear_layers(model, self.layers)
        gradient: dict[str, Tensor] = {}
        losses: list[float] = []
        for _ in range(self.samples):
            inputs, one, before = look(model, layers, loss, x)
            trembling = lambda name, z: z + self.size * normal_like(z, generator)  # noqa: E731
            _, other, after = look(model, layers, loss, x, trembling if self.size else None)
            moved = {name: other[name] - one[name] for name in layers}
            units = sum(m[0].numel() for m in moved.values())
            length = torch.stack([m.flatten(1).square().sum(1) for m in moved.values()]).sum(0)
            slope = units * (after - before) / length.clamp_min(torch.finfo(x.dtype).tiny)
            losses.append(float(before.mean()))
            for name, layer in layers.items():
                blame = _along(slope, moved[name]) * moved[name] / self.samples
                found = weight_gradients(name, layer, inputs[name], blame)
                for parameter, value in found.items():
                    gradient[parameter] = gradient.get(parameter, 0) + value
        return Estimate(gradient, sum(losses) / self.samples, 2 * self.samples * len(x), {})


def _dual(z: Tensor, noise: Tensor) -> Tensor:
    """The same z with the noise added to its tangent."""
    primal, tangent = forward_ad.unpack_dual(z)
    return forward_ad.make_dual(primal, noise if tangent is None else tangent + noise)


def _along(slope: Tensor, like: Tensor) -> Tensor:
    """(N,) broadcast against (N, ...)."""
    return slope.view(-1, *[1] * (like.ndim - 1))
