from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pellucid.errors import ConfigError
from pellucid.networks.ista import (
    ISTALayer,
    OvercompleteBlock,
    OvercompleteCode,
    first_step,
    ista_step,
    lasso,
)
from pellucid.networks.whitebox import audit


def tokens(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def made(seed: int, kind: type[nn.Module], dimension: int = 6, **options: object) -> nn.Module:
    torch.manual_seed(seed)
    return kind(dimension, **options).double()


def test_the_step_is_the_published_formula() -> None:
    """ReLU(z - eta D'(D z - z) - eta lambda), z = LayerNorm(x), with no residual; CRATE."""
    layer = made(0, ISTALayer, step=0.2, sparsity=0.3)
    x = tokens(0, 2, 5, 6)
    D = layer.dictionary
    for b in range(2):
        for t in range(5):
            z = layer.norm(x[b, t])
            expected = (z - 0.2 * D.T @ (D @ z - z) - 0.2 * 0.3).clamp_min(0)
            torch.testing.assert_close(layer(x)[b, t], expected)


def test_the_overcomplete_code_is_the_published_formula() -> None:
    """A_0 = 0, A_t = ReLU(A - eta D'(D A - n) - eta lambda) twice, and z + D1 A; CRATE-alpha."""
    block = made(1, OvercompleteBlock, step=0.2, sparsity=0.05)
    x = tokens(1, 2, 5, 6)
    D, D1 = block.code.dictionary, block.decoder
    assert D.shape == D1.shape == (6, 24)
    n = torch.nn.functional.layer_norm(x, (6,), eps=1e-6)
    A = torch.zeros(2, 5, 24, dtype=torch.float64)
    for _ in range(2):
        A = (A - 0.2 * (A @ D.T - n) @ D - 0.2 * 0.05).clamp_min(0)
    assert 0.1 < (A == 0).double().mean() < 0.9
    torch.testing.assert_close(block.code(x), A)
    torch.testing.assert_close(block(x), x + A @ D1.T)


def test_decoder_and_residual_are_options() -> None:
    x = tokens(2, 1, 3, 6)
    block = made(2, OvercompleteBlock, tied=True, residual=False, ratio=2)
    torch.testing.assert_close(block(x), block.code(x) @ block.code.dictionary.T)
    assert len([name for name, _ in block.named_parameters() if "norm" not in name]) == 1


def test_the_objective_is_the_lasso() -> None:
    z, x, D = tokens(3, 2, 4, 5), tokens(4, 2, 4, 3), tokens(5, 3, 5)
    for b in range(2):
        fit = sum(0.5 * (x[b, t] - D @ z[b, t]).square().sum() for t in range(4))
        expected = fit + 0.3 * z[b].abs().sum()
        torch.testing.assert_close(lasso(z, x, D, sparsity=0.3)[b], expected)


shares = st.floats(0.02, 0.99)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), shares, st.floats(0, 1), st.integers(1, 8), st.integers(1, 12))
def test_a_step_from_an_admitted_code_descends(
    seed: int, share: float, sparsity: float, features: int, atoms: int
) -> None:
    """From any z >= 0, for eta up to 2 / ||D||^2."""
    D, x = tokens(seed, features, atoms), tokens(seed + 1, 3, 4, features)
    z = tokens(seed + 2, 3, 4, atoms).relu()
    step = share * 2 / torch.linalg.matrix_norm(D, 2).item() ** 2
    for _ in range(4):
        after = ista_step(z, x, D, step=step, sparsity=sparsity)
        before = lasso(z, x, D, sparsity=sparsity)
        assert (lasso(after, x, D, sparsity=sparsity) <= before * (1 + 1e-12)).all()
        z = after


def test_beyond_the_bound_it_need_not() -> None:
    """With D = I the bound is 2."""
    D, x, z = torch.eye(4).double(), torch.ones(1, 1, 4).double(), torch.zeros(1, 1, 4).double()
    before = lasso(z, x, D, sparsity=0.0)
    assert lasso(ista_step(z, x, D, step=1.9, sparsity=0.0), x, D, sparsity=0.0) < before
    assert lasso(ista_step(z, x, D, step=2.1, sparsity=0.0), x, D, sparsity=0.0) > before


