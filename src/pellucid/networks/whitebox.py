"""The contract of a white box: a layer says what it descends, and is held to it.

A white-box layer is one or more steps of an algorithm that minimises an objective. Its forward pass
maps an input x to an iterate z; `initial(x)` is where the algorithm starts, `objective(z, x)` what
it minimises. `audit` runs a network and compares both, layer by layer: an honest account, not a
promise, since training may take a layer out of the range in which its step descends.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pellucid.errors import DataError
from pellucid.objectives.coding_rate import coding_rate


class WhiteBoxLayer(nn.Module, ABC):
    """A layer that descends a stated objective.

        z = layer(x)
        before, after = layer.objective(layer.initial(x), x), layer.objective(z, x)

    Tokens and features are (B, N, D), maps (B, C, H, W); see each layer.
    """

    formula: str
    """What is minimised, in one line, with its source."""
    unit: str
    """The unit of the objective: "nats", or "squared input" for energies of a reconstruction."""

    @abstractmethod
    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """The value at the iterate z of the layer whose input was x, for each sample: (B,)."""

    def initial(self, x: Tensor) -> Tensor:
        """The iterate at which the algorithm starts: x itself, unless a layer says otherwise."""
        return x

    def code(self, z: Tensor) -> Tensor:
        """The part of the output whose zeros are counted as sparsity: z, unless told otherwise."""
        return z

    def subspaces(self) -> Tensor | None:
        """The bases (K, D, P) that the layer compares its input with; None where it has none."""
        return None


@dataclass(frozen=True)
class LayerAudit:
    """What one white-box layer did to one batch."""

    name: str
    """The module's path in the network."""
    formula: str
    unit: str
    before: float
    """The objective where the layer starts, the mean over samples."""
    after: float
    """The objective of what it returns."""
    descended: float
    """The share of the samples whose objective did not rise (by more than rounding), 0 to 1."""
    rate: float
    """The coding rate of what it returns, rows on the unit sphere, in nats."""
    sparsity: float
    """The share of exact zeros in its code, 0 to 1."""
    coherence: float | None
    """The mean cosine between its subspaces (0: orthogonal, 1: equal); None where it has none."""


@dataclass(frozen=True)
class Audit:
    """What all white-box layers of a network did to one batch, in the order of their work."""

    layers: tuple[LayerAudit, ...]

    @property
    def holds(self) -> bool:
        """Whether every layer lowered the mean of its objective."""
        return all(layer.after <= layer.before for layer in self.layers)

    def failures(self) -> tuple[LayerAudit, ...]:
        """The layers that raised the mean of their objective."""
        return tuple(layer for layer in self.layers if layer.after > layer.before)


@torch.no_grad()
def audit(network: nn.Module, *inputs: Tensor, rate_epsilon: float = 0.5) -> Audit:
    """Run `network` on a batch and account for each white-box layer in it.

    The network is run as it stands (`network.eval()` is the caller's choice). DataError where it
    has no white-box layer, or none that ran.
    """
    rows: list[LayerAudit] = []
    handles = [
        module.register_forward_hook(_hook(name, rows, rate_epsilon))
        for name, module in network.named_modules()
        if isinstance(module, WhiteBoxLayer)
    ]
    try:
        network(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    if not rows:
        raise DataError(
            f"{type(network).__name__} has no white-box layer: there is nothing to audit"
        )
    return Audit(tuple(rows))


def _hook(name: str, rows: list[LayerAudit], epsilon: float):  # type: ignore[no-untyped-def]
    def hook(layer: WhiteBoxLayer, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        rows.append(audit_layer(layer, inputs[0], output, name=name, rate_epsilon=epsilon))

    return hook


@torch.no_grad()
def audit_layer(
    layer: WhiteBoxLayer, x: Tensor, z: Tensor, *, name: str = "", rate_epsilon: float = 0.5
) -> LayerAudit:
    """The account of one layer that mapped x to z."""
    before = layer.objective(layer.initial(x), x).double()
    after = layer.objective(z, x).double()
    rounding = 1e-6 * (1 + before.abs())
    return LayerAudit(
        name=name,
        formula=layer.formula,
        unit=layer.unit,
        before=float(before.mean()),
        after=float(after.mean()),
        descended=float((after <= before + rounding).double().mean()),
        rate=float(sphere_rate(z, epsilon=rate_epsilon)),
        sparsity=sparsity(layer.code(z)),
        coherence=coherence(layer.subspaces()),
    )


def as_rows(z: Tensor) -> Tensor:
    """Features of every token, place or sample as rows: (B, N, D), (B, C, H, W) or (B, D)."""
    if z.dim() == 4:
        return z.movedim(1, -1).flatten(0, 2)
    return z.flatten(0, -2)


@torch.no_grad()
def sphere_rate(z: Tensor, *, epsilon: float = 0.5, rows: int = 4096) -> Tensor:
    """The coding rate of at most `rows` evenly spaced rows of z, each on the unit sphere; nats."""
    flat = as_rows(z.float())
    flat = flat[:: max(1, len(flat) // rows)]
    return coding_rate(nn.functional.normalize(flat, dim=-1, eps=1e-8), epsilon)


@torch.no_grad()
def sparsity(z: Tensor) -> float:
    """The share of exact zeros, 0 to 1."""
    return float((z == 0).double().mean())


@torch.no_grad()
def coherence(subspaces: Tensor | None) -> float | None:
    """The mean over pairs of the root mean square cosine of principal angles, of (K, D, P)."""
    if subspaces is None or subspaces.shape[0] < 2:
        return None
    bases = torch.linalg.qr(subspaces.double()).Q
    overlaps = torch.einsum("kdp,ldq->klpq", bases, bases).square().sum((-2, -1)) / bases.shape[-1]
    K = overlaps.shape[0]
    pairs = overlaps[~torch.eye(K, dtype=torch.bool, device=overlaps.device)]
    return float(pairs.sqrt().mean())
