from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.objectives import (
    RateReduction,
    coding_rate,
    conditional_rate,
    hard_memberships,
    rate_reduction,
    sparse_rate_reduction,
    subspace_rate,
    variational_rate,
)

SHAPES = [(12, 4), (4, 12), (6, 6)]
"""More samples than features, fewer, and as many: both Gram sides."""


def gaussian(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def soft(classes: int, samples: int, seed: int = 5) -> Tensor:
    return gaussian(classes, samples, seed=seed).softmax(0)


def published(z: np.ndarray, pi: np.ndarray, epsilon: float) -> float:
    """R_c of Yu et al. 2020, eq. 8, with diagonal matrices and columns as samples."""
    columns, (N, D) = z.T, z.shape
    total = 0.0
    for own in pi:
        Pi = np.diag(own)
        inner = np.eye(D) + D / (np.trace(Pi) * epsilon**2) * columns @ Pi @ columns.T
        total += np.trace(Pi) / (2 * N) * np.linalg.slogdet(inner)[1]
    return total


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("epsilon", [0.1, 0.5, 2.0])
def test_the_published_formula_soft_and_hard(shape: tuple[int, int], epsilon: float) -> None:
    z = gaussian(2, *shape)
    hard = hard_memberships(torch.arange(shape[0]) % 3, 3)
    for pi in (soft(3, shape[0]), hard):
        expected = [published(step.numpy(), pi.double().numpy(), epsilon) for step in z]
        np.testing.assert_allclose(conditional_rate(z, pi, epsilon), expected, rtol=1e-10)
        reduction = coding_rate(z, epsilon) - torch.tensor(expected, dtype=torch.float64)
        torch.testing.assert_close(rate_reduction(z, pi, epsilon), reduction)


def test_hard_memberships_are_ones_at_the_labels() -> None:
    expected = torch.tensor([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    assert torch.equal(hard_memberships(torch.tensor([1, 2, 0]), 3), expected)


def test_two_orthogonal_lines_in_closed_form() -> None:
    z = torch.eye(2).repeat(4, 1)  # four samples on each axis
    pi = hard_memberships(torch.arange(8) % 2, 2)
    for epsilon in (0.3, 1.0):
        rate = math.log1p(1 / epsilon**2)  # two directions of variance 1/2, D = 2
        conditional = 0.5 * math.log1p(2 / epsilon**2)  # one direction of variance 1
        assert coding_rate(z, epsilon).item() == pytest.approx(rate)
        assert conditional_rate(z, pi, epsilon).item() == pytest.approx(conditional)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_are_exact(shape: tuple[int, int]) -> None:
    z, pi = gaussian(*shape).requires_grad_(), soft(2, shape[0])
    U = gaussian(2, shape[1], 3)
    functions: list[Callable[[Tensor], Tensor]] = [
        lambda z: conditional_rate(z, pi),
        lambda z: rate_reduction(z, pi),
        lambda z: subspace_rate(z, U),
        lambda z: variational_rate(z, U, pi),
        lambda z: sparse_rate_reduction(z, U, penalty=0.1, norm="l1"),
        RateReduction(pi),
    ]
    for function in functions:
        assert torch.autograd.gradcheck(function, (z,))
    pi.requires_grad_()
    assert torch.autograd.gradcheck(lambda pi: conditional_rate(z.detach(), pi), (pi,))
    U.requires_grad_()
    assert torch.autograd.gradcheck(lambda U: subspace_rate(z.detach(), U), (U,))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_is_the_expansion_less_the_compressions(shape: tuple[int, int]) -> None:
    # Chan et al. 2022, eq. 13 and 14: rows Z E - sum_k gamma_k Diag(pi_k) Z C_k.
    N, D = shape
    z, pi, epsilon = gaussian(N, D).requires_grad_(), soft(3, N), 0.5
    (gradient,) = torch.autograd.grad(rate_reduction(z, pi, epsilon), z)
    with torch.no_grad():
        alpha = D / (N * epsilon**2)
        identity = torch.eye(D, dtype=z.dtype)
        expected = alpha * z @ torch.linalg.inv(identity + alpha * z.mT @ z)
        for own in pi:
            a, gamma = D / (own.sum() * epsilon**2), own.sum() / N
            C = a * torch.linalg.inv(identity + a * z.mT @ (own[:, None] * z))
            expected -= gamma * own[:, None] * (z @ C)
    torch.testing.assert_close(gradient, expected)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1000),
    samples=st.integers(2, 9),
    features=st.integers(1, 9),
    classes=st.integers(1, 4),
)
def test_partitions_never_cost_and_rotations_do_not_matter(
    seed: int, samples: int, features: int, classes: int
) -> None:
    z = gaussian(samples, features, seed=seed)
    labels = torch.randint(
        classes, (samples,), generator=torch.Generator().manual_seed(seed)
    )  # some classes may be empty
    rotation = torch.linalg.qr(gaussian(features, features, seed=seed + 1)).Q
    for pi in (hard_memberships(labels, classes), soft(classes, samples, seed)):
        reduction = rate_reduction(z, pi)
        assert reduction >= -1e-10
        torch.testing.assert_close(rate_reduction(z @ rotation, pi), reduction)
    one = torch.ones(1, samples)
    torch.testing.assert_close(
        rate_reduction(z, one), torch.zeros_like(reduction), atol=1e-9, rtol=0
    )


def test_an_ascent_step_raises_the_rate_and_descending_the_objective_is_ascent() -> None:
    # A published implementation minimised the coding rate that it was meant to maximise.
    z = F.normalize(gaussian(30, 6), dim=1).requires_grad_()
    pi = hard_memberships(torch.arange(30) % 3, 3)
    (up,) = torch.autograd.grad(rate_reduction(z, pi), z)
    objective = RateReduction(pi)
    (down,) = torch.autograd.grad(objective(z), z)
    before = rate_reduction(z, pi)
    assert rate_reduction(z + 0.1 * up, pi) > before
    stepped = F.normalize((z - 0.1 * down).detach(), dim=1)
    assert rate_reduction(stepped, pi) > before
    assert rate_reduction(F.normalize((z + 0.1 * down).detach(), dim=1), pi) < before
    assert objective(z).item() == pytest.approx(-before.item())


def test_the_objective_sees_directions_alone_unless_told_otherwise() -> None:
    z, pi = gaussian(10, 3), soft(2, 10)
    assert RateReduction(pi)(7 * z).item() == pytest.approx(RateReduction(pi)(z).item())
    assert RateReduction(pi, norm="none")(z).item() == pytest.approx(-rate_reduction(z, pi).item())
    terms = RateReduction(pi, norm="none").terms(z)
    assert terms["expansion"].item() == pytest.approx(-coding_rate(z).item())
    assert terms["compression"].item() == pytest.approx(conditional_rate(z, pi).item())
    doubled = (2.0 * RateReduction(pi)).terms(z)
    assert doubled["expansion"].item() == pytest.approx(
        2 * RateReduction(pi).terms(z)["expansion"].item()
    )


def test_a_class_without_samples_contributes_nothing() -> None:
    z = gaussian(8, 3).requires_grad_()
    labels = torch.tensor([0, 0, 0, 2, 2, 2, 2, 0])
    without = hard_memberships(labels // 2, 2)
    for epsilon in (1e-3, 0.5):
        value = conditional_rate(z, hard_memberships(labels, 5), epsilon)
        torch.testing.assert_close(value, conditional_rate(z, without, epsilon))
    (gradient,) = torch.autograd.grad(value, z)
    assert torch.isfinite(gradient).all()
    U = torch.eye(3, dtype=z.dtype).expand(5, 3, 3)
    bound = variational_rate(z, U, hard_memberships(labels, 5))
    torch.testing.assert_close(bound, variational_rate(z, U[:2], without))
    # The limit: a class of ever smaller weight.
    faint = torch.cat((without, torch.full((1, 8), 1e-12)))
    torch.testing.assert_close(conditional_rate(z, faint), conditional_rate(z, without))


def test_subspace_rate_is_the_published_formula_over_a_batch() -> None:
    z, U, epsilon = gaussian(2, 7, 5), gaussian(3, 5, 2), 0.4
    expected = []
    for tokens in z.numpy():
        total = 0.0
        for basis in U.numpy():
            seen = basis.T @ tokens.T  # (P, N), as published
            inner = np.eye(7) + 2 / (7 * epsilon**2) * seen.T @ seen
            total += 0.5 * np.linalg.slogdet(inner)[1]
        expected.append(total)
    np.testing.assert_allclose(subspace_rate(z, U, epsilon), expected, rtol=1e-10)


def test_sparse_rate_reduction_pays_for_what_is_not_zero() -> None:
    z, U = gaussian(2, 6, 4), gaussian(2, 4, 2)
    z[0, 0] = 0  # four zeros in the first sample
    reduction = coding_rate(z) - subspace_rate(z, U)
    counted = reduction - 0.1 * torch.tensor([20.0, 24.0])
    torch.testing.assert_close(sparse_rate_reduction(z, U, penalty=0.1), counted)
    summed = reduction - 0.1 * z.abs().sum((1, 2))
    torch.testing.assert_close(sparse_rate_reduction(z, U, penalty=0.1, norm="l1"), summed)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), tokens=st.integers(1, 10), epsilon=st.floats(0.1, 2))
