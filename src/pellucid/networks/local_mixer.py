"""LocalMixer: a network of many small parts, each with a loss of its own (Ren et al. 2023).

A picture is cut into P patches, and what is known of a patch into G groups of channels. A block
mixes the patches (but for the first block), then all channels of a patch, then the channels of each
group by themselves, and has a read-out of its own:

    t = relu(norm(tokens(z)))       c = relu(norm(channels(t)))       z' = c + relu(norm(groups(c)))

After `channels` nothing crosses from group to group, and norms are those of one patch and group; so
a part (p, g) of z' can be judged by itself: `logits_apart` are what the block's read-out says if
that part alone had moved and all others stood still. Nothing flows back from block to block either.
A model of one block has as many losses as P G, and the gradient of their sum is that of the one
loss of all; what they change is how much noise a gradient has that is found by perturbation.

Shape suffixes: N samples, P patches, F numbers in a patch, C channels, G groups, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.errors import DataError


@dataclass(frozen=True)
class LocalMixerConfig:
    """The size of a LocalMixer; the paper writes it as size/patches/groups."""

    blocks: int = 1
    patches: int = 1
    """of a picture, along each side"""
    channels: int = 512
    groups: int = 16

    def __post_init__(self) -> None:
        check_counts(self, "blocks", "patches", "channels", "groups")
        check(
            self.channels % self.groups == 0,
            f"groups={self.groups} must divide channels={self.channels}",
        )
        check(
            self.channels > self.groups,
            "groups of one channel cannot be normalised: give fewer groups",
        )


S_1_1 = LocalMixerConfig(channels=256, groups=1)
M_1_16 = LocalMixerConfig()
M_8_16 = LocalMixerConfig(blocks=4, patches=8)
L_8_64 = LocalMixerConfig(blocks=4, patches=8, channels=2048, groups=64)
"""Sizes of the paper's Table 3."""


