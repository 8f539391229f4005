from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import CheckpointError, ConfigError, DataError
from pellucid.networks.redunet import ReduNet, ReduNetLayer, make_layer
from pellucid.networks.redunet_moments import ClassMoments, Vectors, normalise
from pellucid.networks.whitebox import audit, audit_layer, coherence
from pellucid.objectives import coding_rate, conditional_rate, hard_memberships, rate_reduction


def classes_on_planes(
    count: int = 60, features: int = 8, classes: int = 3, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Unit rows, each class near a plane of its own; planes at random angles. Float64."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    planes = torch.randn(classes, 2, features, generator=generator, dtype=torch.float64)
    z = torch.einsum(
        "bp,bpd->bd",
        torch.randn(count, 2, generator=generator, dtype=torch.float64),
        planes[labels],
    )
    noise = torch.randn(count, features, generator=generator, dtype=torch.float64)
    return normalise(z + 0.05 * noise), labels


def moments_of(z: Tensor, labels: Tensor, classes: int = 3) -> ClassMoments:
    moments = ClassMoments(Vectors(), classes)
    moments.add(z, labels)
    return moments


def layer_of(z: Tensor, labels: Tensor, classes: int = 3, **settings: float) -> ReduNetLayer:
    return make_layer(moments_of(z, labels, classes), epsilon=0.5, **settings).to(z.dtype)


def test_moments_give_the_rates_of_the_objectives() -> None:
    z, labels = classes_on_planes()
    pi = hard_memberships(labels, 3)
    for epsilon in (0.2, 1.0):
        rates = moments_of(z, labels).rates(epsilon)
        assert rates.rate == pytest.approx(coding_rate(z, epsilon).item())
        assert rates.conditional == pytest.approx(conditional_rate(z, pi, epsilon).item())
        assert rates.reduction == pytest.approx(rate_reduction(z, pi, epsilon).item())


def test_one_layer_is_the_published_formula() -> None:
    z, labels = classes_on_planes(count=20, features=5)
    eta, lambda_, epsilon = 0.7, 3.0, 0.4
    layer = make_layer(moments_of(z, labels), epsilon=epsilon, eta=eta, lambda_=lambda_)
    Z = z.numpy().T  # columns are samples, as published
    D, N = Z.shape
    alpha = D / (N * epsilon**2)
    E = alpha * np.linalg.inv(np.eye(D) + alpha * Z @ Z.T)
    C, gamma = [], []
    for k in range(3):
        own = np.diag((labels == k).double().numpy())
        a = D / (np.trace(own) * epsilon**2)
        C.append(a * np.linalg.inv(np.eye(D) + a * Z @ own @ Z.T))
        gamma.append(np.trace(own) / N)
    expected = []
    for column in Z.T:
        sizes = np.array([-lambda_ * np.linalg.norm(own @ column) for own in C])
        share = np.exp(sizes) / np.exp(sizes).sum()
        push = E @ column - sum(g * p * c @ column for g, p, c in zip(gamma, share, C, strict=True))
        moved = column + eta * push
        expected.append(moved / np.linalg.norm(moved))
    np.testing.assert_allclose(layer.E, E, rtol=1e-9)
    np.testing.assert_allclose(layer.C, np.stack(C), rtol=1e-9)
    np.testing.assert_allclose(layer(z), np.stack(expected), rtol=1e-9)


def test_the_step_with_labels_is_the_gradient_of_the_rate_reduction() -> None:
    z, labels = classes_on_planes()
    z.requires_grad_()
    pi = hard_memberships(labels, 3)
    (gradient,) = torch.autograd.grad(rate_reduction(z, pi), z)
    layer = layer_of(z.detach(), labels)
    moved, _ = layer.step(z.detach(), pi.mT.double())
    torch.testing.assert_close(moved, normalise(z.detach() + layer.eta * gradient))


def test_units_do_not_depend_on_the_number_of_samples() -> None:
    z, labels = classes_on_planes()
    once, thrice = layer_of(z, labels), layer_of(z.repeat(3, 1), labels.repeat(3))
    torch.testing.assert_close(once(z), thrice(z))
    assert thrice.eta.item() == pytest.approx(3 * once.eta.item())
    published = layer_of(z, labels, eta=0.5, lambda_=500.0)
    assert published.eta.item() == pytest.approx(0.5)
    assert published.lambda_.item() == pytest.approx(500)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1000),
    features=st.integers(2, 10),
    step=st.floats(0.01, 1.0),
    sharpness=st.floats(0.1, 50),
)
def test_every_sample_descends_for_any_data_where_the_step_is_at_most_one(
    seed: int, features: int, step: float, sharpness: float
) -> None:
    z, labels = classes_on_planes(count=17, features=features, seed=seed)
    layer = layer_of(z, labels, step=step, sharpness=sharpness)
    stranger = normalise(
        torch.randn(
            9, features, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float64
        )
    )
    for x in (z, stranger):
        account = audit_layer(layer, x, layer(x))
        assert account.descended == 1.0
        assert account.after <= account.before + 1e-12