def test_the_variational_rate_bounds_from_above(seed: int, tokens: int, epsilon: float) -> None:
    z, pi = gaussian(tokens, 4, seed=seed), soft(2, tokens, seed)
    U = torch.linalg.qr(gaussian(2, 4, 4, seed=seed + 1)).Q
    exact = conditional_rate(z, pi, epsilon)
    assert variational_rate(z, U, pi, epsilon) >= exact - 1e-10
    moments = z.mT @ (pi[..., None] * z)
    aligned = torch.linalg.eigh(moments).eigenvectors
    torch.testing.assert_close(variational_rate(z, aligned, pi, epsilon), exact)


def test_the_variational_rate_is_the_published_formula_and_is_loose_off_the_axes() -> None:
    z, pi, epsilon = gaussian(9, 4), soft(2, 9), 0.5
    U = torch.linalg.qr(gaussian(2, 4, 4, seed=3)).Q
    total = 0.0
    for basis, own in zip(U.numpy(), pi.numpy(), strict=True):
        moment = basis.T @ z.numpy().T @ np.diag(own) @ z.numpy() @ basis / own.sum()
        total += 0.5 * own.sum() / 9 * np.log(1 + 4 / epsilon**2 * np.diag(moment)).sum()
    assert variational_rate(z, U, pi, epsilon).item() == pytest.approx(total)
    assert total > conditional_rate(z, pi, epsilon).item() + 0.01


