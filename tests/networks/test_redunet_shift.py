from __future__ import annotations

import math

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.networks.redunet import ReduNet, ReduNetLayer, make_layer
from pellucid.networks.redunet_moments import (
    ClassMoments,
    Vectors,
    apply,
    inner,
    normalise,
    on_sphere,
)
from pellucid.networks.redunet_shift import Circular
from pellucid.networks.whitebox import audit

GRIDS = [(6,), (5,), (4, 3), (3, 4), (1,)]
"""Even and odd sides, whose real spectra end differently, and no shift at all."""


def signals(grid: tuple[int, ...], *, count: int = 9) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(len(grid) + sum(grid))
    line = torch.randn(count, *grid, generator=generator, dtype=torch.float64)
    noise = torch.randn(count, 2, *grid, generator=generator, dtype=torch.float64)
    labels = torch.arange(count) % 3
    angle = labels.double() * math.pi / 3  # a class is a mixture of the two channels
    mixture = torch.stack((angle.cos(), angle.sin()), 1)
    return normalise(torch.einsum("bc,b...->bc...", mixture, line) + 0.2 * noise), labels


def shifts(z: Tensor, grid: tuple[int, ...]) -> list[Tensor]:
    """z moved by every place of the grid, wrapped around."""
    axes = tuple(range(-len(grid), 0))
    moves = torch.cartesian_prod(*[torch.arange(n) for n in grid]).view(-1, len(grid)).tolist()
    return [z.roll(tuple(move), axes) for move in moves]


def orbit(z: Tensor, labels: Tensor, grid: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """All shifts of all samples as plain vectors, with their labels."""
    moved = shifts(z, grid)
    return torch.cat([m.flatten(1) for m in moved]), labels.repeat(len(moved))


def made(
    grid: tuple[int, ...], **settings: float
) -> tuple[ReduNetLayer, ClassMoments, Tensor, Tensor]:
    z, labels = signals(grid)
    moments = ClassMoments(Circular(grid), 3)
    moments.add(z, labels)
    return make_layer(moments, epsilon=0.5, **settings), moments, z, labels


@pytest.mark.parametrize("grid", GRIDS)
def test_it_is_the_plain_network_of_all_shifts(grid: tuple[int, ...]) -> None:
    # The explicit circulant construction: every shift of every sample is a sample.
    layer, moments, z, labels = made(grid, step=0.8, sharpness=5.0)
    dense = ClassMoments(Vectors(), 3)
    dense.add(*orbit(z, labels, grid))
    rates, expected = moments.rates(0.5), dense.rates(0.5)
    assert rates.rate == pytest.approx(expected.rate, rel=1e-10)
    assert rates.conditional == pytest.approx(expected.conditional, rel=1e-10)
    plain = make_layer(dense, epsilon=0.5, step=0.8, sharpness=5.0)
    assert layer.eta.item() == pytest.approx(plain.eta.item())
    assert layer.lambda_.item() == pytest.approx(plain.lambda_.item())
    torch.testing.assert_close(layer.gate(z), plain.gate(z.flatten(1)))
    torch.testing.assert_close(layer(z).flatten(1), plain(z.flatten(1)))
    # The sample's T shifts add T times what one vector adds.
    torch.testing.assert_close(
        layer.objective(layer(z), z),
        math.prod(grid) * plain.objective(plain(z.flatten(1)), z.flatten(1)),
    )


@pytest.mark.parametrize("grid", [(6,), (4, 3)])
def test_the_operators_are_circulant_matrices_of_readable_filters(grid: tuple[int, ...]) -> None:
    layer, _, z, labels = made(grid)
    dense = ClassMoments(Vectors(), 3)
    dense.add(*orbit(z, labels, grid))
    E = dense.operators(0.5).E[0].view(2, *grid, 2, *grid)
    origin = (0,) * len(grid)
    # The response at every place to an impulse at the origin is the filter.
    impulse = E[(slice(None), *[slice(None)] * len(grid), slice(None), *origin)]
    torch.testing.assert_close(layer.E, impulse.movedim(-1, 1))
    assert layer.E.dtype == torch.float64


@pytest.mark.parametrize("grid", GRIDS)
def test_parts_keep_lengths_and_come_back(grid: tuple[int, ...]) -> None:
    z, _ = signals(grid)
    basis = Circular(grid)
    rows = basis.rows(3 * z)
    torch.testing.assert_close(inner(rows, rows, basis), torch.full((9,), 9.0).double())
    torch.testing.assert_close(basis.features(rows), 3 * z)
    torch.testing.assert_close(basis.features(on_sphere(rows, basis)), z)
    kernel = torch.randn(2, 2, *grid, dtype=torch.float64, generator=torch.manual_seed(0))
    torch.testing.assert_close(basis.to_kernel(basis.to_operator(kernel)), kernel)


def test_an_operator_is_a_convolution() -> None:
    z = signals((5,))[0][:, :1]
    kernel = torch.zeros(1, 1, 5, dtype=torch.float64)
    kernel[..., 2] = 1.0  # a shift by two places
    basis = Circular((5,))
    moved = basis.features(apply(basis.to_operator(kernel), basis.rows(z)))
    torch.testing.assert_close(moved, z.roll(2, -1))


@pytest.mark.parametrize("grid", [(6,), (5, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_shift_changes_a_decision(grid: tuple[int, ...], dtype: torch.dtype) -> None:
    z, labels = signals(grid, count=30)
    layers, now = [], z
    for _ in range(4):
        moments = ClassMoments(Circular(grid), 3)
        moments.add(now, labels)
        layers.append(make_layer(moments, epsilon=0.5, sharpness=3.0))
        now = layers[-1](now)
    net = ReduNet(layers, basis=Circular(grid)).to(dtype)
    x = z.to(dtype)
    gates, features = net.memberships(x), net(x)
    assert gates.argmax(1).unique().numel() == 3  # there is something to decide
    moves = zip(shifts(x, grid), shifts(features, grid), strict=True)
    for moved, expected in moves:
        assert (net.memberships(moved) - gates).abs().max() < 1e-5
        assert torch.equal(net.memberships(moved).argmax(1), gates.argmax(1))
        torch.testing.assert_close(net(moved), expected, atol=1e-5, rtol=0)
    assert audit(net, x).holds


def test_filters_are_saved_and_read_back() -> None:
    layer, _, z, _ = made((4, 3))
    net = ReduNet([layer], basis=Circular((4, 3)))
    back = ReduNet.from_tensors(load(save(net.state_dict())), basis=Circular((4, 3)))
    assert torch.equal(back(z), net(z))
    assert layer.subspaces() is None


def test_bad_shapes_are_refused() -> None:
    z, _ = signals((4, 3))
    with pytest.raises(DataError, match=r"give \(B, C, 3, 4\)"):
        Circular((3, 4)).rows(z)
    with pytest.raises(DataError, match=r"give \(B, C, 12\)"):
        Circular((12,)).rows(z)
    for grid in ((), (2, 2, 2), (0,)):
        with pytest.raises(ConfigError, match="grid is"):
            Circular(grid)
