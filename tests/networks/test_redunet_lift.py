from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks.redunet_lift import Lift, PrincipalComponents


def lift(**settings: object) -> Lift:
    defaults = {"kernel": 3, "generator": torch.Generator().manual_seed(0)}
    return Lift(2, 4, **{**defaults, **settings})  # type: ignore[arg-type]


def picture(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def test_it_is_a_rectified_convolution() -> None:
    x, module = picture(3, 2, 6, 6), lift()
    expected = torch.relu(F.conv2d(x, module.kernels, padding=1))
    torch.testing.assert_close(module(x), expected)
    both = lift(signs=True)(x)
    torch.testing.assert_close(both[:, :4] - both[:, 4:], F.conv2d(x, module.kernels, padding=1))
    pooled = lift(pool=3)(x)
    torch.testing.assert_close(pooled[0, 1, 0, 1], expected[0, 1, :3, 3:].mean())


def test_filters_have_unit_norm_and_no_mean_and_follow_their_generator() -> None:
    kernels = lift(kernel=5).kernels.flatten(1)
    torch.testing.assert_close(kernels.norm(dim=1), torch.ones(4))
    torch.testing.assert_close(kernels.mean(1), torch.zeros(4), atol=1e-6, rtol=0)
    assert torch.equal(lift().kernels, lift().kernels)
    other = lift(generator=torch.Generator().manual_seed(9))
    assert not torch.equal(other.kernels, lift().kernels)


def test_a_circular_lift_moves_with_its_input() -> None:
    x, module = picture(2, 2, 6, 5), lift(circular=True)
    torch.testing.assert_close(module(x.roll((2, 3), (2, 3))), module(x).roll((2, 3), (2, 3)))
    y, line = picture(2, 2, 7), lift(circular=True, axes=1)
    torch.testing.assert_close(line(y.roll(3, 2)), line(y).roll(3, 2))
    assert not torch.allclose(lift()(x.roll(2, 2)), lift()(x).roll(2, 2))


def test_principal_components_of_a_stream_are_those_of_the_whole() -> None:
    scales = torch.tensor([5.0, 1.0, 3.0, 0.1])
    x = picture(200, 4).double() * scales + torch.arange(4.0)
    module = PrincipalComponents.fit(x.split(33), 2)
    found = module(x)
    # Uncorrelated, without mean, and with the variances of the singular values.
    expected = torch.linalg.svdvals(x - x.mean(0))[:2].square() / 200
    torch.testing.assert_close(found.T.cov(correction=0), torch.diag(expected))
    torch.testing.assert_close(found.mean(0), torch.zeros(2).double(), atol=1e-9, rtol=0)
    assert module.axes[:, 0].abs().argmax() == 0
    assert module.axes[:, 1].abs().argmax() == 2


def test_bad_input_is_refused() -> None:
    with pytest.raises(ConfigError, match="odd"):
        lift(kernel=4)
    with pytest.raises(ConfigError, match="pool 0"):
        lift(pool=0)
    with pytest.raises(DataError, match=r"give \(B, 2\) and 2 axes"):
        lift()(picture(3, 1, 6, 6))
    with pytest.raises(DataError, match="reach 3 places"):
        lift(kernel=7, circular=True)(picture(1, 2, 2, 9))
    with pytest.raises(DataError, match="no sample"):
        PrincipalComponents.fit([], 2)
    with pytest.raises(ConfigError, match="7 principal components of 4"):
        PrincipalComponents.fit([picture(9, 4)], 7)
