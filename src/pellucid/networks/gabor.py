"""Gabor functions fitted to receptive fields: where, how wide, how oriented, how fine.

    fits = fit_gabors(fields)             # (A, H, W)
    fits.r2                               # (A,) the share of each field's variance that it explains

    g(x, y) = exp(-x'^2 / 2 sx^2 - y'^2 / 2 sy^2) (a cos(2 pi f x') + b sin(2 pi f x'))

with x' along the grating and y' along its stripes, both from the centre: the description of simple
cells by Jones and Palmer (1987) and Ringach (2002). All fields are fitted at once, each from
several starts, by Levenberg and Marquardt's method.

Shape suffixes: A fields, S starts, P pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.errors import DataError

STEPS = 60
"""Of Levenberg and Marquardt; fits of learned fields stand still after about thirty."""
PEAKS = 3
"""Frequencies to begin from: the strongest ones of the spectrum."""
WIDTHS = (0.12, 0.25)
"""Envelopes to begin from, as shares of the field's side."""
HALF_AMPLITUDE = math.sqrt(2 * math.log(2))
"""Where a Gaussian of deviation 1 has fallen to one half."""


@dataclass(frozen=True)
class Gabors:
    """The best Gabor function for each of A fields; lengths in pixels, from the field's middle."""

    x: Tensor
    y: Tensor
    across: Tensor
    """sx, the envelope's deviation across the stripes."""
    along: Tensor
    """sy, along the stripes."""
    frequency: Tensor
    """Cycles a pixel."""
    orientation: Tensor
    """Of the stripes, degrees from 0 to below 180; 0: horizontal, 90: vertical."""
    phase: Tensor
    """Degrees from -180 to 180; 0 and 180: even, 90 and -90: odd."""
    amplitude: Tensor
    r2: Tensor
    """The share of the field's variance that is explained."""

    @property
    def cycles_across(self) -> Tensor:
        """Ringach's n_x: the envelope's deviation across the stripes, in periods."""
        return self.across * self.frequency

    @property
    def cycles_along(self) -> Tensor:
        """Ringach's n_y: the envelope's deviation along the stripes, in periods."""
        return self.along * self.frequency

    @property
    def octaves(self) -> Tensor:
        """The bandwidth at half amplitude in octaves; infinite for those that pass frequency 0."""
        half = HALF_AMPLITUDE / (2 * math.pi * self.across)
        low, high = self.frequency - half, self.frequency + half
        return torch.where(low > 0, (high / low.clamp_min(1e-12)).log2(), math.inf)

    @property
    def degrees(self) -> Tensor:
        """The bandwidth of orientations: full width at half amplitude, degrees."""
        half = HALF_AMPLITUDE / (2 * math.pi * self.along)
        return torch.rad2deg(2 * torch.atan2(half, self.frequency))

    def draw(self, height: int, width: int) -> Tensor:
        """The functions (A, height, width)."""
        phase = torch.deg2rad(self.phase)
        # Stripes stand at right angles to the direction in which the grating runs.
        runs = torch.deg2rad(self.orientation - 90)
        parameters = torch.stack(
            [
                self.x,
                self.y,
                self.across.log(),
                self.along.log(),
                runs,
                self.frequency,
                self.amplitude * phase.cos(),
                -self.amplitude * phase.sin(),
            ],
            dim=-1,
        )
        grid = _grid(height, width).to(self.x)
        return _gabor(parameters, grid)[0].unflatten(-1, (height, width))


def fit_gabors(fields: Tensor) -> Gabors:
    """The Gabor functions that come nearest to fields (A, H, W), in float64.

    DataError for fields that are not finite, do not vary, or are smaller than 4 x 4.
    """
    if fields.ndim != 3 or min(fields.shape[1:]) < 4:
        raise DataError(f"fields {tuple(fields.shape)}: give (A, H, W) of 4 x 4 pixels at least")
    _, height, width = fields.shape
    target = fields.detach().double().flatten(1)
    if not torch.isfinite(target).all():
        raise DataError("fields hold numbers that are not finite: leave those fields out")
    scale = target.norm(dim=1, keepdim=True)
    variance = (target - target.mean(1, keepdim=True)).square().sum(1)
    if not (variance > 1e-12 * scale.squeeze(1).square()).all():
        raise DataError("a field that does not vary has no shape: leave it out")
    target = target / scale
    grid = _grid(height, width).to(target)
    starts = _starts(target.unflatten(1, (height, width)), grid)
    found, error = _levenberg_marquardt(starts, target, grid, height, width)
    best = error.argmin(1)
    each = torch.arange(len(target), device=target.device)
    parameters, error = found[each, best], error[each, best]
    return _named(parameters, scale.squeeze(1), 1 - error * scale.squeeze(1).square() / variance)


def _grid(height: int, width: int) -> Tensor:
    """X and y of all pixels from the middle, (2, P); y points up."""
    y = (height - 1) / 2 - torch.arange(height, dtype=torch.float64)
    x = torch.arange(width, dtype=torch.float64) - (width - 1) / 2
    return torch.stack([x.repeat(height), y.repeat_interleave(width)])


