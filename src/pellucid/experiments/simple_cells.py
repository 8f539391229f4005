"""Claim: sparse coding of natural pictures finds the receptive fields of simple cells.

Patches of photographs whose spectrum was whitened are coded sparsely; Gabor functions are fitted to
the dictionary that comes of it, and to a random one. Complex cells then pool simple cells whose
energies go together, and are shown gratings that drift, as in physiology.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from pellucid.data.patches import sample_patches, whiten_spectrum
from pellucid.data.photographs import load_photographs
from pellucid.experiments.framework import Settings
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import Measured, exact, mean
from pellucid.learning.complex_cells import ComplexCells
from pellucid.learning.device import set_threads
from pellucid.learning.progress import choose_progress
from pellucid.learning.sparse_coding import SparseCoding
from pellucid.networks.gabor import Gabors, fit_gabors
from pellucid.studio.figures import receptive_fields, style

PHOTOGRAPHS = ("china", "flower")
"""Those that are always at hand, so that the figures do not depend on what is installed."""
SIZE, ATOMS, ALPHA, PATCHES, EPOCHS = 12, 256, 0.6, 100_000, 2
POOLED, PHASES = 6, 32

OCTAVES = Published(
    1.4,
    "De Valois, Albrecht and Thorell 1982, macaque V1, median",
    "full width at half amplitude of responses to gratings; by way of a secondary source",
)
DEGREES = Published(
    40,
    "De Valois, Yund and Hepler 1982, macaque V1, median",
    "full width at half amplitude; from the abstract",
)


@dataclass(frozen=True)
class Found:
    """What one seed found."""

    coding: SparseCoding
    fits: Gabors
    null: Gabors
    minutes: float
    decibels: float
    active: float
    dead: int
    pooled: float
    """How far the phase of a grating changes what complex cells say, 0 to 1, median."""
    unrelated: float
    """The same for pools of random partners."""


def run(settings: Settings) -> list[Row]:
    """Learn, fit, pool and compare."""
    set_threads(1)
    show = choose_progress()
    pictures = load_photographs()
    flat = [whiten_spectrum(pictures[name].grey) for name in PHOTOGRAPHS]
    found = []
    with show.task("simple cells") as report:
        for seed in range(settings.seeds):
            found.append(_one(flat, seed, settings.quick))
            report((seed + 1) / settings.seeds, {"R2": float(found[-1].fits.r2.median())})
    _draw(found[0], settings)
    return _rows(found)


def _one(flat: list[np.ndarray], seed: int, quick: bool) -> Found:
    size, atoms, count = (8, 24, 3000) if quick else (SIZE, ATOMS, PATCHES)
    began = time.process_time()
    patches = sample_patches(flat, size=size, count=count, seed=seed)
    patches -= patches.mean(1, keepdims=True)
    coding = SparseCoding(
        atoms, alpha=ALPHA, epochs=EPOCHS, batch_size=512, tolerance=1e-2, random_state=seed
    ).fit(patches)
    minutes = (time.process_time() - began) / 60
    fits = fit_gabors(torch.from_numpy(coding.components_).reshape(-1, size, size))
    generator = np.random.default_rng(seed)
    noise = fit_gabors(torch.from_numpy(generator.standard_normal((atoms, size, size))))
    new = sample_patches(flat, size=size, count=count // 10, seed=1000 + seed)
    new -= new.mean(1, keepdims=True)
    codes = coding.transform(new)
    lost = np.square(new - coding.inverse_transform(codes)).sum() / np.square(new).sum()
    pooled, unrelated = _modulations(coding, fits, new, generator)
    return Found(
        coding=coding,
        fits=fits,
        null=noise,
        minutes=minutes,
        decibels=-10 * math.log10(lost),
        active=float((codes != 0).mean()),
        dead=int((~(codes != 0).any(0)).sum()),
        pooled=pooled,
        unrelated=unrelated,
    )


def _modulations(
    coding: SparseCoding, fits: Gabors, patches: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """How gratings that drift modulate complex cells, and pools of random partners: medians.

    Each cell sees the grating that its first simple cell's fit prefers, at all phases; its
    modulation is (most - least) / (most + least), which is 1 for any simple cell.
    """
    filters = coding.components_ / np.linalg.norm(coding.components_, axis=1, keepdims=True)
    cells = ComplexCells(POOLED).fit(patches @ filters.T)
    drifting = _gratings(fits, int(math.sqrt(filters.shape[1])))  # (A, phases, F)
    responses = drifting @ filters.T  # (A, phases, A)
    each = np.arange(len(filters))
    random = np.stack(
        [np.append(a, generator.choice(np.delete(each, a), POOLED - 1, False)) for a in each]
    )
    one, two = (_modulation(responses, pools) for pools in (cells.pools_, random))
    return one, two


def _modulation(responses: np.ndarray, pools: np.ndarray) -> float:
    each = np.arange(len(pools))[:, None]
    energy = np.square(responses[each, :, pools]).sum(1)  # (A, phases)
    pooled = np.sqrt(energy)
    most, least = pooled.max(1), pooled.min(1)
    return float(np.median((most - least) / (most + least)))


def _gratings(fits: Gabors, size: int) -> np.ndarray:
    """The preferred grating of each fit, at all phases, (A, phases, size * size)."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    runs = np.deg2rad(fits.orientation.numpy() - 90)[:, None, None]
    along = x * np.cos(runs) - y * np.sin(runs)  # rows go down, angles are counted upwards
    angle = 2 * np.pi * fits.frequency.numpy()[:, None, None] * along
    phases = 2 * np.pi * np.arange(PHASES) / PHASES
    return np.cos(angle[:, None] + phases[:, None, None]).reshape(len(angle), PHASES, -1)