def test_a_step_that_is_too_long_is_reported_and_not_hidden() -> None:
    z, labels = classes_on_planes()
    layer = layer_of(z, labels, step=300.0)
    account = audit(ReduNet([layer]), z)
    assert account.layers[0].descended < 1.0


def test_the_objective_is_what_a_sample_adds_to_the_rate_reduction() -> None:
    # One sample of weight w beside the data, at the memberships that the layer gives it.
    z, labels = classes_on_planes(count=40, features=5)
    layer = layer_of(z, labels, sharpness=1.0)
    pi = hard_memberships(labels, 3).double()
    alpha = 5 / (40 * 0.25)

    def rates(weight: float) -> float:
        new = math.sqrt(weight) * z[:1]
        both = z.mT @ z + new.mT @ new
        total = 0.5 * torch.logdet(torch.eye(5).double() + alpha * both).item()
        for k in range(3):
            a, share = 5 / (pi[k].sum() * 0.25), layer.gate(z[:1])[0, k]
            own = z.mT @ (pi[k][:, None] * z) + share * new.mT @ new
            rate = 0.5 * torch.logdet(torch.eye(5).double() + a * own).item()
            total -= (pi[k].sum() / 40).item() * rate
        return total

    slope = (rates(1e-6) - rates(0)) / 1e-6
    assert layer.objective(z[:1], z[:1]).item() == pytest.approx(-slope, rel=1e-4)


def test_the_gate_chooses_the_expert_of_the_class_and_sums_to_one() -> None:
    z, labels = classes_on_planes()
    gate = layer_of(z, labels).gate(z)
    torch.testing.assert_close(gate.sum(1), torch.ones(60, dtype=torch.float64))
    assert (gate.argmax(1) == labels).double().mean() > 0.95


def test_a_class_that_was_never_seen_never_speaks() -> None:
    z, labels = classes_on_planes()
    three, five = layer_of(z, labels), layer_of(z, labels * 2, classes=5)
    gate = five.gate(z)
    assert gate[:, [1, 3]].abs().max() == 0
    five.lambda_.copy_(three.lambda_)
    torch.testing.assert_close(five(z), three(z))
    assert torch.isfinite(five.objective(z, z)).all()
    rates = moments_of(z, labels * 2, 5).rates(0.5)
    assert rates.reduction == pytest.approx(moments_of(z, labels).rates(0.5).reduction)
    assert five.subspaces().shape == (3, 8, 4)  # type: ignore[union-attr]


def test_the_subspaces_of_a_layer_are_the_planes_of_the_classes() -> None:
    z, labels = classes_on_planes(features=8)
    found = layer_of(z, labels).subspaces()
    assert found is not None
    for k in range(3):
        inside = (z[labels == k] @ found[k]).square().sum(1)
        outside = (z[labels == k] @ found[(k + 1) % 3]).square().sum(1)
        assert inside.min() > 0.97
        assert outside.mean() < inside.mean() - 0.1


def network(layers: int = 3) -> tuple[ReduNet, Tensor, Tensor]:
    z, labels = classes_on_planes()
    made, now = [], z
    for _ in range(layers):
        made.append(layer_of(now, labels))
        now = made[-1](now)
    return ReduNet(made), z, labels


