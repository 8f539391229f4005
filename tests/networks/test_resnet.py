from __future__ import annotations

import pytest
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.networks.resnet import (
    ResidualBlock,
    ResNet,
    matching_width,
    resnet_parameters,
)


@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85)])
def test_the_sizes_are_those_of_the_paper(depth: int, millions: float) -> None:
    """He et al. 2016, table 6."""
    assert round(resnet_parameters(depth, 16) / 1e6, 2) == pytest.approx(millions, abs=0.011)


@pytest.mark.parametrize(
    ("depth", "width", "colours", "classes"), [(8, 4, 3, 10), (14, 3, 1, 5), (20, 16, 3, 10)]
)
def test_the_count_of_parameters_is_that_of_the_network(
    depth: int, width: int, colours: int, classes: int
) -> None:
    network = ResNet((colours, 8, 8), classes, depth=depth, width=width)
    found = sum(parameter.numel() for parameter in network.parameters())
    assert resnet_parameters(depth, width, colours=colours, classes=classes) == found
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) + 1 == depth


@pytest.mark.parametrize("depth", [8, 14])
def test_the_width_that_matches_is_the_best_of_all(depth: int) -> None:
    misses = [abs(resnet_parameters(depth, width) - 546_314) for width in range(1, 200)]
    assert matching_width(546_314, depth=depth) == 1 + misses.index(min(misses))


def test_a_block_without_weights_is_its_shortcut() -> None:
    block = ResidualBlock(2, 4, stride=2).eval()
    with torch.no_grad():
        block.second[1].weight.zero_()
    x = torch.rand(1, 2, 6, 6)
    expected = torch.cat([x[:, :, ::2, ::2], torch.zeros(1, 2, 3, 3)], dim=1)
    torch.testing.assert_close(block(x), expected)


def test_stages_halve_the_picture_and_double_the_channels() -> None:
    network = ResNet((3, 12, 12), 7, depth=14, width=4).eval()
    shapes, x = [], torch.zeros(2, 4, 12, 12)
    for block in network.blocks:
        x = block(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == [(4, 12, 12)] * 2 + [(8, 6, 6)] * 2 + [(16, 3, 3)] * 2
    assert network(torch.zeros(2, 3, 12, 12)).shape == (2, 7)


def test_a_first_stride_halves_every_stage_and_changes_no_weight() -> None:
    torch.manual_seed(0)
    whole = ResNet((3, 12, 12), 7, depth=8, width=4).eval()
    half = ResNet((3, 12, 12), 7, depth=8, width=4, stride=2).eval()
    half.load_state_dict(whole.state_dict())
    pictures = torch.randn(2, 3, 12, 12)
    assert half.first(pictures).shape == (2, 4, 6, 6)
    torch.testing.assert_close(half.first(pictures), whole.first(pictures)[..., ::2, ::2])
    assert half(pictures).shape == (2, 7)


def test_fitting_removes_brightness_and_contrast() -> None:
    torch.manual_seed(0)
    pictures = torch.rand(20, 3, 8, 8)
    network = ResNet((3, 8, 8), 4, depth=8, width=4).eval()
    network.fit(pictures)
    before = network(pictures)
    scaled = (pictures * torch.tensor([50.0, 20.0, 90.0])[:, None, None] + 10).round(decimals=3)
    network.fit(scaled)
    torch.testing.assert_close(network(scaled), before, rtol=0, atol=1e-3)
    network.fit(torch.full((4, 3, 8, 8), 7, dtype=torch.uint8))
    assert network(torch.full((1, 3, 8, 8), 9, dtype=torch.uint8)).isfinite().all()
    with pytest.raises(DataError, match=r"not on \(20, 8, 8, 3\)"):
        network.fit(pictures.movedim(1, -1))


def test_it_learns_to_tell_stripes_apart() -> None:
    torch.manual_seed(0)
    labels = torch.arange(32) % 2
    stripes = (torch.arange(8) % 2).float().expand(8, 8)
    pictures = torch.where((labels == 0)[:, None, None], stripes, stripes.T)[:, None]
    pictures = pictures + 0.3 * torch.randn(32, 1, 8, 8)
    network = ResNet((1, 8, 8), 2, depth=8, width=4)
    optimizer = torch.optim.AdamW(network.parameters(), 0.01)
    for _ in range(15):
        loss = torch.nn.functional.cross_entropy(network(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


@pytest.mark.parametrize("depth", [2, 10, 19])
def test_depths_that_do_not_exist_are_refused(depth: int) -> None:
    with pytest.raises(ConfigError, match=rf"6 n \+ 2\), not {depth}"):
        ResNet(depth=depth)
    with pytest.raises(ConfigError, match="at least 1, not 0"):
        ResNet(width=0)
    with pytest.raises(ConfigError, match="first stride is at least 1, not 0"):
        ResNet(stride=0)
