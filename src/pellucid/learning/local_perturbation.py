"""Perturbation with many losses: each part of a LocalMixer is told by its own what it has done.

    s_npg = (L_npg(z + e u) - L_npg(z - e u)) / 2e,     L_npg: the loss, had (p, g) alone moved

One loss of all has to tell every neuron of a block apart by one number; with P G losses a number
tells apart C / G neurons, and the variance falls by as much (Ren et al. 2023, "local greedy
forward gradient by activities", LG-FG-A, and by weights, LG-FG-W). Two passes of a block give all
of its losses, for what the read-out says of a part that moves is linear in the part.

The gradient is that of the sum of all losses of all blocks; read-outs have their exact gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from pellucid.config import check, check_counts
from pellucid.errors import ConfigError
from pellucid.learning.gradient import (
    Estimate,
    GradientEstimator,
    Loss,
    normal_like,
    per_sample,
    readout_gradients,
    weight_gradients,
)
from pellucid.networks.local_mixer import Affine, LocalMixer, MixerBlock, Pass


@dataclass(frozen=True)
class LocalBackPropagation(GradientEstimator):
    """The reference: each block's own loss, exact; nothing goes back from block to block."""

    def estimate(
        self, model: nn.Module, loss: Loss, x: Tensor, *, generator: torch.Generator
    ) -> Estimate:
        """See the class. ConfigError where the model is no LocalMixer."""
        gradient: dict[str, Tensor] = {}
        value = 0.0
        for number, block, z in _mixer(model).walk(x):
            mean = per_sample(loss(block.logits(block(z))), x).mean()
            named = {f"blocks.{number}.{name}": p for name, p in block.named_parameters()}
            gradient |= dict(
                zip(named, torch.autograd.grad(mean, list(named.values())), strict=True)
            )
            value = float(mean.detach())
        return Estimate(gradient, value, 3 * len(x), {})


@dataclass(frozen=True)
class LocalPerturbation(GradientEstimator):
    """Perturb the activities or the weights of a LocalMixer, layer by layer; see the module."""

    of: Literal["activities", "weights"] = "activities"
    """activities: another perturbation for each sample; weights: the same for all of them"""
    losses: Literal["each", "one"] = "each"
    """each: one for every part of every block; one: the last block's alone, as the paper's FG-A"""
    samples: int = 1
    """perturbations of each layer, of which the mean is taken"""
    size: float = 1e-2
    """e, of the difference, which is taken on both sides"""

    def __post_init__(self) -> None:
        check(
            self.of in ("activities", "weights"), f"of='{self.of}': give 'activities' or 'weights'"
        )
        check(self.losses in ("each", "one"), f"losses='{self.losses}': give 'each' or 'one'")
        check_counts(self, "samples")
        check(self.size > 0, f"size={self.size} must be positive")

    @torch.no_grad()
    def estimate(
        self, model: nn.Module, loss: Loss, x: Tensor, *, generator: torch.Generator
    ) -> Estimate:
        """See the class. The loss is that of the last block.

        A read is counted for each sample, layer and side, though a simulation need not repeat what
        comes before the layer. ConfigError where the model is no LocalMixer.
        """
        mixer = _mixer(model)
        gradient: dict[str, Tensor] = {}
        value, passes = 0.0, 1
        for number, block, z in mixer.walk(x):
            still = block.passed(z)
            judge = self._judge(mixer, number, block, still, loss)
            found: dict[str, Tensor] = {}
            for name, layer in block.layers.items():
                passes += 2 * self.samples
                for _ in range(self.samples):
                    slopes = _Slopes(block, name, layer, still, judge, self.size, generator)
                    some = slopes.blamed() if self.of == "activities" else slopes.moved_weights()
                    for parameter, one in some.items():
                        found[parameter] = found.get(parameter, 0) + one / self.samples
            mean, logits = still.features.mean(1), block.logits(still.features)
            value = float(per_sample(loss(logits), x).mean())
            if self.losses == "each" or number == len(mixer.blocks) - 1:
                found |= readout_gradients("readout", block.readout, mean, logits, loss)
            gradient |= {f"blocks.{number}.{name}": g for name, g in found.items()}
        return Estimate(gradient, value, passes * len(x), {})

    def _judge(
        self, mixer: LocalMixer, number: int, block: MixerBlock, still: Pass, loss: Loss
    ) -> Judge:
        def each(features: Tensor) -> Tensor:
            logits = block.logits_apart(still.features, features)
            losses: Tensor = torch.func.vmap(loss, in_dims=1, out_dims=1)(logits)
            return losses.unflatten(1, (-1, block.groups))

        def one(features: Tensor) -> Tensor:
            return loss(mixer.onward(number, features)).view(-1, 1, 1)

        return each if self.losses == "each" else one


Judge = Callable[[Tensor], Tensor]
"""Features of a block (N, P, C) to losses (N, P, G), or (N, 1, 1) where there is one alone."""


@dataclass(frozen=True)
class _Slopes:
    """One perturbation of one layer."""

    block: MixerBlock
    name: str
    layer: Affine
    still: Pass
    judge: Judge
    size: float
    draw: torch.Generator

    def blamed(self) -> dict[str, Tensor]:
        """Gradients by a perturbation of the layer's normalised activities.

        Where they are negative the nonlinearity is off, and no perturbation is lost on them.
        Through the norm blame goes back by its derivative: it is arithmetic, and known.
        """
        active = self.still.activities[self.name]
        noise = normal_like(active, self.draw) * (active > 0)
        slope = self._difference(lambda by: active + by * noise)
        if self.name == "tokens":  # before channels are mixed: all groups of a patch depend on it
            slope = slope.sum(2, keepdim=True)
        blame = slope.repeat_interleave(active.shape[-1] // slope.shape[-1], -1) * noise
        inputs = self.still.inputs[self.name]
        with torch.enable_grad():
            said = self.still.said[self.name].detach().requires_grad_()
            (before,) = torch.autograd.grad(self.block.normalised(self.name, said), said, blame)
        return weight_gradients(self.name, self.layer, inputs, before)

    def moved_weights(self) -> dict[str, Tensor]:
        """Gradients by a perturbation of the layer's weights, the same for all samples."""
        inputs = self.still.inputs[self.name]
        way = {n: normal_like(p, self.draw) for n, p in self.layer.named_parameters()}
        said = self.still.said[self.name]
        # The layer is linear: moved weights say as much more as the way by itself does.
        change = torch.func.functional_call(self.layer, way, (inputs,))
        slope = self._difference(lambda by: self.block.normalised(self.name, said + by * change))
        each = slope.mean(0).sum(0)  # (G,) or (1,)
        return {f"{self.name}.{n}": self._by_group(each, v) * v for n, v in way.items()}

    def _difference(self, activities: Callable[[float], Tensor]) -> Tensor:
        def loss(by: float) -> Tensor:
            return self.judge(self.block.resumed(self.still, self.name, activities(by)).features)

        return (loss(self.size) - loss(-self.size)) / (2 * self.size)

    def _by_group(self, slope: Tensor, like: Tensor) -> Tensor:
        """Slopes (G,) as they concern a parameter of the layer."""
        if self.name == "tokens" or len(slope) == 1:
            return slope.sum()
        rows = slope.repeat_interleave(len(like) // len(slope))
        return rows.view(-1, *[1] * (like.ndim - 1))


def _mixer(model: nn.Module) -> LocalMixer:
    if not isinstance(model, LocalMixer):
        raise ConfigError(
            f"local losses need parts that are judged apart: give a LocalMixer, not a "
            f"{type(model).__name__}"
        )
    return model