def test_a_network_is_its_layers_on_the_unit_sphere() -> None:
    net, z, labels = network()
    expected = z
    for layer in net.layers:
        expected = layer(expected)
    torch.testing.assert_close(net(17 * z), expected)
    path = net.path(z)
    assert len(path) == 4
    torch.testing.assert_close(path[-1], expected)
    torch.testing.assert_close(path[2].norm(dim=1), torch.ones(60, dtype=torch.float64))
    gates = net.gates(z)
    assert gates.shape == (3, 60, 3)
    torch.testing.assert_close(gates[1], net.layers[1].gate(path[1]))  # type: ignore[operator]
    torch.testing.assert_close(net.memberships(z), gates[-1])
    reductions = [rate_reduction(step, hard_memberships(labels, 3)).item() for step in path]
    assert reductions == sorted(reductions)


def test_an_audit_accounts_for_each_layer() -> None:
    net, z, _ = network()
    account = audit(net, z)
    assert [row.name for row in account.layers] == ["layers.0", "layers.1", "layers.2"]
    assert account.holds
    assert all(row.unit == "nats" for row in account.layers)
    rates = [row.rate for row in account.layers]
    assert rates == sorted(rates)  # classes move apart
    for row, layer in zip(account.layers, net.layers, strict=True):
        assert isinstance(layer, ReduNetLayer)
        assert row.coherence == pytest.approx(coherence(layer.subspaces()))


def test_all_operators_are_saved_and_read_back() -> None:
    net, z, _ = network()
    assert set(net.layers[0].state_dict()) == {"E", "C", "gamma", "eta", "lambda_"}
    back = ReduNet.from_tensors(load(save(net.state_dict())))
    assert torch.equal(back(z), net(z))
    # From layer 10 on, names do not sort by number.
    deep = ReduNet([layer for _ in range(4) for layer in net.layers])
    assert torch.equal(ReduNet.from_tensors(deep.state_dict())(z), deep(z))
    tensors = dict(net.state_dict())
    del tensors["layers.1.C"]
    with pytest.raises(CheckpointError, match=r"lacks 'layers\.1\.C'"):
        ReduNet.from_tensors(tensors)


def test_half_precision_input_stays_finite_and_close() -> None:
    net, z, _ = network()
    single = net.float()
    half = single(z.bfloat16())
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, single(z.float()), atol=0.05, rtol=0)


def test_bad_input_is_refused() -> None:
    z, labels = classes_on_planes()
    with pytest.raises(DataError, match=r"give \(B, D\)"):
        layer_of(z, labels)(z[None])
    with pytest.raises(DataError, match="no sample"):
        ClassMoments(Vectors(), 3).rates(0.5)
    with pytest.raises(DataError, match="one label a sample"):
        ClassMoments(Vectors(), 3).add(z, labels[:5])
    with pytest.raises(DataError, match="labels go from 0 to 2"):
        ClassMoments(Vectors(), 2).add(z, labels)
    with pytest.raises(ConfigError, match="epsilon is 0"):
        moments_of(z, labels).rates(0.0)
    with pytest.raises(ConfigError, match="eta is -1"):
        layer_of(z, labels, eta=-1.0)
    broken = z.clone()
    broken[3, 2] = math.nan
    with pytest.raises(DataError, match="not finite"):
        moments_of(broken, labels).rates(0.5)
    with pytest.raises(DataError, match="not finite"):
        layer_of(broken, labels)
    with pytest.raises(ConfigError, match="no gate"):
        ReduNet([]).memberships(z)
    layer = layer_of(z, labels)
    with pytest.raises(DataError, match="one operator like E"):
        ReduNetLayer(
            layer.E, layer.C[:, :4], gamma=layer.gamma, eta=layer.eta, lambda_=layer.lambda_
        )


def test_a_singular_covariance_and_a_zero_sample_are_no_trouble() -> None:
    z = F.normalize(torch.ones(12, 6, dtype=torch.float64), dim=1)  # rank one
    z[3] = 0
    labels = torch.arange(12) % 3
    layer = layer_of(z, labels)
    assert torch.isfinite(layer(z)).all()
    assert torch.isfinite(layer.objective(layer(z), z)).all()
