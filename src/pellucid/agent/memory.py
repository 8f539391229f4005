"""Short-term memory: what was perceived, predicted, done and paid, and its recall by likeness.

The critic learns from it, and `recall` tells how familiar a state is and what it cost (LeCun 2022,
section 4.1: memory is read by Match(query, key) and softmax, like a key-value memory network).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pellucid.planning import Avoid


@dataclass(frozen=True, eq=False)
class Moment:
    """One step of B episodes."""

    state: Tensor
    """(B, D), as perceived."""
    goal: Tensor
    """(B, D), the goal's state."""
    action: Tensor
    """(B, A), in the environment's units."""
    foreseen: Tensor | Callable[[], Tensor]
    """What becomes `predicted`, or a way to find it: who reacts has no need to know it."""
    following: Tensor
    """(B, D), the state that came."""
    cost: Tensor
    """(B,), the intrinsic cost of the state that came."""

    @cached_property
    def predicted(self) -> Tensor:
        """(B, D), the state that the action was expected to lead to; found when first asked for."""
        return self.foreseen() if callable(self.foreseen) else self.foreseen

    @property
    def surprise(self) -> Tensor:
        """Squared prediction error, mean over features, (B,)."""
        return (self.predicted - self.following).square().mean(-1)


@dataclass(frozen=True, eq=False)
class Refutations:
    """Predicted states of the present episodes that did not come true."""

    places: Tensor
    """(B, M, D), where the agent expected to be."""
    known: Tensor
    """(B, M), false where there is nothing."""
    radius: Tensor
    """(B,), the length of a usual step in state space."""

    def of(self, where: Tensor) -> Refutations:
        """Those of the episodes where the mask (B,) is true."""
        return Refutations(self.places[where], self.known[where], self.radius[where])

    def energy(self) -> Avoid:
        """What it costs a plan to count on them again."""
        return Avoid(self.places, self.known, self.radius)


class ShortTermMemory:
    """The last `capacity` moments, oldest first. Episodes begin where `begin` was called."""

    def __init__(self, capacity: int = 1000) -> None:
        assert capacity >= 1, "a memory holds at least one moment"
        self.capacity = capacity
        self._moments: list[Moment] = []
        self._begins: list[bool] = []
        self._next_begins = True

    def __len__(self) -> int:
        return len(self._moments)

    def begin(self) -> None:
        """The next moment is the first of a new episode."""
        self._next_begins = True

    def write(self, moment: Moment) -> None:
        """Remember; the oldest moment is forgotten where the memory is full."""
        self._moments.append(moment)
        self._begins.append(self._next_begins)
        self._next_begins = False
        if len(self._moments) > self.capacity:
            del self._moments[0]
            del self._begins[0]
            self._begins[0] = True  # what is left of a cut episode begins here

    def episodes(self) -> list[list[Moment]]:
        """The remembered moments, episode by episode."""
        episodes: list[list[Moment]] = []
        for moment, begins in zip(self._moments, self._begins, strict=True):
            if begins:
                episodes.append([])
            episodes[-1].append(moment)
        return episodes

    def refutations(self, *, most: int = 32) -> Refutations | None:
        """The last `most` predictions of each present episode that the world refuted.

        A prediction is refuted when the body was to make at least half of a usual step and what
        came is nearer to where it was than to where it was to be: something stood in its way. None
        before the first moment of an episode.
        """
        episodes = [] if self._next_begins else self.episodes()
        if not episodes:
            return None
        state, predicted, following = (
            torch.stack([getattr(moment, name) for moment in episodes[-1]])
            for name in ("state", "predicted", "following")
        )
        meant = (predicted - state).norm(dim=-1)
        usual = meant.quantile(0.75, dim=0)
        blocked = (following - predicted).norm(dim=-1) > (following - state).norm(dim=-1)
        refuted = blocked & (meant >= 0.5 * usual)
        # The newest refutations first: a stable sort of true before false, from the end.
        order = refuted.flip(0).to(torch.int8).argsort(dim=0, descending=True, stable=True)[:most]
        index = len(meant) - 1 - order
        places = predicted.gather(0, index[..., None].expand(-1, -1, predicted.shape[-1]))
        known = refuted.gather(0, index)
        return Refutations(places.transpose(0, 1), known.T, usual.clamp_min(1e-6))

    def recall(self, state: Tensor, *, sharpness: float = 4.0) -> tuple[Tensor, Tensor]:
        """What is remembered of states (B, D) by likeness to the remembered ones.

        Returns the expected cost (B,), a softmax-weighted mean over moments, and the familiarity
        (B,) in (0, 1]: exp(-squared distance to the nearest state / D).
        """
        if not self._moments:
            return torch.full_like(state[:, 0], torch.nan), torch.zeros_like(state[:, 0])
        keys = torch.cat([moment.following for moment in self._moments])
        costs = torch.cat([moment.cost for moment in self._moments])
        distance = torch.cdist(state, keys).square() / state.shape[-1]
        weights = (-sharpness * distance).softmax(-1)
        return weights @ costs, torch.exp(-distance.min(-1).values)

    def surprises(self) -> Tensor:
        """The surprise of every remembered moment, (moments, B)."""
        assert self._moments, "nothing is remembered yet"
        return torch.stack([moment.surprise for moment in self._moments])