def _gabor(parameters: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
    """Values (..., P) at parameters (..., 8), and their derivatives (..., P, 8).

    The parameters: x, y, log sx, log sy, direction, frequency, a, b.
    """
    x0, y0, log_sx, log_sy, direction, f, a, b = (p.unsqueeze(-1) for p in parameters.unbind(-1))
    cos, sin = direction.cos(), direction.sin()
    dx, dy = grid[0] - x0, grid[1] - y0
    across, along = dx * cos + dy * sin, dy * cos - dx * sin
    wide, long = (-2 * log_sx).exp(), (-2 * log_sy).exp()  # 1 / s^2
    envelope = (-0.5 * (across.square() * wide + along.square() * long)).exp()
    angle = 2 * math.pi * f * across
    even, odd = envelope * angle.cos(), envelope * angle.sin()
    value = a * even + b * odd
    turning = 2 * math.pi * (b * even - a * odd)  # d value / d (f x')
    by_across = -across * wide * value + f * turning
    by_along = -along * long * value
    derivatives = torch.stack(
        [
            -by_across * cos + by_along * sin,
            -by_across * sin - by_along * cos,
            across.square() * wide * value,
            along.square() * long * value,
            by_across * along - by_along * across,
            turning * across,
            even,
            odd,
        ],
        dim=-1,
    )
    return value, derivatives


def _starts(fields: Tensor, grid: Tensor) -> Tensor:
    """Where to begin, (A, S, 8): strongest frequencies, centre of power, some envelopes."""
    count, height, width = fields.shape
    power = fields.flatten(1).square()
    power = power / power.sum(1, keepdim=True)
    centre = power @ grid.T  # (A, 2)
    size = 4 * max(height, width)
    spectrum = torch.fft.fft2(fields, s=(size, size)).abs()
    along_y, along_x = torch.meshgrid(*2 * [torch.fft.fftfreq(size)], indexing="ij")
    half = (along_y > 0) | ((along_y == 0) & (along_x > 0))
    peaks = spectrum * half.to(spectrum)
    around = torch.nn.functional.max_pool2d(peaks.unsqueeze(1), 3, 1, 1).squeeze(1)
    peaks = torch.where(peaks == around, peaks, 0.0).flatten(1)
    chosen = peaks.topk(PEAKS, dim=1).indices  # (A, PEAKS)
    fx = along_x.flatten().to(fields)[chosen]
    fy = -along_y.flatten().to(fields)[chosen]  # rows go down, y goes up
    side = float(min(height, width))
    starts = []
    for width_x in WIDTHS:
        for width_y in WIDTHS:
            shape = fields.new_tensor([width_x * side, width_y * side]).log()
            starts.append(
                torch.cat(
                    [
                        centre.unsqueeze(1).expand(-1, PEAKS, -1),
                        shape.expand(count, PEAKS, -1),
                        torch.atan2(fy, fx).unsqueeze(-1),
                        torch.hypot(fx, fy).unsqueeze(-1),
                        fields.new_zeros(count, PEAKS, 2),
                    ],
                    dim=-1,
                )
            )
    parameters = torch.cat(starts, dim=1)
    # The two linear parameters follow from the others.
    basis = _gabor(parameters, grid)[1][..., 6:]
    gram = basis.mT @ basis + 1e-9 * torch.eye(2).to(basis)
    linear = torch.linalg.solve(gram, basis.mT @ fields.flatten(1)[:, None, :, None])
    parameters[..., 6:] = linear.squeeze(-1)
    return parameters


def _levenberg_marquardt(
    parameters: Tensor, target: Tensor, grid: Tensor, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """Better parameters (A, S, 8) and their squared errors (A, S)."""
    target = target.unsqueeze(1)
    damping = torch.full_like(parameters[..., :1], 1e-2)
    value, derivatives = _gabor(parameters, grid)
    residual = target - value
    error = residual.square().sum(-1)
    for _ in range(STEPS):
        normal = derivatives.mT @ derivatives
        pull = (derivatives.mT @ residual.unsqueeze(-1)).squeeze(-1)
        diagonal = normal.diagonal(dim1=-2, dim2=-1)
        damped = normal + torch.diag_embed(damping * diagonal + 1e-9)
        proposed = _within(parameters + torch.linalg.solve(damped, pull), height, width)
        value, changed = _gabor(proposed, grid)
        difference = target - value
        squared = difference.square().sum(-1)
        better = squared < error
        parameters = torch.where(better[..., None], proposed, parameters)
        residual = torch.where(better[..., None], difference, residual)
        derivatives = torch.where(better[..., None, None], changed, derivatives)
        error = torch.where(better, squared, error)
        damping = torch.where(better[..., None], damping / 3, damping * 4).clamp(1e-9, 1e9)
    return parameters, error


def _within(parameters: Tensor, height: int, width: int) -> Tensor:
    """Centres within the field and half its side around it, envelopes of 0.4 pixels to two sides,
    frequencies up to Nyquist's.
    """
    x, y, log_sx, log_sy, direction, f, a, b = parameters.unbind(-1)
    widest = math.log(2 * max(height, width))
    return torch.stack(
        [
            x.clamp(-width, width),
            y.clamp(-height, height),
            log_sx.clamp(math.log(0.4), widest),
            log_sy.clamp(math.log(0.4), widest),
            direction,
            f.clamp(0, 0.5),
            a,
            b,
        ],
        dim=-1,
    )


def _named(parameters: Tensor, scale: Tensor, r2: Tensor) -> Gabors:
    x, y, log_sx, log_sy, direction, f, a, b = parameters.unbind(-1)
    # A direction and its opposite are one grating, with the phase turned round: keep the stripes
    # between 0 and 180 degrees.
    stripes = torch.rad2deg(direction) + 90
    turned = torch.div(stripes, 180, rounding_mode="floor")
    odd = torch.where(turned % 2 == 0, b, -b)
    return Gabors(
        x=x,
        y=y,
        across=log_sx.exp(),
        along=log_sy.exp(),
        frequency=f,
        orientation=stripes - 180 * turned,
        phase=torch.rad2deg(torch.atan2(-odd, a)),
        amplitude=torch.hypot(a, b) * scale,
        r2=r2,
    )
