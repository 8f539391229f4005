"""Perception: from what is seen to the state of the world."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pellucid.worlds.jepa import JEPA


class Perception:
    """Encodes observations, and remembers the last ones where a state needs several.

    Before enough have been seen, the first observation stands for those before it.
    """

    def __init__(self, world: JEPA) -> None:
        self.world = world
        self._seen: list[Tensor] = []

    def begin(self) -> None:
        """Forget what was seen: a new episode begins."""
        self._seen = []

    @torch.no_grad()
    def perceive(self, observation: np.ndarray | Tensor) -> Tensor:
        """The states (B, D) that observations (B, *O) show."""
        frames = self.world.config.frames
        seen = self._as_tensor(observation)
        if frames == 1:
            return self.world.encode(seen)
        self._seen = [*self._seen, seen][-frames:]
        missing = frames - len(self._seen)
        return self.world.encode(torch.stack([self._seen[0]] * missing + self._seen, dim=1))

    @torch.no_grad()
    def imagine_goal(self, observation: np.ndarray | Tensor) -> Tensor:
        """The states (B, D) of goal observations (B, *O): reached, and at rest."""
        seen, frames = self._as_tensor(observation), self.world.config.frames
        if frames == 1:
            return self.world.encode(seen)
        return self.world.encode(torch.stack([seen] * frames, dim=1))

    def _as_tensor(self, observation: np.ndarray | Tensor) -> Tensor:
        return as_tensor(observation).to(self.world.centre.device)


def as_tensor(observation: np.ndarray | Tensor) -> Tensor:
    """A tensor of an observation; read-only arrays (memory-mapped ones) are copied."""
    if isinstance(observation, np.ndarray) and not observation.flags.writeable:
        observation = observation.copy()
    return torch.as_tensor(observation)
