"""A network whose layers live on mortal devices learns without a model of them."""

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.hardware import DeadDeviceError, DeviceConfig, Ledger, MortalDevice, MortalLinear
from pellucid.learning.activity_perturbation import ActivityPerturbation, MeasuredPerturbation

FAULTY = DeviceConfig(spread=0.3, stuck=0.05, column_gain=0.2, column_offset=0.1, bend=0.1)


def network(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        MortalLinear(MortalDevice(64, 48, FAULTY, seed=2 * seed), threshold=0.02),
        nn.Tanh(),
        MortalLinear(MortalDevice(48, 10, FAULTY, seed=2 * seed + 1), threshold=0.02),
    )


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    x = torch.from_numpy(data.data).float() / 16
    return (
        x[:1300],
        torch.from_numpy(data.target[:1300]),
        x[1300:],
        torch.from_numpy(data.target[1300:]),
    )


def trained(model, estimator, digits, epochs):
    x, y, *_ = digits
    draw = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=draw).split(65):
            labels = y[rows]
            loss = lambda out, labels=labels: F.cross_entropy(out, labels, reduction="none")  # noqa: E731
            estimator.estimate(model, loss, x[rows], generator=draw).apply(model)
            optimizer.step()
    return model


def accuracy(model, digits):
    *_, x, y = digits
    with torch.no_grad():
        return float((model(x).argmax(1) == y).float().mean())


def test_perturbed_activities_train_devices_nobody_has_a_model_of(digits):
    model = network(0)
    before = accuracy(model, digits)
    with Ledger() as book:
        trained(model, ActivityPerturbation(size=0.3, samples=2), digits, epochs=12)
    assert before < 0.3
    assert accuracy(model, digits) > 0.75
    assert set(book.by_kind("joules")) == {"write", "cells", "dac", "adc"}
    # Weights copied to another body do worse: it has other faults.
    other = network(1)
    other.load_state_dict(model.state_dict())
    for layer, learned in zip(other, model, strict=True):
        if isinstance(layer, MortalLinear):
            layer.gain = learned.gain
    assert accuracy(other, digits) < accuracy(model, digits) - 0.1


def test_a_device_may_be_taught_by_its_own_noise(digits):
    x, y, *_ = digits
    model = network(3)
    draw = torch.Generator().manual_seed(0)
    loss = lambda out: F.cross_entropy(out, y[:100], reduction="none")  # noqa: E731
    found = MeasuredPerturbation(samples=3).estimate(model, loss, x[:100], generator=draw)
    assert all(torch.isfinite(g).all() for g in found.gradient.values())
    assert found.gradient["0.weight"].abs().sum() > 0


def test_only_weights_that_have_moved_far_are_written():
    torch.manual_seed(0)
    device = MortalDevice(6, 3, seed=0)
    layer = MortalLinear(device, threshold=0.1)
    assert layer.settle() == 18
    assert layer.settle() == 0
    with torch.no_grad():
        layer.weight[1, 4] += 0.2 * layer.gain
        layer.weight[0, 0] += 0.01 * layer.gain
    assert layer.settle() == 1
    assert device.writes == 2
    with torch.no_grad():  # small steps add up
        for _ in range(12):
            layer.weight[0, 0] += 0.01 * layer.gain
    assert layer.settle() == 1


def test_it_is_a_linear_layer_as_well_as_the_device_can(digits):
    torch.manual_seed(0)
    quiet = DeviceConfig(
        cells="ideal", spread=0, stuck=0, column_gain=0, column_offset=0, bend=0, wire=0,
        output_noise=0, dac_bits=12, adc_bits=12,
    )  # fmt: skip
    layer = MortalLinear(MortalDevice(64, 5, quiet, seed=0))
    x = digits[0][:50]
    ideal = F.linear(x, layer.weight, layer.bias)
    assert (layer(x) - ideal).square().mean() < 1e-3 * ideal.var()
    tokens = x.view(5, 10, 64)
    assert layer(tokens).shape == (5, 10, 5)
    assert not layer(tokens).grad_fn or layer.bias.requires_grad
    assert MortalLinear(MortalDevice(4, 2, seed=0), bias=False)(torch.ones(1, 4)).grad_fn is None


def test_a_dead_device_ends_learning():
    layer = MortalLinear(MortalDevice(4, 2, seed=0))
    layer.chip.die()
    with pytest.raises(DeadDeviceError):
        layer(torch.ones(1, 4))
    with pytest.raises(ConfigError, match="threshold=1"):
        MortalLinear(MortalDevice(4, 2, seed=0), threshold=1)
    with pytest.raises(ConfigError, match="reach=0"):
        MortalLinear(MortalDevice(4, 2, seed=0), reach=0)


def test_weights_may_grow_as_far_as_their_reach():
    quiet = DeviceConfig(cells="ideal", spread=0, stuck=0, column_gain=0, column_offset=0, bend=0)
    one = torch.eye(50)[:1]  # of one cell alone, so that no converter is at its end
    for reach in (2.0, 8.0):
        layer = MortalLinear(MortalDevice(50, 1, quiet, seed=0), bias=False, reach=reach)
        first = float(layer.weight.detach().std())
        with torch.no_grad():
            layer.weight.fill_(20 * first)
        said = layer(one.expand(200, -1)).mean()  # the device trembles
        assert float(said) == pytest.approx(reach * first, rel=0.1)
