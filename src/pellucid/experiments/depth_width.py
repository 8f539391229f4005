"""Claim: a wide, flat network is a narrow, deep one, exactly; the converse may need 2^depth units.

Rewriting is checked in fractions, where equal means equal. What gradient descent finds is another
question: networks of as many units in one layer or in many learn the same functions.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from pellucid.experiments.once import once
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.device import set_threads
from pellucid.learning.progress import choose_progress
from pellucid.reasoning.exact_network import Affine, ExactNetwork
from pellucid.reasoning.narrow import narrow
from pellucid.reasoning.sawtooth import pieces, sawtooth, shallow
from pellucid.studio.figures import depth_width as figure
from pellucid.studio.figures import style

SIZES = ((1, 8), (3, 20), (5, 60))
"""Inputs and hidden units of the networks that are made narrow."""
BOX = 10
POINTS = {"quick": 100, "short": 10_000}
TEETH = {"quick": 5, "short": 10}

UNITS = 24
SHAPES = (1, 2, 3, 4, 6, 8)
"""Hidden layers among which the units are shared out equally."""
TIMES = 4
"""Networks a seed: they are small, and what descent finds varies much."""
STEPS = {"quick": 60, "short": 4000}

VARDI = "Vardi, Yehudai and Shamir 2022 (arXiv 2202.03841)"
TELGARSKY = "Telgarsky 2015 (arXiv 1509.08101)"


@dataclass(frozen=True)
class Comparison:
    """A wide network and its narrow forms at random rational points."""

    on_box: int
    """Points where the form for the box differs from the wide network."""
    everywhere: int
    """The same for the other form, at points a thousand times as far."""
    outside: int
    """Far points where the form for the box differs: what it does not promise."""
    changed: int
    """Points where the narrow form differs from the wide network with one weight changed."""
    widths: tuple[int, int]
    """Of both forms."""
    depths: tuple[int, int]
    weights: tuple[float, float]
    """Their non-zero weights over those of the wide network."""


def run(settings: Settings) -> list[Row]:
    """Rewrite, count, and train."""
    size = "quick" if settings.quick else "short"
    set_threads(1)
    show = choose_progress()
    with show.task("made narrow") as report:
        compared = []
        for k, (d, n) in enumerate(SIZES):
            compared.append(compare(d, n, POINTS[size], seed=k))
            report((k + 1) / len(SIZES), {})
    counted = {2 * depth: count(depth) for depth in range(1, TEETH[size] + 1)}
    errors = {
        name: {
            depth: trained(settings.output, name, depth, TIMES * settings.seeds, STEPS[size])
            for depth in SHAPES
        }
        for name in TARGETS
    }
    _draw(settings.output, counted, errors)
    rows = [row for k, found in enumerate(compared) for row in _narrow_rows(k, found, POINTS[size])]
    return [*rows, *_teeth_rows(counted), *_trained_rows(errors)]


def compare(inputs: int, units: int, points: int, *, seed: int) -> Comparison:
    """A random network of float32 weights, at random fractions."""
    draw, torch_seed = random.Random(seed), torch.Generator().manual_seed(seed)
    module = nn.Sequential(nn.Linear(inputs, units), nn.ReLU(), nn.Linear(units, 1))
    with torch.no_grad():
        for weights in module.parameters():
            weights.copy_(torch.randn(weights.shape, generator=torch_seed))
    wide = ExactNetwork.of(module)
    box, everywhere = narrow(wide, box=BOX), narrow(wide)
    near = [[_fraction(draw, BOX) for _ in range(inputs)] for _ in range(points)]
    far = [[1000 * x for x in point] for point in near]
    at_near, at_far = wide(near), wide(far)
    with torch.no_grad():
        last = list(module.parameters())[2]
        last[0, 0] += torch.finfo(torch.float32).eps
    return Comparison(
        on_box=_different(box(near), at_near),
        everywhere=_different(everywhere(near + far), at_near + at_far),
        outside=_different(box(far), at_far),
        changed=_different(box(near), ExactNetwork.of(module)(near)),
        widths=(max(box.widths), max(everywhere.widths)),
        depths=(len(box.widths), len(everywhere.widths)),
        weights=(box.nonzero / wide.nonzero, everywhere.nonzero / wide.nonzero),
    )


def _fraction(draw: random.Random, size: int) -> Fraction:
    """A random fraction from -size to size, of a random denominator up to 1000."""
    below = draw.randint(1, 1000)
    return Fraction(draw.randint(-size * below, size * below), below)


def _different(one: Sequence[object], two: Sequence[object]) -> int:
    return sum(a != b for a, b in zip(one, two, strict=True))


def count(depth: int) -> tuple[int, int]:
    """Pieces of the sawtooth, and whether one hidden layer of as many units is equal to it."""
    deep = sawtooth(depth)
    found = pieces(deep, 0, 1)
    wide = shallow(deep, 0, 1)
    same = pieces(wide, 0, 1) == found and wide.widths == (len(found),)
    return len(found), int(same)


def _teeth(x: Tensor) -> Tensor:
    """Four teeth: what three layers of two units are."""
    for _ in range(3):
        x = 1 - (2 * x - 1).abs()
    return x


def _wave(x: Tensor) -> Tensor:
    """A smooth function: three swings that grow."""
    return x * torch.sin(6 * torch.pi * x)


TARGETS = {"sawtooth of 8 pieces": _teeth, "smooth wave": _wave}


@dataclass(frozen=True)
class Errors:
    """The error of each seed, in percent of the best constant's."""

    percent: tuple[float, ...]


