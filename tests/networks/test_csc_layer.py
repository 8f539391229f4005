from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pellucid.errors import ConfigError
from pellucid.networks.csc_layer import ConvSparseCoding
from pellucid.networks.whitebox import audit

geometries = st.sampled_from([(3, 1), (3, 2), (4, 2), (2, 2), (5, 1)])


def layer_of(
    seed: int,
    *,
    atoms: int = 6,
    kernel: int = 3,
    stride: int = 1,
    iterations: int = 2,
    price: float = 0.05,
    accelerated: bool = True,
) -> ConvSparseCoding:
    torch.manual_seed(seed)
    layer = ConvSparseCoding(
        (2, 8, 7),
        atoms,
        kernel=kernel,
        stride=stride,
        iterations=iterations,
        price=price,
        accelerated=accelerated,
    )
    return layer.double().eval()


def maps(seed: int, count: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 2, 8, 7, generator=generator, dtype=torch.float64)


def dense(layer: ConvSparseCoding) -> Tensor:
    """D as a matrix (signal, coefficients)."""
    size = layer.shape[0] * layer.shape[1] * layer.shape[2]
    each = torch.eye(size, dtype=torch.float64).reshape(size, *layer.shape)
    return layer.reconstruct(each).flatten(1).T.detach()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), geometries, st.floats(0.0, 0.5))
def test_every_step_of_ista_lowers_the_energy(
    seed: int, geometry: tuple[int, int], price: float
) -> None:
    layer = layer_of(
        seed,
        kernel=geometry[0],
        stride=geometry[1],
        iterations=12,
        price=price,
        accelerated=False,
    )
    x, trail = maps(seed), []
    layer.solve(x, price=layer.price, trail=trail)
    energies = torch.stack([layer.objective(z, x) for z in [layer.initial(x), *trail]])
    assert len(trail) == 12
    assert (energies[1:] <= energies[:-1] + 1e-10 * energies[0]).all()
    torch.testing.assert_close(energies[0], 0.5 * x.square().flatten(1).sum(1))
    if price < 0.2:
        assert (energies[-1] < energies[0]).all()


def test_the_layer_is_the_steps_by_the_dense_matrix() -> None:
    """z <- ReLU(z + D'(x - D z) - price), twice; and E by the same matrix."""
    layer, x = layer_of(1, price=0.1), maps(1)
    D, flat = dense(layer), x.flatten(1)
    z1 = (flat @ D - 0.1).relu()
    z2 = (z1 + (flat - z1 @ D.T) @ D - 0.1).relu()
    z = layer(x)
    torch.testing.assert_close(z.flatten(1), z2)
    energy = 0.5 * (flat - z2 @ D.T).square().sum(1) + 0.1 * z2.sum(1)
    torch.testing.assert_close(layer.objective(z, x), energy)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (4, 2), (3, 2)])
def test_the_dictionary_has_spectral_norm_one(kernel: int, stride: int) -> None:
    layer = layer_of(0, kernel=kernel, stride=stride)
    assert torch.linalg.svdvals(dense(layer))[0].item() == pytest.approx(1.0, abs=0.05)
    layer.follow_norm(rounds=2000)
    assert torch.linalg.svdvals(dense(layer))[0].item() == pytest.approx(1.0, abs=1e-3)


def test_the_norm_follows_the_patterns_while_training_and_rests_otherwise() -> None:
    layer, x = layer_of(0), maps(0)
    with torch.no_grad():
        layer.patterns.mul_(3.0)
    norm = layer.norm.clone()
    layer(x)
    assert torch.equal(layer.norm, norm)
    layer.train()(x)
    assert layer.norm.item() == pytest.approx(3 * norm.item(), rel=0.02)


def test_the_code_does_not_depend_on_the_scale_of_the_patterns() -> None:
    layer, x = layer_of(2), maps(2)
    before = layer(x)
    with torch.no_grad():
        layer.patterns.mul_(5.0)
    layer.follow_norm()
    torch.testing.assert_close(layer(x), before, rtol=0.05, atol=0.01)


def test_the_gradient_reaches_the_dictionary_and_is_right() -> None:
    layer, x = layer_of(2, atoms=2, iterations=3), maps(2, 1)

    def loss(patterns: Tensor) -> Tensor:
        return torch.func.functional_call(layer, {"patterns": patterns}, (x,)).square().sum()

    assert torch.autograd.gradcheck(loss, [layer.patterns.detach().clone().requires_grad_()])


def test_the_price_is_no_parameter_that_a_task_could_drive_to_nothing() -> None:
    assert [name for name, _ in layer_of(0).named_parameters()] == ["patterns"]


def test_a_higher_price_leaves_fewer_coefficients() -> None:
    x = maps(4)
    counts = [
        (layer_of(4, price=price, iterations=30)(x) > 0).double().mean().item()
        for price in (0.0, 0.1, 0.4, 100.0)
    ]
    assert counts[0] > counts[1] > counts[2] > counts[3] == 0.0


def test_the_audit_reports_descent_and_sparsity() -> None:
    layer, x = layer_of(5, price=0.1), maps(5)
    (row,) = audit(torch.nn.Sequential(layer), x).layers
    assert row.descended == 1.0
    assert row.after < row.before == pytest.approx(0.5 * x.square().sum().item() / 3)
    assert row.sparsity == pytest.approx((layer(x) == 0).double().mean().item())
    assert row.unit == "squared input"


def test_it_learns_a_planted_dictionary() -> None:
    """Lowering E over codes and dictionary (alternating) explains sparse mixtures of patterns."""
    truth, learner = layer_of(7, atoms=3), layer_of(8, atoms=3, iterations=20, price=0.02)
    generator = torch.Generator().manual_seed(0)
    z = torch.rand(32, *truth.shape, generator=generator, dtype=torch.float64)
    x = truth.reconstruct((z - 0.9).relu() * 10).detach()
    optimizer = torch.optim.Adam(learner.parameters(), 0.03)
    energies = []
    for _ in range(60):
        learner.follow_norm(rounds=3)
        code = learner(x).detach()
        energy = learner.objective(code, x).mean()
        optimizer.zero_grad()
        energy.backward()
        optimizer.step()
        energies.append(energy.item())
    assert energies[-1] < 0.7 * energies[0]


def test_bfloat16_stays_near_and_finite() -> None:
    torch.manual_seed(0)
    layer = ConvSparseCoding((2, 8, 7), 6, iterations=4)
    x = maps(0).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = layer(x)
    layer.eval()
    assert rounded.dtype == torch.bfloat16
    torch.testing.assert_close(rounded.float(), layer(x), rtol=0.05, atol=0.02)


@pytest.mark.parametrize(
    "settings", [{"iterations": 0}, {"price": -0.1}, {"stride": 4}, {"stride": 0}]
)
def test_what_makes_no_layer_is_refused(settings: dict) -> None:
    with pytest.raises(ConfigError, match="a coding layer needs"):
        ConvSparseCoding((2, 8, 7), 4, **settings)


def test_a_pattern_larger_than_the_map_is_refused() -> None:
    with pytest.raises(ConfigError, match="no place for a pattern of 4"):
        ConvSparseCoding((2, 1, 1), 4, kernel=4, stride=4)
