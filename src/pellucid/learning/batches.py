"""Batches of a training set: which rows a step takes, and how pictures are varied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.config import check
from pellucid.learning.distributed import rank, world_size


def epoch_rows(count: int, batch: int, *, step: int, seed: int) -> np.ndarray:
    """The rows (batch,) of training step `step`: every row once an epoch, in a new order each time.

    They depend on (seed, step) alone. An epoch's last rows, too few for a batch, are left out; in a
    group of processes each takes its share.
    """
    batch = min(batch, count)
    steps = count // batch
    epoch, place = divmod(step, steps)
    order = np.random.default_rng((seed, epoch)).permutation(count)
    return order[place * batch : (place + 1) * batch][rank() :: world_size()]


@dataclass(frozen=True)
class Variation:
    """How training pictures are varied (Krizhevsky et al. 2012, section 4.1)."""

    shift: int = 0
    """the greatest shift in pixels, up, down and sideways; borders are mirrored"""
    flip: bool = False
    """whether a picture may be mirrored left to right"""

    def __post_init__(self) -> None:
        check(self.shift >= 0, f"shift={self.shift} must not be negative")

    def apply(self, images_BCHW: Tensor) -> Tensor:
        """Each picture varied on its own, by torch's generator; the same type and shape."""
        x = images_BCHW
        if self.shift:
            x = _shifted(x, self.shift)
        if self.flip:
            mirrored = torch.rand(len(x), device=x.device) < 0.5
            x = torch.where(mirrored[:, None, None, None], x.flip(-1), x)
        return x


def _shifted(x: Tensor, most: int) -> Tensor:
    B, _, H, W = x.shape
    padded = F.pad(x.float(), [most] * 4, mode="reflect").to(x.dtype)
    down = torch.randint(0, 2 * most + 1, (B, 1), device=x.device)
    right = torch.randint(0, 2 * most + 1, (B, 1), device=x.device)
    rows = down + torch.arange(H, device=x.device)
    columns = right + torch.arange(W, device=x.device)
    picture = torch.arange(B, device=x.device)[:, None, None]
    return padded[picture, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


class Pictures:
    """Labelled uint8 pictures as batches of standard scores, channel by channel."""

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        like: Pictures | None = None,
        device: torch.device | None = None,
    ) -> None:
        """Take images (N, H, W) or (N, H, W, C); `like` gives the mean and deviation to use."""
        x = torch.from_numpy(np.ascontiguousarray(images))
        self.images = (x.unsqueeze(-1) if x.dim() == 3 else x).to(device)
        self.labels = torch.from_numpy(np.ascontiguousarray(labels)).to(device)
        if like is None:
            values = self.images[: min(len(x), 10_000)].float()
            self.deviation, self.mean = torch.std_mean(values, dim=(0, 1, 2))
            self.deviation = self.deviation.clamp_min(1e-6)
        else:
            self.deviation, self.mean = like.deviation, like.mean

    def __len__(self) -> int:
        return len(self.images)

    def batch(
        self, rows: np.ndarray | slice, *, variation: Variation | None = None
    ) -> tuple[Tensor, Tensor]:
        """Pictures (B, C, H, W) float, channels-last in memory, and labels (B,)."""
        if isinstance(rows, np.ndarray):
            rows = torch.from_numpy(rows).to(self.images.device)  # type: ignore[assignment]
        x = self.images[rows]
        if variation is not None:
            x = variation.apply(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        x = (x.float() - self.mean) / self.deviation
        return x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last), self.labels[
            rows
        ]
