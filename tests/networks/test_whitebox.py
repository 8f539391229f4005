"""The audit tells of descent, rate, sparsity and coherence, and of layers that do not descend."""

import math

import pytest
import torch
from torch import Tensor, nn

from pellucid.errors import DataError
from pellucid.networks.whitebox import (
    WhiteBoxLayer,
    audit,
    audit_layer,
    coherence,
    sparsity,
    sphere_rate,
)


class Step(WhiteBoxLayer):
    """A gradient step on half the squared norm: z = (1 - eta) x."""

    formula = "1/2 |z|^2"
    unit = "squared input"

    def __init__(self, eta: float) -> None:
        super().__init__()
        self.eta = eta

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        return 0.5 * z.flatten(1).square().sum(1)

    def forward(self, x: Tensor) -> Tensor:
        return (1 - self.eta) * x


class FromZero(Step):
    """Starts at zero, and counts the zeros of what is below one half."""

    def initial(self, x: Tensor) -> Tensor:
        return torch.zeros_like(x)

    def code(self, z: Tensor) -> Tensor:
        return torch.relu(z - 0.5)

    def subspaces(self) -> Tensor:
        return torch.eye(4).reshape(2, 2, 4).mT


def test_the_account_of_a_step_that_descends():
    x = torch.ones(5, 3, 4)
    account = audit(nn.Sequential(nn.Identity(), Step(0.5)), x)
    (layer,) = account.layers
    assert layer.name == "1"
    assert (layer.before, layer.after) == (6.0, 1.5)
    assert layer.descended == 1.0
    assert layer.coherence is None
    assert account.holds
    assert account.failures() == ()


def test_a_step_that_is_too_long_is_told_of():
    account = audit(nn.Sequential(Step(0.5), Step(3.0)), torch.ones(2, 3, 4))
    assert not account.holds
    assert [layer.name for layer in account.failures()] == ["1"]
    assert account.layers[1].descended == 0.0
    # The second layer starts where the first one ended.
    assert account.layers[1].before == account.layers[0].after


def test_some_samples_may_descend_and_others_not():
    class Towards(Step):
        def forward(self, x: Tensor) -> Tensor:
            return torch.ones_like(x)

    x = torch.tensor([[2.0], [0.5], [3.0], [4.0]])
    row = audit_layer(Towards(0.0), x, Towards(0.0)(x))
    assert row.descended == 0.75


def test_start_code_and_subspaces_are_the_layers_own():
    x = torch.tensor([[0.2, 0.9, 1.0, 0.1]]).expand(6, 4)
    (layer,) = audit(FromZero(0.0), x).layers
    assert layer.before == 0.0
    assert layer.after > 0
    assert layer.sparsity == 0.5
    assert layer.coherence == pytest.approx(0.0, abs=1e-12)


def test_nothing_is_left_behind_even_after_an_error():
    network = nn.Sequential(Step(0.5), nn.Linear(4, 2))
    with pytest.raises(RuntimeError):
        audit(network, torch.ones(2, 3))
    assert not network[0]._forward_hooks
    with pytest.raises(DataError, match="no white-box layer"):
        audit(nn.Linear(2, 2), torch.ones(1, 2))


def test_the_rate_of_orthogonal_rows_is_known():
    # B = D orthonormal rows: 1/2 D log(1 + 1 / eps^2), whatever their lengths.
    rows = torch.diag(torch.tensor([1.0, 5.0, 0.1, 7.0]))
    expected = 2 * math.log(1 + 1 / 0.25)
    assert float(sphere_rate(rows)) == pytest.approx(expected)
    # Maps count every place as a row.
    assert float(sphere_rate(rows.T.reshape(1, 4, 2, 2))) == pytest.approx(expected)
    # Many rows are thinned out evenly, which does not change the rate of repeated ones.
    many = rows.repeat(3000, 1)
    assert float(sphere_rate(many, rows=8001)) == pytest.approx(expected)


def test_coherence_runs_from_orthogonal_to_equal():
    basis = torch.randn(6, 2)
    assert coherence(torch.stack((basis, 3 * basis @ torch.randn(2, 2)))) == pytest.approx(1.0)
    assert coherence(basis[None]) is None
    assert coherence(None) is None
    # A line at 60 degrees to another.
    lines = torch.tensor([[[1.0], [0.0]], [[0.5], [math.sqrt(0.75)]]])
    assert coherence(lines) == pytest.approx(0.5)
    assert sparsity(torch.tensor([0.0, 1.0, 0.0, -2.0])) == 0.5
