from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from pellucid.networks.sparse import SparseCodingLayer, SparseEncoder

kernels = st.sampled_from([(8, 4), (4, 2), (6, 4), (3, 3), (2, 2), (4, 4)])


def layer_of(
    seed: int,
    *,
    shape: tuple[int, int, int] = (2, 12, 12),
    atoms: int = 6,
    kernel: int = 4,
    stride: int = 2,
    iterations: int = 4,
    sparsity: float = 0.05,
) -> SparseCodingLayer:
    torch.manual_seed(seed)
    layer = SparseCodingLayer(
        shape, atoms, kernel=kernel, stride=stride, iterations=iterations, sparsity=sparsity
    )
    return layer.double().eval()


def image(seed: int, shape: tuple[int, int, int] = (2, 12, 12), count: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, *shape, generator=generator, dtype=torch.float64)


def dense(layer: SparseCodingLayer) -> Tensor:
    """D as a matrix (padded pixels, coefficients), built one coefficient at a time."""
    size = layer.shape[0] * layer.shape[1] * layer.shape[2]
    each = torch.eye(size, dtype=torch.float64).reshape(size, *layer.shape)
    return layer.reconstruct(each).flatten(1).T.detach()


def padded(layer: SparseCodingLayer, x: Tensor) -> Tensor:
    return F.pad(x, [layer.padding] * 4).flatten(1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), kernels, st.floats(0.0, 0.5))
def test_every_step_lowers_the_energy(seed: int, kernel: tuple[int, int], sparsity: float) -> None:
    options = {"kernel": kernel[0], "stride": kernel[1]}
    layer = layer_of(seed, iterations=12, sparsity=sparsity, **options)
    x = image(seed)
    path = layer.path(x)
    energies = torch.stack([layer.energy(x, z) for z in [torch.zeros_like(path[0]), *path]])
    assert (energies[1:] <= energies[:-1] + 1e-10 * energies[0]).all()
    assert (energies[-1] < energies[0]).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), kernels)
def test_the_gram_form_is_the_explicit_step(seed: int, kernel: tuple[int, int]) -> None:
    """z <- ReLU(z + D'(x - D z) - lambda), by the dense matrix."""
    layer = layer_of(seed, kernel=kernel[0], stride=kernel[1])
    with torch.no_grad():
        layer.sparsity.uniform_(0.0, 0.3)
    x = image(seed)
    matrix = dense(layer)
    threshold = layer.sparsity.expand(layer.shape).flatten()
    z = torch.zeros(len(x), matrix.shape[1], dtype=torch.float64)
    for found in layer.path(x):
        residual = padded(layer, x) - z @ matrix.T
        z = (z + residual @ matrix - threshold).relu()
        torch.testing.assert_close(found.flatten(1), z, rtol=0, atol=1e-12)


def test_the_energy_is_the_lasso_by_the_dense_matrix() -> None:
    layer, x = layer_of(3, sparsity=0.2), image(3)
    z = layer(x)
    misfit = padded(layer, x) - z.flatten(1) @ dense(layer).T
    expected = 0.5 * misfit.square().sum(1) + 0.2 * z.flatten(1).abs().sum(1)
    torch.testing.assert_close(layer.energy(x, z), expected)


@pytest.mark.parametrize(("kernel", "stride"), [(4, 2), (8, 4), (3, 3)])
def test_after_many_steps_the_lasso_is_solved(kernel: int, stride: int) -> None:
    """Optimality (Karush, Kuhn & Tucker): D'(x - D z) is lambda where z > 0, no more elsewhere."""
    layer = layer_of(1, kernel=kernel, stride=stride, iterations=4000, sparsity=0.1, atoms=4)
    x = image(1, count=1)
    z = layer(x).flatten(1)
    matrix = dense(layer)
    pull = (padded(layer, x) - z @ matrix.T) @ matrix
    active = z > 1e-6
    assert 0.05 < active.double().mean() < 0.95
    torch.testing.assert_close(pull[active], torch.full_like(pull[active], 0.1), rtol=0, atol=1e-4)
    assert (pull[~active] <= 0.1 + 1e-4).all()


@pytest.mark.parametrize(("kernel", "stride", "shape"), [(4, 2, (2, 12, 12)), (8, 4, (3, 16, 16))])
def test_the_dictionary_has_spectral_norm_one(
    kernel: int, stride: int, shape: tuple[int, int, int]
) -> None:
    layer = layer_of(0, shape=shape, kernel=kernel, stride=stride)
    found = torch.linalg.svdvals(dense(layer))[0].item()
    assert found == pytest.approx(1.0, abs=0.03)
    for _ in range(400):
        layer._follow_norm()
    assert torch.linalg.svdvals(dense(layer))[0].item() == pytest.approx(1.0, abs=1e-4)


