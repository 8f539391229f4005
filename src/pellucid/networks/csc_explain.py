"""Why this class? Exact accounts of a sparse-coding classifier, from the class down to the pixels.

At inference the network is linear between its kinks, and more: where pixels and constants (prices,
shifts of the standardisations, the read-out's bias) grow by a factor, every value f in it grows by
the same. So by Euler's theorem on homogeneous functions, for any cut through the network,

    f = sum over atoms and places of code * df/dcode + sum over constants above of c * df/dc,

where df/dcode is what one unit more of this code would have added. Each entry is computed for
itself; that they sum to f is what `Explanation.check` measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pellucid.networks.csc import SparseClassifier


@dataclass(frozen=True)
class Unit:
    """One atom of one layer, at one place or, without a place, wherever it is."""

    layer: int
    atom: int
    row: int | None = None
    column: int | None = None

    @property
    def index(self) -> tuple[int | slice, ...]:
        """Where it stands in a code (atoms, h, w)."""
        return (
            self.atom,
            slice(None) if self.row is None else self.row,
            slice(None) if self.column is None else self.column,
        )


@dataclass(frozen=True)
class Part:
    """An atom that had a say, with the place where it said most."""

    unit: Unit
    """The atom, at the place of its largest contribution."""
    contribution: float
    """What it added to the value that is explained, over all places."""
    at_place: float
    """What it added at that place."""
    amount: float
    """Its code at that place."""
    pattern: Tensor
    """What its code, at all places, says about the picture: (C, H, W), the mean colour at zero."""


@dataclass(frozen=True)
class Account:
    """The value that is explained, as a sum over one layer."""

    name: str
    """The module whose codes these are; "pixels" for the picture."""
    contributions: Tensor
    """code * df/dcode, (atoms, h, w); for pixels (C, H, W), the mean colour being zero."""
    around: Tensor | None
    """What passes a residual layer on its identity, by channel and place; None elsewhere."""
    constants: Mapping[str, float]
    """What each constant above this layer added."""
    parts: tuple[Part, ...] = ()
    """The atoms with the largest contributions, for or against, most important first."""

    @property
    def bias(self) -> float:
        """The sum of the constants' entries."""
        return sum(self.constants.values())

    @property
    def total(self) -> float:
        """The sum of all entries: the value, up to rounding."""
        around = 0.0 if self.around is None else _sum(self.around)
        return _sum(self.contributions) + around + self.bias


@dataclass(frozen=True)
class Explanation:
    """One value of the network for one picture, accounted for at every layer below it."""

    logits: Tensor
    """(classes,)."""
    target: int | Unit
    """The class or the unit that is explained."""
    value: float
    """Its logit, or its code."""
    pixels: Account
    layers: tuple[Account, ...]
    """The accounts of the layers below the target, first to last."""
    codes: tuple[Tensor, ...]
    """The codes (atoms, h, w) of these layers."""

    def check(self) -> float:
        """The largest difference between the value and the sum of an account."""
        return max(abs(account.total - self.value) for account in (self.pixels, *self.layers))

    def top(self, layer: int, count: int) -> tuple[Part, ...]:
        """The `count` atoms of `layer` with the largest contributions, for or against."""
        if not 0 <= layer < len(self.layers):
            raise ConfigError(
                f"no layer {layer} below what is explained: they are 0 to {len(self.layers) - 1}"
            )
        parts = self.layers[layer].parts
        if count > len(parts):
            raise ConfigError(
                f"the explanation holds {len(parts)} atoms of layer {layer}, not {count}: "
                "ask for more by explain(..., top=...)"
            )
        return parts[:count]


@dataclass(frozen=True)
class _Trace:
    """A forward pass with everything that the accounts multiply, on one graph."""

    pixels: Tensor
    codes: list[Tensor]
    around: list[Tensor | None]
    prices: list[Tensor]
    shifts: list[Tensor]
    bias: Tensor
    logits: Tensor


def explain(
    network: SparseClassifier, picture: Tensor, target: int | Unit | None = None, *, top: int = 8
) -> Explanation:
    """Account for one value of `network` on `picture` (C, H, W) at every layer below it.

    `target` is a class (None: the one with the largest logit), or a `Unit` with a place, so that a
    part can be asked in turn which atoms below and which pixels made it. For each layer the `top`
    atoms are drawn. Standardisations are taken as at inference, whatever the network's mode.
    """
    if tuple(picture.shape) != network.shape:
        raise DataError(
            f"explain takes one picture of shape {network.shape}, not {tuple(picture.shape)}"
        )
    with torch.enable_grad(), torch.autocast(picture.device.type, enabled=False):
        return _explain(network, picture, target, top)


def _explain(
    network: SparseClassifier, picture: Tensor, target: int | Unit | None, top: int
) -> Explanation:
    trace = _trace(network, picture[None])
    logits = trace.logits[0]
    if target is None:
        target = int(logits.argmax())
    value, depth = _value(network, trace, target)
    constants = _constants(trace, depth, above_unit=isinstance(target, Unit))
    entries = _entries(
        value,
        [
            [trace.pixels],
            trace.codes[:depth],
            [around for around in trace.around[:depth] if around is not None],
            list(constants.values()),
        ],
    )
    sums = {name: _sum(entry) for name, entry in zip(constants, entries[3], strict=True)}
    passing = iter(entries[2])
    layers = tuple(
        Account(
            name=f"blocks.{number}.coding",
            contributions=credit[0],
            around=next(passing)[0] if trace.around[number] is not None else None,
            constants={key: sums[key] for key in sums if _above(key, number)},
            parts=_parts(network, number, trace.codes[number][0].detach(), credit[0], top),
        )
        for number, credit in enumerate(entries[1])
    )
    return Explanation(
        logits=logits.detach(),
        target=target,
        value=float(value.detach()),
        pixels=Account("pixels", entries[0][0][0], around=None, constants=sums),
        layers=layers,
        codes=tuple(code[0].detach() for code in trace.codes[:depth]),
    )