def trained(output: Path, target: str, depth: int, seeds: int, steps: int) -> Errors:
    """Networks of `UNITS` units in `depth` layers; or what was measured before."""
    name = f"trained-{target}-{depth}".replace(" ", "-")
    return once(output / name, Errors, lambda: _trained(target, depth, seeds, steps))


def _trained(target: str, depth: int, seeds: int, steps: int) -> Errors:
    """All seeds side by side, on 512 points of [0, 1]; the error is on points between them."""
    draw = torch.Generator().manual_seed(1000 * depth)
    layers = _layers(depth, seeds, draw)
    x = (torch.arange(512) + 0.5)[:, None] / 512
    y = TARGETS[target](x)
    optimiser = torch.optim.Adam([w for layer in layers for w in layer], lr=5e-3)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        (_outputs(layers, x) - y).square().mean((1, 2)).sum().backward()
        optimiser.step()
        fall.step()
    between = torch.arange(1, 512)[:, None] / 512
    true = TARGETS[target](between)
    with torch.no_grad():
        missed = (_outputs(layers, between) - true).square().mean((1, 2)).sqrt()
    return Errors(tuple((100 * missed / true.std(correction=0)).tolist()))


Layer = tuple[nn.Parameter, nn.Parameter]


def _layers(depth: int, seeds: int, draw: torch.Generator) -> list[Layer]:
    """Weights (S, in, out) and biases (S, 1, out), as PyTorch begins (He et al. 2015 for ReLU)."""
    widths = [1, *[UNITS // depth] * depth, 1]
    layers = []
    for rows, columns in pairwise(widths):
        weight = torch.randn(seeds, rows, columns, generator=draw) * (2 / rows) ** 0.5
        bias = torch.randn(seeds, 1, columns, generator=draw) * 0.5
        layers.append((nn.Parameter(weight), nn.Parameter(bias)))
    return layers


def _outputs(layers: Sequence[Layer], x: Tensor) -> Tensor:
    """(S, B, 1)."""
    state = (2 * x - 1).expand(layers[0][0].shape[0], -1, -1)
    for k, (weight, bias) in enumerate(layers):
        state = torch.baddbmm(bias, torch.relu(state) if k else state, weight)
    return state


def _narrow_rows(k: int, found: Comparison, points: int) -> list[Row]:
    d, n = SIZES[k]
    null = Null("one weight changed by 2^-23", found.changed)
    of = f"{n} units of {d} input{'s' * (d > 1)}"
    return [
        Row(
            f"{of} made narrow on a box: points that differ",
            exact(found.on_box, points),
            null=null,
            bar=Bar("at most", 0),
            note=f"width {found.widths[0]} (d + 3 at most), depth {found.depths[0]}, "
            f"{found.weights[0]:.2f} times the non-zero weights; of {points:,} points outside of "
            f"the box, where nothing is promised, {found.outside:,} differ",
        ),
        Row(
            f"{of} made narrow on all of R^{d}: points that differ",
            exact(found.everywhere, 2 * points),
            bar=Bar("at most", 0),
            note=f"width {found.widths[1]} (2 d + 3 at most), depth {found.depths[1]}, "
            f"{found.weights[1]:.2f} times the non-zero weights",
        ),
        Row(
            f"{of}: width on the box",
            exact(found.widths[0]),
            bar=Bar("at most", d + 3),
            published=(
                Published(
                    d + 2,
                    VARDI,
                    "their narrowest approximation, of polynomially more parameters; abstract",
                ),
            ),
            null=Null("the wide network", n),
        ),
    ]


def _teeth_rows(counted: dict[int, tuple[int, int]]) -> list[Row]:
    wrong = sum(count != 2 ** (units // 2) for units, (count, _) in counted.items())
    units, (most, _) = max(counted.items())
    return [
        Row(
            f"sawtooths of 1 to {units // 2} layers whose pieces are not 2^layers",
            exact(wrong, len(counted)),
            bar=Bar("at most", 0),
        ),
        Row(
            f"pieces of {units // 2} layers of 2 units",
            exact(most),
            published=(Published(2 ** (units // 2), TELGARSKY, "composed tent maps, on [0, 1]"),),
            null=Null(f"at most, by one layer of {units} units", units + 1),
            bar=Bar("at least", 2 ** (units // 2)),
        ),
        Row(
            "sawtooths that one layer of a unit a piece does not equal",
            exact(sum(not same for _, same in counted.values()), len(counted)),
            bar=Bar("at most", 0),
        ),
    ]


def _trained_rows(errors: dict[str, dict[int, Errors]]) -> list[Row]:
    return [
        Row(
            f"error on a {name}, {depth} x {UNITS // depth} units",
            mean(found.percent),
            unit="%",
            null=Null("the best constant", 100.0),
            note=f"{UNITS} hidden units each, trained by Adam; the root mean square",
        )
        for name, by_depth in errors.items()
        for depth, found in by_depth.items()
    ]


def _draw(
    output: Path, counted: dict[int, tuple[int, int]], errors: dict[str, dict[int, Errors]]
) -> None:
    weights: dict[str, dict[int, float]] = {
        "on a box: width d + 3": {},
        "on R^d: width 2 d + 3": {},
    }
    for n in (5, 10, 20, 40, 60):
        ones = ExactNetwork((Affine.of([[1] * 5] * n, [1] * n), Affine.of([[1] * n], [1])))
        for name, box in zip(weights, (BOX, None), strict=True):
            weights[name][n] = narrow(ones, box=box).nonzero / ones.nonzero
    found = figure.DepthWidth(
        teeth={units: count for units, (count, _) in counted.items()},
        weights=weights,
        errors={
            name: {depth: e.percent for depth, e in by_depth.items()}
            for name, by_depth in errors.items()
        },
        units=UNITS,
    )
    style.save(figure.draw(found), output / "figures", "depth-width")