def test_the_norm_follows_the_patterns_while_training_and_rests_otherwise() -> None:
    layer, x = layer_of(0), image(0)
    with torch.no_grad():
        layer.patterns.mul_(3.0)
    norm = layer.norm.clone()
    layer(x)
    assert torch.equal(layer.norm, norm)
    layer.train()
    layer(x)
    assert layer.norm.item() == pytest.approx(3 * norm.item(), rel=0.01)
    assert torch.linalg.svdvals(dense(layer))[0].item() == pytest.approx(1.0, abs=0.03)


def test_a_planted_pattern_is_found_where_it_is() -> None:
    """With patterns that do not overlap and are orthonormal, one step recovers the coefficients."""
    layer = layer_of(0, shape=(1, 4, 4), atoms=4, kernel=2, stride=2, iterations=3, sparsity=0.0)
    with torch.no_grad():
        layer.patterns.copy_(torch.eye(4, dtype=torch.float64).reshape(4, 1, 2, 2))
        layer.norm.fill_(1.0)
    z = torch.zeros(1, 4, 2, 2, dtype=torch.float64)
    z[0, 2, 1, 0], z[0, 0, 0, 1] = 0.7, 1.5
    torch.testing.assert_close(layer(layer.reconstruct(z)), z)


def test_the_gradient_reaches_the_dictionary_and_is_right() -> None:
    layer, x = layer_of(2, shape=(1, 6, 6), atoms=2, iterations=3), image(2, (1, 6, 6), 1)
    layer(x).square().sum().backward()
    assert layer.patterns.grad is not None
    assert (layer.patterns.grad != 0).all()

    def loss(patterns: Tensor) -> Tensor:
        return torch.func.functional_call(layer, {"patterns": patterns}, (x,)).square().sum()

    assert torch.autograd.gradcheck(loss, [layer.patterns.detach().clone().requires_grad_()])


def test_the_price_is_no_parameter_that_a_task_could_drive_to_nothing() -> None:
    assert [name for name, _ in layer_of(0).named_parameters()] == ["patterns"]


def test_a_higher_price_leaves_fewer_coefficients() -> None:
    x = image(4)
    counts = [
        (layer_of(4, sparsity=price, iterations=30)(x) > 0).double().mean().item()
        for price in (0.0, 0.1, 0.4, 100.0)
    ]
    assert counts[0] > counts[1] > counts[2] > counts[3] == 0.0


def test_a_negative_price_counts_as_none() -> None:
    layer, free, x = layer_of(4, sparsity=-1.0), layer_of(4, sparsity=0.0), image(4)
    assert torch.equal(layer(x), free(x))
    assert torch.equal(layer.energy(x, layer(x)), free.energy(x, free(x)))


def test_sides_that_the_stride_does_not_divide_descend_too() -> None:
    layer, x = layer_of(0, shape=(2, 13, 11), kernel=4, stride=2), image(0, (2, 13, 11))
    energies = [layer.energy(x, z).sum() for z in layer.path(x)]
    assert layer(x).shape[1:] == layer.shape == (6, 6, 5)
    assert energies == sorted(energies, reverse=True)


def test_patterns_that_reach_past_their_neighbours_are_refused() -> None:
    with pytest.raises(AssertionError, match="no further"):
        layer_of(0, kernel=6, stride=2)
    with pytest.raises(AssertionError, match="both sides"):
        layer_of(0, kernel=5, stride=4)


def test_the_encoder_is_its_layers_and_a_linear_map() -> None:
    torch.manual_seed(0)
    encoder = SparseEncoder((32, 32, 3), dimension=5, width=4, iterations=2).eval()
    pictures = torch.randint(256, (2, 32, 32, 3), dtype=torch.uint8)
    codes = encoder.codes(pictures)
    assert [tuple(code.shape[1:]) for code in codes] == [(4, 8, 8), (8, 4, 4), (8, 2, 2)]
    expected = codes[-1].flatten(1) @ encoder.readout.weight.T + encoder.readout.bias
    torch.testing.assert_close(encoder(pictures), expected)
    assert all((code >= 0).all() for code in codes)
    for layer, below, code in zip(encoder.layers[1:], codes, codes[1:], strict=False):
        torch.testing.assert_close(layer(below), code)


def test_what_is_kept_between_calls_follows_the_dictionary() -> None:
    layer, x = layer_of(6).eval(), image(6)
    with torch.no_grad():
        before = layer(x)
        assert torch.equal(layer(x), before)
        layer.patterns.mul_(torch.linspace(0.5, 2.0, len(layer.patterns))[:, None, None, None])
        after = layer(x)
    assert not torch.equal(after, before)
    torch.testing.assert_close(after, layer(x).detach())  # with a gradient nothing is kept


def test_what_is_kept_follows_the_price_and_answers_as_while_learning() -> None:
    layer, x = layer_of(6).eval(), image(6)
    for price in (0.0, 0.3):
        with torch.no_grad():
            layer.sparsity.fill_(price)
            kept = layer(x)
        torch.testing.assert_close(kept, layer(x).detach(), rtol=0, atol=1e-12)
    with torch.no_grad():
        assert not torch.equal(layer(x), layer_of(6, sparsity=0.0)(x))