class GroupLinear(nn.Module):
    """A linear layer for each group of channels: (..., G c) -> (..., G c)."""

    def __init__(self, groups: int, width: int) -> None:
        super().__init__()
        self.groups, self.width = groups, width
        self.in_features = self.out_features = groups * width
        bound = 1 / math.sqrt(width)
        self.weight = nn.Parameter(torch.empty(groups, width, width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(groups * width).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """Each group by its own weights (out, in)."""
        parts = x.reshape(-1, self.groups, self.width).transpose(0, 1)
        said = torch.bmm(parts, self.weight.mT).transpose(0, 1)
        return said.reshape(x.shape) + self.bias


Affine = nn.Linear | GroupLinear


class Pass(NamedTuple):
    """What was seen in one pass of a block."""

    z: Tensor
    """What came into the block, (N, P, F)."""
    inputs: dict[str, Tensor]
    """What came into each linear layer."""
    said: dict[str, Tensor]
    """What each layer said to that."""
    activities: dict[str, Tensor]
    """What became of that, normalised, (N, P, C); where a pass was resumed, what was put there."""
    features: Tensor
    """(N, P, C)"""


class MixerBlock(nn.Module):
    """One block: (N, P, F) -> (N, P, C), and its read-out."""

    def __init__(self, features: int, classes: int, config: LocalMixerConfig, *, first: bool):
        super().__init__()
        self.groups, self.first = config.groups, first
        patches = config.patches**2
        self.tokens = None if first else nn.Linear(patches, patches)
        self.channel = nn.Linear(features, config.channels)
        self.group = GroupLinear(config.groups, config.channels // config.groups)
        self.readout = nn.Linear(config.channels, classes)
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    @property
    def layers(self) -> dict[str, Affine]:
        """The linear layers whose outputs are normalised, in their order."""
        named = {"tokens": self.tokens, "channel": self.channel, "group": self.group}
        return {name: layer for name, layer in named.items() if layer is not None}

    def forward(self, z_NPF: Tensor) -> Tensor:
        """Features (N, P, C), of which the parts of one group lie side by side."""
        return self.passed(z_NPF).features

    def passed(self, z_NPF: Tensor) -> Pass:
        """The features, and all that was seen on the way to them."""
        x = F.layer_norm(z_NPF, z_NPF.shape[-1:])
        name = next(iter(self.layers))
        inputs = {name: x.transpose(1, 2) if name == "tokens" else x}
        said = self.layers[name](inputs[name])
        begun = Pass(z_NPF, inputs, {name: said}, {}, z_NPF)
        return self.resumed(begun, name, self.normalised(name, said))

    def resumed(self, past: Pass, name: str, activities_NPC: Tensor) -> Pass:
        """A pass that was as the past one until a layer had these normalised activities."""
        inputs, said = dict(past.inputs), dict(past.said)
        activities = {**past.activities, name: activities_NPC}
        names = list(self.layers)
        for before, after in pairwise(names[names.index(name) :]):
            inputs[after] = F.relu(activities[before])
            said[after] = self.layers[after](inputs[after])
            activities[after] = self.normalised(after, said[after])
        features = inputs["group"] + F.relu(activities["group"])
        return Pass(past.z, inputs, said, activities, features if self.first else features + past.z)

    def normalised(self, name: str, said: Tensor) -> Tensor:
        """What a layer says, each patch and group with mean 0 and variance 1: (N, P, C).

        Tokens say (N, C, P), as patches are what they mix.
        """
        said = said.transpose(1, 2) if name == "tokens" else said
        parts = said.unflatten(-1, (self.groups, -1))
        return F.layer_norm(parts, parts.shape[-1:]).flatten(-2)

    def logits(self, features_NPC: Tensor) -> Tensor:
        """What is read from the mean patch, (N, K)."""
        read: Tensor = self.readout(features_NPC.mean(1))
        return read

    def logits_apart(self, still_NPC: Tensor, moved_NPC: Tensor) -> Tensor:
        """What would be read if one part alone had moved, for each of them: (N, P G, K)."""
        patches = still_NPC.shape[1]
        change = (moved_NPC - still_NPC).unflatten(-1, (self.groups, -1)) / patches
        weight = self.readout.weight.unflatten(-1, (self.groups, -1))  # (K, G, c)
        apart = torch.einsum("npgc,kgc->npgk", change, weight).flatten(1, 2)
        return self.logits(still_NPC).unsqueeze(1) + apart


class LocalMixer(nn.Module):
    """Pictures (N, C, H, W) to logits (N, K); see the module."""

    def __init__(
        self, shape: tuple[int, int, int], classes: int, config: LocalMixerConfig | None = None
    ) -> None:
        """`shape` is (C, H, W). ConfigError where patches do not divide H and W."""
        super().__init__()
        self.config = config if config is not None else LocalMixerConfig()
        self.shape, side = shape, self.config.patches
        check(
            shape[1] % side == 0 and shape[2] % side == 0,
            f"patches={side} must divide the sides of pictures, {shape[1]} x {shape[2]}",
        )
        features = math.prod(shape) // side**2
        sizes = [features, *[self.config.channels] * (self.config.blocks - 1)]
        self.blocks = nn.ModuleList(
            MixerBlock(size, classes, self.config, first=number == 0)
            for number, size in enumerate(sizes)
        )

    def patches(self, x_NCHW: Tensor) -> Tensor:
        """The patches of pictures, (N, P, F). DataError for another shape."""
        if x_NCHW.shape[1:] != self.shape:
            raise DataError(f"pictures {tuple(x_NCHW.shape[1:])} are not {self.shape} (C, H, W)")
        side = self.config.patches
        kernel = (self.shape[1] // side, self.shape[2] // side)
        return F.unfold(x_NCHW, kernel, stride=kernel).transpose(1, 2)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """The logits of the last block."""
        return self.onward(-1, self.patches(x_NCHW))

    def onward(self, number: int, features_NPC: Tensor) -> Tensor:
        """The logits of the last block, had the block of that number these features."""
        for block in self.blocks[number + 1 :]:
            features_NPC = block(features_NPC)
        logits: Tensor = self.blocks[-1].logits(features_NPC)  # type: ignore[operator]
        return logits

    def walk(self, x_NCHW: Tensor) -> Iterator[tuple[int, MixerBlock, Tensor]]:
        """Each block by its number, with what comes into it, from which nothing flows back."""
        z = self.patches(x_NCHW)
        for number, block in enumerate(self.blocks):
            assert isinstance(block, MixerBlock)
            yield number, block, z
            if number < len(self.blocks) - 1:
                with torch.no_grad():
                    z = block(z)
