"""Do attention maps segment? The map of a head against the foreground of its picture.

    pictures, truth = on_clutter(images, seed=0)
    choice = choose(maps_of_some, truth_of_some)                  # a head, and how much of its map
    overlap(masks(maps_of_others, choice, size), truth_of_others)

A head's mask is the fewest places that together hold a share of its map, as in Caron et al. 2021
(DINO), where that share is 60 %. Head and share are chosen on pictures that are not measured on.
The same choice is given to every network, trained or not: among several heads some will fit a
foreground by chance, and only what a trained network has more than an untrained one was learned.

On a black ground, and with objects always in the middle, a map could fit without having found
anything. So objects are put at random places of a ground as bright as themselves.

Axes: N pictures, K heads, h x w places of a map, H x W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import DataError

MASSES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
FOREGROUND = 25
"""Pixels of an object on black that are brighter belong to it; of 255."""


def on_clutter(
    images: np.ndarray, *, seed: int, side: int = 32, size: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """Objects on black (N, h, w) uint8, put on noise: pictures (N, side, side) uint8, foregrounds.

    Each is made `size` pixels high and wide, and put at a random place; where it is no brighter
    than `FOREGROUND`, noise that is smooth over some three pixels shows. The foreground is bool.
    """
    random = torch.Generator().manual_seed(seed)
    parts = [_on_clutter(part, random, side, size) for part in torch.from_numpy(images).split(5000)]
    pictures, truth = (torch.cat(part) for part in zip(*parts, strict=True))
    return pictures.numpy(), truth.numpy()


def _on_clutter(
    images: Tensor, random: torch.Generator, side: int, size: int
) -> tuple[Tensor, Tensor]:
    small = F.interpolate(images[:, None].float(), size=(size, size), mode="area")[:, 0]
    corner = torch.randint(0, side - size + 1, (len(small), 2), generator=random)
    rows = corner[:, :1] + torch.arange(size)
    columns = corner[:, 1:] + torch.arange(size)
    placed = torch.zeros(len(small), side, side)
    placed[torch.arange(len(small))[:, None, None], rows[:, :, None], columns[:, None]] = small
    truth = placed > FOREGROUND
    ground = (110 + 60 * _noise(len(small), side, random)).clamp(0, 255)
    return torch.where(truth, placed, ground).to(torch.uint8), truth


def _noise(count: int, side: int, random: torch.Generator) -> Tensor:
    """Smooth noise (count, side, side), each of mean zero and deviation one."""
    noise = torch.randn(count, 1, side + 6, side + 6, generator=random)
    weights = torch.tensor([0.25, 0.5, 0.25])
    for _ in range(3):
        noise = F.conv2d(noise, (weights[:, None] * weights)[None, None])
    deviation, mean = torch.std_mean(noise, (2, 3), keepdim=True)
    return ((noise - mean) / deviation)[:, 0]


@dataclass(frozen=True)
class Choice:
    """What of the maps is the mask."""

    head: int
    mass: float
    """The share of the head's map that the mask holds, 0 to 1."""


def choose(maps: Tensor, truth: Tensor, masses: tuple[float, ...] = MASSES) -> Choice:
    """The head and the share with the largest mean overlap: maps (N, K, h, w), truth (N, H, W)."""
    scores = torch.stack([_scores(maps, truth, mass) for mass in masses])
    number, head = divmod(int(scores.argmax()), maps.shape[1])
    return Choice(head, masses[number])


def _scores(maps: Tensor, truth: Tensor, mass: float) -> Tensor:
    found = in_pixels(fewest_places(maps, mass), (truth.shape[-2], truth.shape[-1]))
    return overlap(found, truth[:, None]).mean(0)


def masks(maps: Tensor, choice: Choice, size: tuple[int, int]) -> Tensor:
    """The masks (N, H, W) of the chosen head of maps (N, K, h, w)."""
    return in_pixels(fewest_places(maps[:, choice.head], choice.mass), size)


def fewest_places(maps: Tensor, mass: float) -> Tensor:
    """The fewest places of maps (..., h, w) that hold at least `mass` of their sum; bool."""
    largest, order = maps.flatten(-2).double().sort(-1, descending=True)
    before = largest.cumsum(-1) - largest
    keep = before < mass * largest.sum(-1, keepdim=True)
    return torch.zeros_like(keep).scatter(-1, order, keep).view(maps.shape)


def in_pixels(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """A mask (..., h, w) of places in pixels (..., H, W): each place fills its patch."""
    height, width = mask.shape[-2:]
    if size[0] % height or size[1] % width:
        raise DataError(f"places {height} x {width} do not divide pictures {size[0]} x {size[1]}")
    rows = mask.repeat_interleave(size[0] // height, -2)
    return rows.repeat_interleave(size[1] // width, -1)


def overlap(found: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union of masks (..., H, W), 0 to 1: (...); 1 where both are empty."""
    both, either = (found & truth).sum((-2, -1)), (found | truth).sum((-2, -1))
    return torch.where(either > 0, both / either.clamp_min(1), 1.0)


def share_of_places(truth: Tensor, grid: tuple[int, int]) -> Tensor:
    """How much of each place is foreground, (N, h, w), 0 to 1.

    More than a half: the best mask that places allow. Its mean over pictures: a map that looks at
    no picture, but knows where objects are in general.
    """
    patch = (truth.shape[-2] // grid[0], truth.shape[-1] // grid[1])
    return F.avg_pool2d(truth[:, None].float(), patch)[:, 0]
