"""Patches of pictures, and pictures whose spectrum is flat.

    flat = [whiten_spectrum(p.grey) for p in load_photographs().values()]
    patches = sample_patches(flat, size=12, count=100_000, seed=0)       # (100000, 144)

Natural pictures have almost all of their power in slow changes of brightness: amplitude falls as
1 / f. What is sparse in them shows once that is taken away (Olshausen and Field 1997).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.errors import ConfigError, DataError


def whiten_spectrum(picture: np.ndarray, *, cutoff: float = 0.8) -> np.ndarray:
    """A picture (H, W) filtered by |f| exp(-(f / f0)^4), with mean 0 and variance 1, float32.

    The ramp undoes the 1 / f of natural pictures; above f0 = `cutoff` x Nyquist, where there is
    mostly noise, it falls off (Olshausen and Field 1997, section 3.1).
    """
    if picture.ndim != 2 or min(picture.shape) < 2:
        raise DataError(f"a picture of shape {picture.shape} has no spectrum: give (H, W)")
    if not 0 < cutoff <= 1:
        raise ConfigError(f"cutoff={cutoff} must be above 0 and at most 1")
    height, width = picture.shape
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    ramp = frequency * np.exp(-((frequency / (0.5 * cutoff)) ** 4))
    flat = np.fft.irfft2(np.fft.rfft2(picture) * ramp, s=picture.shape)
    deviation = flat.std()
    if not deviation > 0:
        raise DataError("a picture of one brightness has no spectrum to whiten: leave it out")
    return (flat / deviation).astype(np.float32)


def sample_patches(
    pictures: Sequence[np.ndarray], *, size: int, count: int, seed: int = 0
) -> np.ndarray:
    """`count` square patches of `size` pixels, (count, size * size * C), in the pictures' type.

    Each place of each picture (H, W) or (H, W, C) is as likely as any other, so that a picture
    counts by its area. Colours, where there are any, come first: a row is a patch (C, size, size).
    """
    if size < 1 or count < 1:
        raise ConfigError(f"size={size} and count={count} of patches must be at least 1")
    places = np.array(
        [max(0, h - size + 1) * max(0, w - size + 1) for h, w, *_ in _shapes(pictures)]
    )
    if not places.sum():
        raise DataError(f"no picture is as large as a patch of {size} x {size} pixels")
    generator = np.random.default_rng(seed)
    of = generator.choice(len(pictures), count, p=places / places.sum())
    rows = []
    for number, picture in enumerate(pictures):
        own = int((of == number).sum())
        if not own:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(picture, (size, size), axis=(0, 1))
        top = generator.integers(0, windows.shape[0], own)
        left = generator.integers(0, windows.shape[1], own)
        rows.append(windows[top, left].reshape(own, -1))
    patches = np.concatenate(rows)
    return patches[generator.permutation(count)]


def _shapes(pictures: Sequence[np.ndarray]) -> list[tuple[int, ...]]:
    shapes = [picture.shape for picture in pictures]
    colours = {shape[2:] for shape in shapes}
    if not shapes or any(len(shape) not in (2, 3) for shape in shapes) or len(colours) > 1:
        raise DataError(f"pictures of shapes {shapes}: give (H, W) or (H, W, C), all of one kind")
    return shapes