def _entries(value: Tensor, groups: list[list[Tensor]]) -> list[list[Tensor]]:
    """Each tensor times the slope of the value in it; zeros where the value ignores it."""
    flat = [tensor for group in groups for tensor in group]
    slopes = torch.autograd.grad(value, flat, allow_unused=True)
    entries = iter(
        torch.zeros_like(tensor) if slope is None else (tensor * slope).detach()
        for tensor, slope in zip(flat, slopes, strict=True)
    )
    return [[next(entries) for _ in group] for group in groups]


def _sum(entry: Tensor) -> float:
    return float(entry.double().sum())


def _trace(network: SparseClassifier, pictures: Tensor) -> _Trace:
    """The forward pass at inference, its constants as leaves of the graph."""
    pixels = network.whitening.center(pictures).requires_grad_()
    stream = network.whitening(pixels)
    codes, arounds, prices, shifts = [], [], [], []
    for block in network.layers:
        x = block.shrink(stream)
        price = block.coding.price.detach().clone().requires_grad_()
        code = block.coding.solve(x, price=price)
        scale, shift = block.affine()
        shift = shift.detach().clone().requires_grad_()
        stream = code * scale + shift
        around = x.view_as(x) if block.residual else None  # a node of its own: the identity alone
        if around is not None:
            stream = around + stream
        codes.append(code)
        arounds.append(around)
        prices.append(price)
        shifts.append(shift)
    bias = network.readout.bias.detach().clone().requires_grad_()
    logits = stream.mean((2, 3)) @ network.readout.weight.T + bias
    return _Trace(pixels, codes, arounds, prices, shifts, bias, logits)


def _value(network: SparseClassifier, trace: _Trace, target: int | Unit) -> tuple[Tensor, int]:
    """The scalar that is explained, and the number of layers below it."""
    if isinstance(target, Unit):
        checked(network, target)
        if target.row is None or target.column is None:
            raise ConfigError(f"to explain {target} say its place: a row and a column")
        return trace.codes[target.layer][0][target.index], target.layer
    if not 0 <= target < network.classes:
        raise ConfigError(f"no class {target}: they are 0 to {network.classes - 1}")
    return trace.logits[0, target], len(trace.codes)


def _constants(trace: _Trace, depth: int, *, above_unit: bool) -> dict[str, Tensor]:
    """The constants on the way to the value, by name and in the order of the network."""
    found: dict[str, Tensor] = {}
    for number in range(depth + above_unit):
        found[f"blocks.{number}.coding.price"] = trace.prices[number]
        if number < depth:
            found[f"blocks.{number}.norm.shift"] = trace.shifts[number]
    if not above_unit:
        found["readout.bias"] = trace.bias
    return found


def _above(key: str, number: int) -> bool:
    """Whether a constant enters after the code of layer `number`."""
    room, *rest = key.split(".")
    if room != "blocks":
        return True
    layer = int(rest[0])
    return layer > number or (layer == number and rest[1] == "norm")


@torch.no_grad()
def _parts(
    network: SparseClassifier, layer: int, code: Tensor, credit: Tensor, top: int
) -> tuple[Part, ...]:
    """The atoms of (atoms, h, w) credits with the largest sums, and what they draw."""
    sums = credit.flatten(1).sum(1)
    atoms = sums.abs().argsort(descending=True)[:top]
    alone = torch.zeros(len(atoms), *code.shape, dtype=code.dtype, device=code.device)
    alone[torch.arange(len(atoms)), atoms] = code[atoms]
    patterns = network.draw(layer, alone)
    parts = []
    for atom, pattern in zip(atoms.tolist(), patterns, strict=True):
        # Of the places with the sign of the sum: where the atom did most of what it did.
        signed = credit[atom] * (1.0 if sums[atom] >= 0 else -1.0)
        row, column = divmod(int(signed.argmax()), signed.shape[1])
        parts.append(
            Part(
                unit=Unit(layer, atom, row, column),
                contribution=float(sums[atom]),
                at_place=float(credit[atom, row, column]),
                amount=float(code[atom, row, column]),
                pattern=pattern,
            )
        )
    return tuple(parts)


def checked(network: SparseClassifier, unit: Unit) -> None:
    """ConfigError unless the network has this unit."""
    if not 0 <= unit.layer < len(network.blocks):
        raise ConfigError(f"no layer {unit.layer}: they are 0 to {len(network.blocks) - 1}")
    limits = network.layers[unit.layer].shape
    for name, found, limit in zip(
        ("atom", "row", "column"), (unit.atom, unit.row, unit.column), limits, strict=True
    ):
        if found is not None and not 0 <= found < limit:
            raise ConfigError(f"no {name} {found} in layer {unit.layer}: they are 0 to {limit - 1}")
