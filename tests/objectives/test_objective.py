from __future__ import annotations

import pytest
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.objectives import (
    CodingRate,
    Combination,
    Objective,
    SIGReg,
    TemporalSimilarity,
    TemporalStraightening,
    TemporalVariance,
    VICReg,
)

BATCH = [SIGReg(slices=16), VICReg(), *(CodingRate(norm=n) for n in ("power", "sphere", "batch"))]
EVERY: list[Objective] = [
    *BATCH,
    CodingRate(norm="none"),
    TemporalSimilarity(),
    TemporalVariance(),
    TemporalStraightening(),
]


def value_and_gradient(objective: Objective, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    z = z.clone().requires_grad_()
    value = objective(z, generator=torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad(value, z)
    return value.detach(), gradient


def test_objectives_add_and_scale() -> None:
    z = torch.randn(3, 8, 4, generator=torch.Generator().manual_seed(1))
    similarity, variance = TemporalSimilarity(), TemporalVariance()
    both = 2.0 * (similarity + variance * 3) + similarity
    assert both.weighted == ((2.0, similarity), (6.0, variance), (1.0, similarity))
    expected = 3 * similarity(z) + 6 * variance(z)
    torch.testing.assert_close(both(z), expected)
    terms = both.terms(z)
    assert list(terms) == [
        "temporal_similarity",
        "temporal_variance",
        "temporal_similarity_2",
    ]
    torch.testing.assert_close(terms["temporal_variance"], 6 * variance(z))
    torch.testing.assert_close(sum(terms.values()), expected)
    assert both.name == "2 temporal_similarity + 6 temporal_variance + 1 temporal_similarity"


def test_a_combination_keeps_the_inner_terms_and_weights() -> None:
    z = torch.randn(8, 4, generator=torch.Generator().manual_seed(1))
    terms = (0.5 * VICReg() + CodingRate()).terms(z)
    assert list(terms) == ["variance", "covariance", "coding_rate", "power"]
    torch.testing.assert_close(terms["variance"], 0.5 * VICReg().terms(z)["variance"])


def test_a_weight_must_be_a_number() -> None:
    with pytest.raises(ConfigError, match="weight of sigreg is nan"):
        float("nan") * SIGReg()


def test_one_seed_gives_one_value() -> None:
    z = torch.randn(8, 4, generator=torch.Generator().manual_seed(1))
    first, _ = value_and_gradient(SIGReg(slices=4) + VICReg(), z)
    second, _ = value_and_gradient(SIGReg(slices=4) + VICReg(), z)
    other = (SIGReg(slices=4) + VICReg())(z, generator=torch.Generator().manual_seed(9))
    assert first == second != other


@pytest.mark.parametrize("objective", BATCH, ids=str)
def test_statistics_are_over_the_batch_and_averaged_over_time(objective: Objective) -> None:
    z = torch.randn(5, 16, 4, generator=torch.Generator().manual_seed(2))
    z = z + torch.arange(5.0)[:, None, None]  # one statistic over all steps would see the drift
    whole, _ = value_and_gradient(objective, z)
    steps = torch.stack([value_and_gradient(objective, step)[0] for step in z])
    torch.testing.assert_close(whole, steps.mean())


@pytest.mark.parametrize("objective", EVERY, ids=str)
@pytest.mark.parametrize("scale", [0.0, 1e-20, 1.0, 1e8])
def test_values_and_gradients_are_finite(objective: Objective, scale: float) -> None:
    z = scale * torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(3))
    value, gradient = value_and_gradient(objective, z)
    assert torch.isfinite(value)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("objective", EVERY, ids=str)
def test_a_batch_of_one(objective: Objective) -> None:
    z = torch.randn(4, 1, 3, generator=torch.Generator().manual_seed(3))
    if isinstance(objective, VICReg):
        with pytest.raises(DataError, match="give at least 2 samples"):
            objective(z)
        return
    value, gradient = value_and_gradient(objective, z)
    assert torch.isfinite(value)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("objective", EVERY, ids=str)
def test_shapes_that_cannot_be_a_batch_are_refused(objective: Objective) -> None:
    for shape in [(4,), (3, 0, 4), (3, 4, 0)]:
        with pytest.raises(DataError, match=r"has shape .*: give"):
            objective(torch.zeros(shape))


@pytest.mark.parametrize("objective", EVERY, ids=str)
def test_half_precision_is_widened_also_under_autocast(objective: Objective) -> None:
    z = torch.randn(4, 16, 8, generator=torch.Generator().manual_seed(4)).bfloat16()
    exact, _ = value_and_gradient(objective, z.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value, gradient = value_and_gradient(objective, z)
    assert value.dtype == torch.float32
    assert gradient.dtype == torch.bfloat16
    torch.testing.assert_close(value, exact, rtol=1e-5, atol=1e-5)


def test_a_combination_is_frozen() -> None:
    combination = SIGReg() + VICReg()
    assert isinstance(combination, Combination)
    with pytest.raises(AttributeError):
        combination.weighted = ()  # type: ignore[misc]