def test_half_precision_is_widened_and_float32_survives() -> None:
    z, pi = F.normalize(gaussian(20, 8), dim=1), soft(3, 20)
    U = torch.linalg.qr(gaussian(3, 8, 8)).Q
    for dtype in (torch.bfloat16, torch.float16, torch.float32):
        narrow = z.to(dtype)
        expected = rate_reduction(narrow.double(), pi).float()
        value = rate_reduction(narrow, pi)
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, expected)
        assert RateReduction(pi)(narrow).dtype == torch.float32
        assert subspace_rate(narrow, U).dtype == torch.float32
        assert variational_rate(narrow, U, pi).dtype == torch.float32
    # In float32 the identity would be lost beside 1e9 times a Gram matrix of rank one.
    one = torch.ones(64, 32)
    rate = conditional_rate(one, torch.ones(1, 64), 1e-4).item()
    assert rate == pytest.approx(0.5 * math.log1p(32 * 32 / 1e-8), rel=1e-6)


def test_what_cannot_be_measured_is_refused() -> None:
    z, pi, U = gaussian(4, 3), soft(2, 4), gaussian(2, 3, 2)
    with pytest.raises(ConfigError, match="epsilon is 0"):
        conditional_rate(z, pi, 0.0)
    with pytest.raises(ConfigError, match="epsilon is 0"):
        RateReduction(pi, epsilon=0.0)
    with pytest.raises(ConfigError, match="epsilon is -1"):
        subspace_rate(z, U, -1.0)
    with pytest.raises(ConfigError, match="norm is 'ball'"):
        RateReduction(pi, norm="ball")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="norm is 'l2'"):
        sparse_rate_reduction(z, U, penalty=0.1, norm="l2")  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"give \(\.\.\., K, 4\)"):
        conditional_rate(z, soft(2, 5))
    with pytest.raises(DataError, match="negative or not finite"):
        conditional_rate(z, -pi)
    for bad in (math.nan, math.inf):
        broken = torch.full((4, 3), bad)
        with pytest.raises(DataError, match="not finite"):
            rate_reduction(broken, pi)
        with pytest.raises(DataError, match="not finite"):
            subspace_rate(broken, U)
        with pytest.raises(DataError, match="not finite"):
            variational_rate(broken, U, pi)
    with pytest.raises(DataError, match=r"U has shape \(2, 5, 2\)"):
        subspace_rate(z, gaussian(2, 5, 2))
    with pytest.raises(DataError, match="2 memberships, 3 subspaces"):
        variational_rate(z, gaussian(3, 3, 2), pi)
    with pytest.raises(DataError, match="labels go from 0 to 3"):
        hard_memberships(torch.arange(4), 3)
    with pytest.raises(DataError, match="whole numbers"):
        hard_memberships(torch.zeros(4), 3)
