from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from pellucid.errors import DataError
from pellucid.objectives import TemporalSimilarity, TemporalStraightening, TemporalVariance


def sequence(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def path(*points: tuple[float, float]) -> torch.Tensor:
    """One sequence (T, 1, 2)."""
    return torch.tensor(points, dtype=torch.float64)[:, None]


def test_similarity_is_the_mean_square_step() -> None:
    assert TemporalSimilarity()(torch.ones(4, 3, 2)) == 0
    # Steps (3, 4) and (0, 0): mean over two steps and two features.
    assert TemporalSimilarity()(path((0, 0), (3, 4), (3, 4))).item() == 25 / 4
    z = sequence(5, 4, 3)
    expected = np.mean([(z[t + 1] - z[t]).numpy() ** 2 for t in range(4)])
    assert TemporalSimilarity()(z).item() == pytest.approx(expected)


def test_variance_is_a_hinge_over_time_for_each_sequence() -> None:
    z = 0.6 * sequence(5, 4, 3)
    hinges = [
        max(0.0, 1 - math.sqrt(np.var(z[:, b, d].numpy(), ddof=1) + 1e-4))
        for b in range(4)
        for d in range(3)
    ]
    assert TemporalVariance()(z).item() == pytest.approx(np.mean(hinges))
    # Episodes that differ from each other, but each still, are not excused.
    still = sequence(1, 4, 3).expand(5, 4, 3) * 100
    assert TemporalVariance()(still).item() == pytest.approx(0.99)
    assert TemporalVariance()(100 * sequence(5, 4, 3)) == 0


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (((0, 0), (1, 1), (3, 3)), 0.0),
        (((0, 0), (1, 0), (1, 5)), 1.0),
        (((0, 0), (1, 0), (0, 0)), 2.0),
        (((0, 0), (1, 0), (2, 1)), 1 - math.sqrt(0.5)),
        (((1, 1), (1, 1), (1, 1)), 1.0),
    ],
)
def test_straightening_is_one_minus_the_cosine(
    points: tuple[tuple[float, float], ...], expected: float
) -> None:
    assert TemporalStraightening()(path(*points)).item() == pytest.approx(expected, abs=1e-5)


def test_straightening_is_averaged_over_windows() -> None:
    z = path((0, 0), (1, 0), (2, 0), (2, 1))
    assert TemporalStraightening()(z).item() == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize(
    "objective", [TemporalSimilarity(), TemporalVariance(), TemporalStraightening()]
)
def test_gradients_are_exact_and_axes_before_time_are_averaged(
    objective: TemporalSimilarity | TemporalVariance | TemporalStraightening,
) -> None:
    z = 0.3 * sequence(2, 5, 4, 3)
    assert torch.autograd.gradcheck(objective, (z[0].clone().requires_grad_(),))
    torch.testing.assert_close(objective(z), (objective(z[0]) + objective(z[1])) / 2)


def test_short_sequences_are_refused() -> None:
    with pytest.raises(DataError, match="sequence of 1: give at least 2 time steps"):
        TemporalSimilarity()(torch.zeros(1, 4, 3))
    with pytest.raises(DataError, match="sequence of 2: give at least 3 time steps"):
        TemporalStraightening()(torch.zeros(2, 4, 3))