@pytest.mark.parametrize("kind", [ISTALayer, OvercompleteCode])
def test_layers_with_an_admitted_start_descend(kind: type[nn.Module]) -> None:
    start = {"start": "feasible"} if kind is ISTALayer else {}
    layer, x = made(6, kind, iterations=3, **start), tokens(6, 5, 4, 6)
    layer.step = 0.95 * layer.largest_step().item()
    (row,) = audit(layer, x).layers
    assert row.descended == 1.0
    assert row.after < row.before
    assert (layer.initial(x) >= 0).all()
    assert row.sparsity == pytest.approx((layer(x) == 0).double().mean().item())


def test_the_published_step_is_within_the_bound_when_it_begins() -> None:
    for width in (32, 128):
        for kind in (ISTALayer, OvercompleteCode):
            assert made(7, kind, width).largest_step() > 0.1


def test_the_published_start_is_not_admitted_and_can_fail() -> None:
    """With D = I and a high price of zeros: the signed start fits exactly, its code cannot."""
    layer, x = made(8, ISTALayer, sparsity=0.01, step=1.0), tokens(8, 3, 4, 6)
    with torch.no_grad():
        layer.dictionary.copy_(torch.eye(6))
    assert (layer.initial(x) < 0).any()
    assert (layer.objective(layer(x), x) > layer.objective(layer.initial(x), x)).all()


def test_many_steps_solve_the_lasso() -> None:
    """Karush, Kuhn & Tucker: D'(n - D z) is lambda where z > 0, and no more elsewhere."""
    layer = made(9, OvercompleteCode, ratio=2, sparsity=0.2, iterations=5000, norm=False)
    layer.step = layer.largest_step().item() / 2
    x = tokens(9, 1, 3, 6)
    z = layer(x)
    pull = (x - z @ layer.dictionary.T) @ layer.dictionary
    active = z > 1e-6
    assert 0.1 < active.double().mean() < 0.9
    torch.testing.assert_close(pull[active], torch.full_like(pull[active], 0.2), rtol=0, atol=1e-6)
    assert (pull[~active] <= 0.2 + 1e-6).all()


def test_an_orthonormal_dictionary_needs_one_step() -> None:
    """Its code is the soft threshold of the coefficients."""
    layer = made(10, ISTALayer, step=1.0, sparsity=0.4, norm=False, start="feasible")
    Q = torch.linalg.qr(tokens(10, 6, 6)).Q
    with torch.no_grad():
        layer.dictionary.copy_(Q)
    x = tokens(11, 2, 3, 6)
    torch.testing.assert_close(layer(x), (x @ Q - 0.4).clamp_min(0))


def test_the_first_step_is_a_step_from_zero() -> None:
    x, D = tokens(12, 2, 3, 4), tokens(13, 4, 7)
    zero = torch.zeros(2, 3, 7, dtype=torch.float64)
    torch.testing.assert_close(
        first_step(x, D, step=0.3, sparsity=0.2), ista_step(zero, x, D, step=0.3, sparsity=0.2)
    )


def test_a_higher_price_leaves_more_zeros() -> None:
    x = tokens(14, 4, 5, 16)
    zeros = [
        (made(14, OvercompleteCode, 16, sparsity=price)(x) == 0).double().mean().item()
        for price in (0.0, 0.5, 1.5, 100.0)
    ]
    assert zeros[0] < zeros[1] < zeros[2] < zeros[3] == 1.0


def test_the_gradient_is_right() -> None:
    layer, x = made(15, OvercompleteCode, 3, ratio=2), tokens(15, 1, 2, 3)

    def loss(dictionary: Tensor) -> Tensor:
        return torch.func.functional_call(layer, {"dictionary": dictionary}, (x,)).square().sum()

    assert torch.autograd.gradcheck(loss, [layer.dictionary.detach().clone().requires_grad_()])


@pytest.mark.parametrize(
    "options", [{"step": 0.0}, {"sparsity": -0.1}, {"iterations": 0}, {"start": "zero"}]
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        ISTALayer(4, **options)  # type: ignore[arg-type]
