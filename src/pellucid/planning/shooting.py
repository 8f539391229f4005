"""Random shooting: the null that each other planner has to beat at equal budget."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.planning.cem import lowest
from pellucid.planning.energy import Energy
from pellucid.planning.noise import default_generator, white
from pellucid.planning.plan import Plan
from pellucid.planning.search import Search
from pellucid.planning.settings import positive
from pellucid.worlds.world import World


@dataclass(frozen=True, kw_only=True)
class RandomShooting:
    """Predictive sampling (Howell et al. 2022): try `samples` plans about the best, keep the best.

    The deviation stays `sigma`, in half-ranges of the space of actions, through all `iterations`;
    nothing is learned but where the best plan lies. One action is held for `hold` steps; at most
    `chunk` states are predicted at a time.
    """

    samples: int = 300
    iterations: int = 1
    sigma: float = 1.0
    hold: int = 1
    chunk: int | None = None

    def __post_init__(self) -> None:
        positive("RandomShooting", samples=self.samples, iterations=self.iterations)
        positive("RandomShooting", sigma=self.sigma, hold=self.hold, chunk=self.chunk)

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
            best = search.start
            deviation = (self.sigma * search.half_range).expand_as(best)
            for _ in range(self.iterations):
                noise = white(self.samples, search.knots, like=best, generator=generator)
                knots = search.candidates(best, deviation, noise)
                best = lowest(knots, search.evaluate(knots), 1)[0][:, 0]
        return search.finish()
