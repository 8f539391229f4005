import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.learning import WeightPerturbation
from pellucid.transfer import SeedAndScalars, measure, replay


def problem():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    model[0].bias.requires_grad_(False)
    labels = torch.tensor([0, 1, 2, 1])
    return model, lambda z: F.cross_entropy(z, labels, reduction="none"), torch.randn(4, 5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.booleans())
def test_what_is_replayed_is_what_the_estimator_found(seed, samples, antithetic):
    model, loss, x = problem()
    how = WeightPerturbation(samples=samples, antithetic=antithetic)
    draw = torch.Generator().manual_seed(seed)
    expected = how.estimate(model, loss, x, generator=draw).gradient
    said = measure(how, model, loss, x, seed=seed)
    assert said.bits == 64 + 32 + 32 * samples
    heard = SeedAndScalars.from_bytes(said.to_bytes())
    found = replay(heard, [p for p in model.parameters() if p.requires_grad])
    assert len(found) == len(expected) == 3
    for own, others in zip(expected.values(), found, strict=True):
        assert torch.allclose(own, others, rtol=1e-4, atol=1e-5)


def test_a_slope_is_the_derivative_along_its_direction():
    model, loss, x = problem()
    said = measure(WeightPerturbation(), model, loss, x, seed=3)
    loss(model(x)).mean().backward()
    weights = [p for p in model.parameters() if p.requires_grad]
    draw = torch.Generator().manual_seed(3)
    slope = sum(float((p.grad * torch.randn(p.shape, generator=draw)).sum()) for p in weights)
    assert said.scalars[0] == pytest.approx(slope, rel=1e-2)


def test_no_seed_tells_an_exact_gradient():
    model, loss, x = problem()
    with pytest.raises(ConfigError, match="readout='2'"):
        measure(WeightPerturbation(readout="2"), model, loss, x, seed=0)
