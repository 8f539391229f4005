"""The improved cross-entropy method: noise that goes somewhere, and elites that are kept."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.planning.cem import lowest, refit
from pellucid.planning.energy import Energy
from pellucid.planning.noise import colour_of, coloured, default_generator
from pellucid.planning.plan import Plan
from pellucid.planning.search import Search
from pellucid.planning.settings import elites_fit, fraction, positive
from pellucid.worlds.world import World


@dataclass(frozen=True, kw_only=True)
class ICEM:
    """Sample-efficient cross-entropy method (Pinneri et al. 2020, iCEM).

    CEM (see there for the settings of the same name) with four changes. The noise is coloured over
    the steps, its power falling as f^-beta. The population shrinks from `samples` by `decay` each
    round, to twice the elites at least. A fraction `keep` of the elites goes on to the next round;
    their energies are known, so that they cost no prediction. And the plan brings its elites along
    (`Plan.elites`), so that the next decision can start from all of them, shifted.
    """

    samples: int = 300
    iterations: int = 10
    elites: int = 30
    sigma: float = 1.0
    beta: float = 2.0
    decay: float = 1.25
    keep: float = 0.3
    momentum: float = 0.1
    floor: float = 0.0
    hold: int = 1
    chunk: int | None = None

    def __post_init__(self) -> None:
        positive("ICEM", iterations=self.iterations, sigma=self.sigma, decay=self.decay)
        positive("ICEM", hold=self.hold, chunk=self.chunk)
        fraction("ICEM", momentum=self.momentum, floor=self.floor, keep=self.keep)
        elites_fit("ICEM", self.elites, self.samples)

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
            colour = colour_of(search.knots, self.beta, like=mean)
            kept = int(self.keep * self.elites)
            elites, elite_energies = mean[:, None][:, :0], mean.new_empty(len(mean), 0)
            for count in self.populations():
                fresh = count - min(kept, elites.shape[1])
                noise = coloured(fresh, colour, like=mean, generator=generator)
                knots = search.candidates(mean, deviation, noise)
                energies = torch.cat([search.evaluate(knots), elite_energies[:, :kept]], dim=1)
                knots = torch.cat([knots, elites[:, :kept]], dim=1)
                elites, elite_energies = lowest(knots, energies, self.elites)
                mean, deviation = refit(elites, mean, deviation, momentum=self.momentum)
                deviation = torch.maximum(deviation, floor)
        return search.finish(mean, elites=elites[:, :kept])

    def populations(self) -> list[int]:
        """How many candidates each round has, those kept from the round before among them."""
        least = min(2 * self.elites, self.samples)
        return [max(round(self.samples / self.decay**i), least) for i in range(self.iterations)]
