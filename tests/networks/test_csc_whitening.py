from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks.csc_whitening import PatchWhitening


def smooth(seed: int, count: int = 60) -> Tensor:
    """Pictures whose neighbours agree, as natural ones do: (count, 3, 12, 12)."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, 3, 16, 16, generator=generator, dtype=torch.float64)
    shared = 0.8 * noise.mean(1, keepdim=True) + 0.2 * noise
    return 7.0 + F.avg_pool2d(shared, 5, stride=1)


def whitening(channels: int = 48, kernel: int = 4, stride: int = 2, **options) -> PatchWhitening:
    return PatchWhitening((3, 12, 12), channels, kernel=kernel, stride=stride, **options).double()


def test_whitened_patches_are_uncorrelated_with_deviation_one() -> None:
    layer, x = whitening(20, epsilon=0.0), smooth(0)
    layer.fit(x)
    patches = F.unfold(layer.center(x), 4, stride=2)
    rows = patches.movedim(1, -1).flatten(0, 1)
    assert (rows.T.cov().diag() > 2 * rows.T.cov().diag().mean() / 3).all()
    assert rows.T.corrcoef().abs().mean() > 0.2  # before: neighbours agree
    seen = rows @ layer.filters.flatten(1).T
    torch.testing.assert_close(seen.T @ seen / len(seen), torch.eye(20, dtype=torch.float64))


def test_epsilon_holds_back_directions_that_hardly_vary() -> None:
    layer, x = whitening(48, epsilon=0.1), smooth(1)
    layer.fit(x)
    patches = F.unfold(x - x.mean((0, 2, 3))[:, None, None], 4, stride=2).movedim(1, -1)
    rows = patches.flatten(0, 1)
    variances = torch.linalg.eigvalsh(rows.T @ rows / len(rows)).flip(0)
    seen = (rows @ layer.filters.flatten(1).T).square().mean(0)
    torch.testing.assert_close(seen, variances / (variances + 0.1 * variances.mean()))


@pytest.mark.parametrize(("kernel", "stride"), [(4, 2), (3, 1), (2, 2)])
def test_all_components_give_back_the_picture(kernel: int, stride: int) -> None:
    layer, x = whitening(3 * kernel**2, kernel, stride), smooth(2)
    layer.fit(x)
    centered = layer.center(x[:3])
    torch.testing.assert_close(layer.decode(layer(centered)), centered)


def test_few_components_give_back_the_smooth_part() -> None:
    layer, x = whitening(6), smooth(3)
    layer.fit(x)
    centered = layer.center(x[:20])
    misfit = (layer.decode(layer(centered)) - centered).square().mean() / centered.square().mean()
    assert 0.01 < misfit < 0.3


def test_unfitted_components_are_pixels() -> None:
    layer, x = whitening(), smooth(4)[:2]
    y = layer(layer.center(x))
    torch.testing.assert_close(y[:, 0, 1, 1], x[:, 0, 1, 1])  # first pixel of the patch at (1, 1)
    torch.testing.assert_close(layer.decode(y), x)


def test_scale_and_offset_of_the_pictures_do_not_matter() -> None:
    one, other, x = whitening(), whitening(), smooth(5)
    one.fit(x)
    other.fit(30 * x - 2)
    before, after = one(one.center(x)), other(other.center(30 * x - 2))
    torch.testing.assert_close(before.abs(), after.abs(), rtol=1e-6, atol=1e-6)


def test_no_gradient_flows_into_what_is_fixed() -> None:
    assert list(whitening().parameters()) == []


def test_bad_input_is_refused() -> None:
    with pytest.raises(ConfigError, match="1 to 48 components, not 49"):
        whitening(49)
    with pytest.raises(DataError, match=r"not on \(60, 12, 12, 3\)"):
        whitening().fit(smooth(0).movedim(1, -1))
    with pytest.raises(DataError, match="all pixels of a colour are equal"):
        whitening().fit(torch.full((4, 3, 12, 12), 3.0))
