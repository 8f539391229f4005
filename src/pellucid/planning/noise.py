"""The noise that sampling planners try: white, or coloured over the steps of a plan."""

from __future__ import annotations

import torch
from torch import Tensor


def default_generator(generator: torch.Generator | None) -> torch.Generator:
    """The given generator, else a new one of seed 0: never the global one."""
    return torch.Generator().manual_seed(0) if generator is None else generator


def white(samples: int, steps: int, *, like: Tensor, generator: torch.Generator) -> Tensor:
    """Independent standard normal numbers (samples, steps, A), with A and type from `like`."""
    size = (samples, steps, like.shape[-1])
    return torch.randn(size, generator=generator, device=generator.device).to(like)


def coloured(samples: int, colour: Tensor, *, like: Tensor, generator: torch.Generator) -> Tensor:
    """Gaussian noise (samples, steps, A) mixed over the steps by a `colour` (steps, steps)."""
    steps, A = len(colour), like.shape[-1]
    noise = torch.randn(steps, samples * A, generator=generator, device=generator.device).to(like)
    return (colour @ noise).unflatten(1, (samples, A)).transpose(0, 1)


def colour_of(steps: int, beta: float, *, like: Tensor) -> Tensor:
    """The matrix (steps, steps) that makes noise of power f^-beta, of unit variance, from white.

    beta 0 is white, 1 pink, 2 red: neighbouring steps agree and a plan goes somewhere. Power-law
    noise is a sum of waves with random amplitudes (Timmer & Koenig 1995; used for planning by
    Pinneri et al. 2020, iCEM); the columns are those waves, one cosine and one sine for each
    frequency. It is the inverse Fourier transform written out: plans are short, and one product
    a round is faster.
    """
    frequency = torch.fft.rfftfreq(steps, dtype=torch.float64)
    angle = 2 * torch.pi * torch.arange(steps, dtype=torch.float64)[:, None] * frequency
    # Power at frequency zero would be infinite: cut at the lowest above it.
    amplitude = frequency.clamp_min(1 / steps) ** (-beta / 2)
    # The first wave, and the last of an even number of steps, have no sine beside the cosine.
    pairs = slice(1, (steps + 1) // 2)
    amplitude[pairs] *= 2**0.5
    waves = torch.cat([angle.cos() * amplitude, (angle.sin() * amplitude)[:, pairs]], dim=1)
    return (waves / waves.norm(dim=1, keepdim=True)).to(like)