def _draw(found: Found, settings: Settings) -> None:
    size = int(math.sqrt(found.coding.components_.shape[1]))
    fits = found.fits
    cells = receptive_fields.ReceptiveFields(
        fields=found.coding.components_.reshape(-1, size, size),
        fits=fits.draw(size, size).numpy(),
        r2=fits.r2.numpy(),
        null_r2=found.null.r2.numpy(),
        frequency=fits.frequency.numpy(),
        orientation=fits.orientation.numpy(),
        octaves=fits.octaves.numpy(),
        degrees=fits.degrees.numpy(),
        cycles_across=fits.cycles_across.numpy(),
        cycles_along=fits.cycles_along.numpy(),
        physiology_octaves=OCTAVES.value,
        physiology_degrees=DEGREES.value,
    )
    style.save(receptive_fields.draw(cells), settings.output / "figures", "receptive-fields")


def _rows(found: list[Found]) -> list[Row]:
    def over(value: Callable[[Found], float]) -> Measured:
        return mean([value(f) for f in found])

    def median(name: str) -> Measured:
        return over(lambda f: float(_well(f, name).median()))

    random = over(lambda f: float(f.null.r2.median())).value
    first = found[0]
    learned = f"{len(first.coding.components_)} atoms of {first.coding.n_features_in_} pixels"
    return [
        Row(
            "R2 of the Gabor fit, median over atoms",
            over(lambda f: float(f.fits.r2.median())),
            null=Null("random atoms", random),
            bar=Bar("at least", 0.7),
            note=f"{learned}, two photographs",
        ),
        Row(
            "share of atoms above R2 0.8",
            over(lambda f: _share_above(f.fits)),
            null=Null("random atoms", over(lambda f: _share_above(f.null)).value),
            bar=Bar("at least", 0.6),
        ),
        Row(
            "CPU minutes to learn them, most of all seeds",
            exact(max(f.minutes for f in found), len(found)),
            bar=Bar("at most", 3.0),
            note="one core",
        ),
        Row(
            "what codes keep of new patches, dB",
            over(lambda f: f.decibels),
            note=f"{100 * over(lambda f: f.active).value:.1f} % of atoms active; "
            f"{sum(f.dead for f in found)} never used",
        ),
        Row("bandwidth of frequency, octaves, median", median("octaves"), published=(OCTAVES,)),
        Row("bandwidth of orientation, degrees, median", median("degrees"), published=(DEGREES,)),
        Row("envelope across the stripes, periods, median", median("cycles_across")),
        Row("envelope along the stripes, periods, median", median("cycles_along")),
        Row(
            "modulation of complex cells by a grating's phase, median",
            over(lambda f: f.pooled),
            null=Null("random partners", over(lambda f: f.unrelated).value),
            note=f"simple cells: 1; {POOLED} in a pool, found by the correlation of energies",
        ),
    ]


def _share_above(fits: Gabors) -> float:
    return float((fits.r2 > 0.8).double().mean())


def _well(found: Found, name: str) -> torch.Tensor:
    """A quantity of the atoms that a Gabor function describes."""
    return getattr(found.fits, name)[found.fits.r2 >= receptive_fields.WELL]
