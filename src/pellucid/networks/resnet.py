"""The residual network for small pictures (He et al. 2016, section 4.2): a black-box baseline."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError


class ResNet(nn.Module):
    """Pictures (B, C, H, W) of any numeric type to logits (B, classes).

    A 3 x 3 convolution, three stages of n residual blocks with `width`, 2 and 4 times `width`
    channels, each stage after the first at half the resolution; mean over places; linear. The depth
    is 6 n + 2. Shortcuts have no parameters (option A): every second place, and zeros for the new
    channels. The paper's width is 16: ResNet-20 has 0.27 million parameters and 91.25 % on CIFAR-10
    (table 6). With `stride` 2 the first convolution halves the resolution, so that all stages cost
    a quarter of the time.

    Call `fit` with training pictures once: it takes the mean and the deviation of each colour.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        shape: tuple[int, int, int] = (3, 32, 32),
        classes: int = 10,
        *,
        depth: int = 20,
        width: int = 16,
        stride: int = 1,
    ) -> None:
        super().__init__()
        count = _blocks(depth)
        if width < 1:
            raise ConfigError(f"a residual network has a width of at least 1, not {width}")
        if stride < 1:
            raise ConfigError(f"a residual network's first stride is at least 1, not {stride}")
        self.register_buffer("mean", torch.zeros(shape[0], 1, 1))
        self.register_buffer("deviation", torch.ones(shape[0], 1, 1))
        self.first = _Convolution(shape[0], width, stride=stride)
        blocks, channels = [], width
        for stage in range(3):
            for number in range(count):
                wanted, stride = width * 2**stage, 2 if stage and not number else 1
                blocks.append(ResidualBlock(channels, wanted, stride=stride))
                channels = wanted
        self.blocks = nn.Sequential(*blocks)
        self.readout = nn.Linear(channels, classes)

    @torch.no_grad()
    def fit(self, pictures: Tensor, *, limit: int = 5000) -> None:
        """Take mean and deviation of each colour of at most `limit` pictures (N, C, H, W)."""
        if pictures.dim() != 4 or pictures.shape[1] != len(self.mean):
            raise DataError(
                f"the network is fitted on pictures (N, {len(self.mean)}, H, W), "
                f"not on {tuple(pictures.shape)}"
            )
        sample = pictures[:: max(1, len(pictures) // limit)].double()
        deviation, mean = torch.std_mean(sample, dim=(0, 2, 3))
        self.mean.copy_(mean[:, None, None])
        self.deviation.copy_(torch.where(deviation > 0, deviation, 1.0)[:, None, None])

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (B, classes)."""
        x = (pictures.to(self.mean.dtype) - self.mean) / self.deviation
        return self.readout(self.blocks(F.relu(self.first(x))).mean((2, 3)))


class ResidualBlock(nn.Module):
    """ReLU(shortcut(x) + two convolutions of x)."""

    def __init__(self, channels: int, wanted: int, *, stride: int) -> None:
        super().__init__()
        self.stride, self.extra = stride, wanted - channels
        self.first = _Convolution(channels, wanted, stride=stride)
        self.second = _Convolution(wanted, wanted)

    def forward(self, x: Tensor) -> Tensor:
        """(B, wanted, H / stride, W / stride)."""
        return F.relu(self.shortcut(x) + self.second(F.relu(self.first(x))))

    def shortcut(self, x: Tensor) -> Tensor:
        """Every `stride`-th place of x, with zeros for the channels that x has not."""
        return F.pad(x[..., :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))


class _Convolution(nn.Sequential):
    """A 3 x 3 convolution and its batch normalisation."""

    def __init__(self, channels: int, wanted: int, *, stride: int = 1) -> None:
        convolution = nn.Conv2d(channels, wanted, 3, stride=stride, padding=1, bias=False)
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
        super().__init__(convolution, nn.BatchNorm2d(wanted))


def _blocks(depth: int) -> int:
    if depth < 8 or (depth - 2) % 6:
        raise ConfigError(f"a residual network has depth 8, 14, 20, ... (6 n + 2), not {depth}")
    return (depth - 2) // 6


def resnet_parameters(depth: int, width: int, *, colours: int = 3, classes: int = 10) -> int:
    """How many parameters a `ResNet` has."""
    count, total, channels = _blocks(depth), 9 * colours * width + 2 * width, width
    for stage in range(3):
        wanted = width * 2**stage
        total += 9 * channels * wanted + 9 * wanted * wanted * (2 * count - 1) + 4 * count * wanted
        channels = wanted
    return total + channels * classes + classes


def matching_width(parameters: int, *, depth: int, colours: int = 3, classes: int = 10) -> int:
    """The width at which a `ResNet` of this depth has most nearly that many parameters."""

    def miss(width: int) -> int:
        found = resnet_parameters(depth, width, colours=colours, classes=classes)
        return abs(found - parameters)

    width = 1
    while miss(width + 1) < miss(width):
        width += 1
    return width
