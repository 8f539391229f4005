"""Model-predictive path integral control: the mean of all samples, each by how good it is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.planning.cem import lowest
from pellucid.planning.energy import Energy
from pellucid.planning.noise import default_generator, white
from pellucid.planning.plan import Plan
from pellucid.planning.search import Search
from pellucid.planning.settings import elites_fit, fraction, positive
from pellucid.worlds.world import World


@dataclass(frozen=True, kw_only=True)
class MPPI:
    """Path integral control (Williams et al. 2017), repeated.

    Each of `iterations` rounds draws `samples` plans and moves the mean to their average under the
    weights exp(-(E - min E) / (temperature * spread of E)). The spread is the standard deviation of
    the energies in that round, so that `temperature` has no unit and fits any energy. With `elites`
    only so many of the lowest count. With `adapt` the deviation follows the weighted samples too
    (as in TD-MPC2, Hansen et al. 2024), not below `floor`; without it stays at `sigma`. Both are
    in half-ranges of the space of actions. One action is held for `hold` steps; at the end the mean
    is tried alone; at most `chunk` states are predicted at a time.
    """

    samples: int = 300
    iterations: int = 10
    elites: int | None = None
    temperature: float = 0.2
    sigma: float = 1.0
    adapt: bool = True
    floor: float = 0.0
    hold: int = 1
    chunk: int | None = None

    def __post_init__(self) -> None:
        positive("MPPI", samples=self.samples, iterations=self.iterations, hold=self.hold)
        positive("MPPI", temperature=self.temperature, sigma=self.sigma, chunk=self.chunk)
        fraction("MPPI", floor=self.floor)
        if self.elites is not None:
            elites_fit("MPPI", self.elites, self.samples)

    def plan(
        self,
        world: World,
        state: Tensor,
        energy: Energy,
        *,
        horizon: int,
        warm_start: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Plan:
        """Plan `horizon` actions from states (B, D); see `Planner`."""
        search = Search(
            world,
            state,
            energy,
            horizon=horizon,
            hold=self.hold,
            chunk=self.chunk,
            warm_start=warm_start,
        )
        with torch.inference_mode():
            generator = default_generator(generator)
            mean = search.start
            deviation = (self.sigma * search.half_range).expand_as(mean)
            floor = self.floor * search.half_range
            for _ in range(self.iterations):
                noise = white(self.samples, search.knots, like=mean, generator=generator)
                knots = search.candidates(mean, deviation, noise)
                energies = search.evaluate(knots)
                if self.elites is not None:
                    knots, energies = lowest(knots, energies, self.elites)
                weights = path_weights(energies, self.temperature)
                mean = average(weights, knots)
                if self.adapt:
                    variance = average(weights, (knots - mean[:, None]).square())
                    deviation = torch.maximum(variance.sqrt(), floor)
        return search.finish(mean)


def average(weights: Tensor, knots: Tensor) -> Tensor:
    """The weighted mean (B, K, A) of knots (B, S, K, A) under weights (B, S) that sum to one."""
    return (weights.unsqueeze(1) @ knots.flatten(2)).view(len(knots), *knots.shape[2:])


def path_weights(energies: Tensor, temperature: float) -> Tensor:
    """Weights (B, S) that sum to one, from energies (B, S), in units of their own spread.

    Adding a number to all energies or multiplying them by one changes nothing. Failed candidates
    (infinite energy) have no weight, unless all have failed: then all weigh the same.
    """
    spread = energies.std(1, correction=0, keepdim=True)
    if spread.isfinite().all():  # one infinite energy makes it not a number
        scale = (temperature * spread).clamp_min(torch.finfo(energies.dtype).tiny)
        return ((energies.amin(1, keepdim=True) - energies) / scale).softmax(1)
    return _weights_of_some(energies, temperature)


def _weights_of_some(energies: Tensor, temperature: float) -> Tensor:
    """`path_weights` where some energies are infinite."""
    above = energies - energies.amin(1, keepdim=True)  # not a number where all have failed
    failed = ~above.isfinite()
    known = above.masked_fill(failed, torch.nan)
    centred = known - known.nanmean(1, keepdim=True)
    spread = centred.square().nanmean(1, keepdim=True).sqrt()
    tiny = torch.finfo(energies.dtype).tiny
    scores = (above / (-temperature * spread).clamp_max(-tiny)).masked_fill(failed, -torch.inf)
    return scores.softmax(1).nan_to_num(nan=1 / energies.shape[1])
