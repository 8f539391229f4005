"""The cross-entropy method: sample plans, keep the best, sample around them, again."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.planning.energy import Energy
from pellucid.planning.noise import default_generator, white
from pellucid.planning.plan import Plan
from pellucid.planning.search import Search, gather
from pellucid.planning.settings import elites_fit, fraction, positive
from pellucid.worlds.world import World


@dataclass(frozen=True, kw_only=True)
class CEM:
    """Cross-entropy method (Rubinstein 1999) over a diagonal Gaussian of knots.

    Each of `iterations` rounds draws `samples` plans, keeps the `elites` of lowest energy, and
    takes their mean and deviation for the next round. `momentum` keeps a part of the old mean and
    deviation; `sigma` and `floor`, the first and the lowest deviation, are in half-ranges of the
    space of actions. One action is held for `hold` steps. At the end the mean is tried alone.
    At most `chunk` states (of all problems together) are predicted at a time.
    """

    samples: int = 300
    iterations: int = 10
    elites: int = 30
    sigma: float = 1.0
    momentum: float = 0.0
    floor: float = 0.0
    hold: int = 1
    chunk: int | None = None

    def __post_init__(self) -> None:
        positive("CEM", iterations=self.iterations, sigma=self.sigma, hold=self.hold)
        positive("CEM", chunk=self.chunk)
        fraction("CEM", momentum=self.momentum, floor=self.floor)
        elites_fit("CEM", self.elites, self.samples)

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
                elites, _ = lowest(knots, search.evaluate(knots), self.elites)
                mean, deviation = refit(elites, mean, deviation, momentum=self.momentum)
                deviation = torch.maximum(deviation, floor)
        return search.finish(mean)


def lowest(knots: Tensor, energies: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` knots (B, E, K, A) of lowest energy and their energies (B, E), best first."""
    energies, index = energies.topk(count, dim=1, largest=False, sorted=True)
    return gather(knots, index), energies


def refit(
    elites: Tensor, mean: Tensor, deviation: Tensor, *, momentum: float
) -> tuple[Tensor, Tensor]:
    """Mean and deviation (B, K, A) of elites (B, E, K, A), with a part of the old ones kept."""
    new_deviation, new_mean = torch.std_mean(elites, dim=1)
    if momentum:
        return new_mean.lerp(mean, momentum), new_deviation.lerp(deviation, momentum)
    return new_mean, new_deviation
