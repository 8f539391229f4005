"""Gradients by whatever means: one signature for back-propagation and for all that does without it.

    estimate = ActivityPerturbation().estimate(model, loss, x, generator=generator)
    estimate.gradient["0.weight"], estimate.reads, estimate.variance["0.weight"]

`loss(outputs)` gives a loss for each sample, (N,): methods that perturb samples apart need them
apart, and what is descended is their mean. Estimates have no bias (those of the first order in the
size of the perturbation), and differ in their variance, which each of them foretells.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError, DataError
from pellucid.networks.local_mixer import Affine, GroupLinear

Loss = Callable[[Tensor], Tensor]
"""Outputs of the model (N, ...) to a loss for each sample, (N,)."""


@dataclass(frozen=True)
class Estimate:
    """A gradient, and what it cost."""

    gradient: dict[str, Tensor]
    """Of the mean loss, by the name of the parameter."""
    loss: float
    """The mean loss, of the passes that were made."""
    reads: int
    """Passes of one sample through the model; one back is counted as two."""
    variance: dict[str, float]
    """Foretold of the method's own noise, by parameter: the mean over entries. Empty where there is
    none."""

    def apply(self, model: nn.Module) -> None:
        """Put the gradient where an optimiser looks for it."""
        for name, parameter in model.named_parameters():
            parameter.grad = self.gradient.get(name)

    def descended(self, model: nn.Module) -> Tensor:
        """A scalar of the loss's value whose gradient is the estimate: what training loops want."""
        found = [(p, self.gradient.get(name)) for name, p in model.named_parameters()]
        parameters = [p for p, _ in found]
        value = parameters[0].new_tensor(self.loss)
        total: Tensor = _Found.apply(value, [g for _, g in found], *parameters)
        return total


class _Found(torch.autograd.Function):
    """A value whose gradient was found already, by whatever means."""

    @staticmethod
    def forward(
        ctx: Any, value: Tensor, gradients: list[Tensor | None], *parameters: Tensor
    ) -> Tensor:
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    def backward(ctx: Any, blame: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, *(None if g is None else blame * g for g in ctx.gradients)


class GradientEstimator(ABC):
    """A way to a gradient."""

    @abstractmethod
    def estimate(
        self, model: nn.Module, loss: Loss, x: Tensor, *, generator: torch.Generator
    ) -> Estimate:
        """The gradient of the mean loss of samples (N, ...) by the parameters it knows of.

        DataError where the loss is not one number a sample.
        """


@dataclass(frozen=True)
class BackPropagation(GradientEstimator):
    """The reference: exact, and it must know the model from end to end."""

    def estimate(
        self, model: nn.Module, loss: Loss, x: Tensor, *, generator: torch.Generator
    ) -> Estimate:
        """See the class."""
        named = {name: p for name, p in model.named_parameters() if p.requires_grad}
        mean = per_sample(loss(model(x)), x).mean()
        found = torch.autograd.grad(mean, list(named.values()))
        gradient = dict(zip(named, found, strict=True))
        return Estimate(gradient, float(mean.detach()), 3 * len(x), {})


@contextmanager
def forwards() -> Iterator[None]:
    """Differentiation forwards: PyTorch 2.13 warns of its own use of `torch.jit` there."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
        yield


def per_sample(losses: Tensor, x: Tensor) -> Tensor:
    """The losses, once it is clear that there is one for each sample."""
    if losses.shape != x.shape[:1]:
        raise DataError(
            f"the loss of {len(x)} samples has shape {tuple(losses.shape)}: give one number for "
            "each sample, without a mean (reduction='none')"
        )
    return losses


def normal_like(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal draws of the shape, type and place of a tensor, wherever it is drawn."""
    drawn = torch.randn(like.shape, generator=generator, dtype=like.dtype, device=generator.device)
    return drawn.to(like.device)


def linear_layers(model: nn.Module, chosen: tuple[str, ...] | None = None) -> dict[str, Affine]:
    """The linear layers of a model by name: all, or the chosen ones. ConfigError for a name."""
    found = dict(_linear(model))
    if chosen is None:
        return found
    for name in chosen:
        if name not in found:
            raise ConfigError(f"no linear layer is called '{name}': they are {', '.join(found)}")
    return {name: found[name] for name in chosen}


def _linear(model: nn.Module) -> Iterator[tuple[str, Affine]]:
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear | GroupLinear):
            yield name, module


def weight_gradients(name: str, layer: Affine, inputs: Tensor, blame: Tensor) -> dict[str, Tensor]:
    """Gradients of a layer's parameters from inputs (N, ..., p) and blame (N, ..., q).

    `blame` is the gradient of each sample's loss by the layer's outputs.
    """
    flat_inputs, flat_blame = inputs.flatten(0, -2), blame.flatten(0, -2)
    prefix = f"{name}." if name else ""
    if isinstance(layer, GroupLinear):
        parts = (-1, layer.groups, layer.width)
        products = flat_blame.reshape(parts).permute(1, 2, 0) @ (
            flat_inputs.reshape(parts).transpose(0, 1)
        )
    else:
        products = flat_blame.mT @ flat_inputs
    found = {f"{prefix}weight": products / len(inputs)}
    if layer.bias is not None:
        found[f"{prefix}bias"] = flat_blame.sum(0) / len(inputs)
    return found


def readout_gradients(
    name: str, layer: Affine, inputs: Tensor, outputs: Tensor, loss: Loss
) -> dict[str, Tensor]:
    """Gradients of a layer whose outputs (N, K) the loss sees: no model of anything is needed.

    The loss is ours and known, and what came into the layer was seen.
    """
    with torch.enable_grad():
        seen = outputs.detach().requires_grad_()
        (blame,) = torch.autograd.grad(loss(seen).sum(), seen)
    return weight_gradients(name, layer, inputs.detach(), blame)
