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


def coloured(
    samples: int, steps: int, beta: float, *, like: Tensor, generator: torch.Generator
) -> Tensor:
    """Gaussian noise whose power falls with frequency as f^-beta over the steps; unit variance.

    beta 0 is white, 1 pink, 2 red: neighbouring steps agree and a plan goes somewhere. The numbers
    are drawn for each frequency and transformed back (Timmer & Koenig 1995); used for planning by
    Pinneri et al. 2020 (iCEM). Returns (samples, steps, A).
    """
    if steps == 1 or beta == 0:
        return white(samples, steps, like=like, generator=generator)
    frequency = torch.fft.rfftfreq(steps, device=generator.device)
    frequency[0] = frequency[1]  # power at frequency zero would be infinite: cut at the lowest
    scale = frequency ** (-beta / 2)
    size = (samples, like.shape[-1], len(scale))
    real = torch.randn(size, generator=generator, device=generator.device) * scale
    imaginary = torch.randn(size, generator=generator, device=generator.device) * scale
    # The ends of a real signal's spectrum are real: they carry both halves of their power.
    variance = torch.full_like(scale, 4.0)
    ends = [0, -1] if steps % 2 == 0 else [0]
    real[..., ends] *= 2**0.5
    imaginary[..., ends] = 0.0
    variance[ends] = 2.0
    deviation = (variance * scale.square()).sum().sqrt() / steps
    signal = torch.fft.irfft(torch.complex(real, imaginary), n=steps) / deviation
    return signal.transpose(1, 2).to(like)
