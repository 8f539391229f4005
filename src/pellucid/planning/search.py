"""What all planners share: candidates are evaluated in bounded memory, and the best are kept."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from pellucid.errors import ConfigError
from pellucid.planning.costs import centre_and_half_range
from pellucid.planning.energy import Energy
from pellucid.planning.plan import Plan, SearchTrace
from pellucid.planning.rollout import rollout, rollout_into
from pellucid.planning.trajectory import Trajectory
from pellucid.worlds.world import World

CPU_CHUNK = 512
"""Rows predicted at a time on a CPU: few enough that activations stay in its cache, even where
other work shares that cache (1024 rows: the same time alone, one and a half beside a training)."""
DEVICE_CHUNK = 1 << 16
"""Rows predicted at a time elsewhere: enough to fill a GPU, few enough for its memory."""


class Round(NamedTuple):
    """What is kept of one round: all energies, and the best of its candidates."""

    energies: Tensor
    """(B, S)"""
    lowest: Tensor
    """(B, 1)"""
    best: Tensor
    """(B, 1, H, A), the actions"""


class Search:
    """One decision in B problems.

        search = Search(world, state, energy, horizon=20, hold=2, warm_start=None)
        energy_BS = search.evaluate(knots_BSKA)         # any number of rounds
        plan = search.finish(mean_BKA)

    Candidates are K = H / hold (rounded up) knots of A numbers, each held for `hold` steps.
    The best candidate of each round is remembered.

    Shapes: B problems, S candidates, K knots, H actions, A numbers an action, D numbers a state.
    """

    def __init__(
        self,
        world: World,
        state: Tensor,
        energy: Energy,
        *,
        horizon: int,
        hold: int = 1,
        chunk: int | None = None,
        warm_start: Tensor | None = None,
    ) -> None:
        _check(world, state, horizon, warm_start)
        self.world, self.state, self.energy = world, state, energy
        self.horizon, self.hold = horizon, hold
        self.knots = math.ceil(horizon / hold)
        self.centre, self.half_range = centre_and_half_range(world.action_space, state)
        self._low, self._high = (
            state.new_tensor(bound).expand(self.knots, -1).contiguous()
            for bound in (world.action_space.low, world.action_space.high)
        )
        self.warm = self._prepare(warm_start)
        if chunk is None:
            chunk = CPU_CHUNK if state.device.type == "cpu" else DEVICE_CHUNK
        self.candidates_at_once = max(1, chunk // state.shape[0])
        self.model_calls = 0
        self._buffers: dict[int, Tensor] = {}
        self._rounds: list[Round] = []

    @property
    def start(self) -> Tensor:
        """Where the search begins, (B, K, A): the first warm start, or the centre of the space."""
        if self.warm is None:
            return self.centre.expand(self.state.shape[0], self.knots, -1)
        return self.warm[:, 0, :: self.hold]

    def candidates(self, mean: Tensor, deviation: Tensor, noise: Tensor) -> Tensor:
        """Valid knots (B, S, K, A): mean + deviation * noise, the first being the mean itself.

        mean and deviation are (B, K, A); the noise (S, K, A) is shared by all problems, so that
        a problem's plan does not depend on what else is in the batch.
        """
        knots = torch.addcmul(mean.unsqueeze(1), deviation.unsqueeze(1), noise.unsqueeze(0))
        knots.select(1, 0).copy_(mean)
        return self.project(knots)

    def project(self, knots: Tensor) -> Tensor:
        """The nearest valid knots to (B, S, K, A), perhaps in place.

        For boxes the same as `ActionSpace.project`, with bounds that are laid out once a search:
        this halves the time between two rounds.
        """
        if self.world.action_space.discrete:
            return self.world.action_space.project(knots)
        return knots.clamp_(self._low, self._high)

    def actions(self, knots: Tensor) -> Tensor:
        """The actions (B, S, H, A) that hold knots (B, S, K, A)."""
        if self.hold == 1:
            return knots
        return knots.repeat_interleave(self.hold, dim=2)[:, :, : self.horizon]

    def evaluate(self, knots: Tensor) -> Tensor:
        """The energies (B, S) of valid knots (B, S, K, A); a failed prediction costs infinity.

        In the first call the warm starts, exactly as they were given, stand in for the first
        candidates.
        """
        actions = self.actions(knots)
        if self.warm is not None and not self._rounds:
            W = min(self.warm.shape[1], actions.shape[1])
            actions[:, :W] = self.warm[:, :W]
        S, step = actions.shape[1], self.candidates_at_once
        parts = [self._evaluate(actions[:, s : s + step]) for s in range(0, S, step)]
        energies = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        self.record(actions, energies)
        return energies

    def record(self, actions: Tensor, energies: Tensor) -> None:
        """Add one round of candidates (B, S, H, A) and their energies (B, S)."""
        lowest, index = energies.min(dim=1, keepdim=True)
        self._rounds.append(Round(energies, lowest, gather(actions, index)))

    @torch.no_grad()
    def finish(self, mean: Tensor | None = None, *, elites: Tensor | None = None) -> Plan:
        """The best of all candidates, or the `mean` (B, K, A) where that is better still.

        Both are imagined once more, to bring their states. `elites` (B, E, K, A) are knots to keep
        in the plan. To be called outside of `torch.inference_mode`, in which sampling planners
        search, so that the plan's tensors may enter a loss.
        """
        lowest = torch.cat([round_.lowest for round_ in self._rounds], dim=1)
        best = torch.cat([round_.best for round_ in self._rounds], dim=1)
        # The latest of equals: what a search by gradients tries last is exactly valid.
        latest = lowest.shape[1] - 1 - lowest.flip(1).argmin(dim=1, keepdim=True)
        finalists = gather(best, latest)
        if mean is not None:
            last = self.actions(self.project(mean.clone().unsqueeze(1)))
            finalists = torch.cat([finalists, last], dim=1)
        states = rollout(self.world, self.state, finalists)
        self.model_calls += finalists.shape[:3].numel()
        energies = finite_or_infinite(self.energy.total(Trajectory(states, finalists)))
        energy, winner = energies.min(dim=1, keepdim=True)
        trajectory = Trajectory(
            gather(states, winner).squeeze(1), gather(finalists, winner).squeeze(1)
        )
        return Plan(
            actions=trajectory.actions,
            states=trajectory.states,
            energy=energy.squeeze(1),
            energy_by_step=self.energy.by_step(trajectory),
            trace=self._trace(lowest),
            model_calls=self.model_calls,
            elites=None if elites is None else self.actions(elites.clone()),
        )

    def _trace(self, lowest: Tensor) -> SearchTrace:
        moments = [torch.std_mean(r.energies, dim=1, correction=0) for r in self._rounds]
        spread, mean = (torch.stack(moment) for moment in zip(*moments, strict=True))
        return SearchTrace(lowest.T.cummin(dim=0).values, mean, spread)

    def _evaluate(self, actions: Tensor) -> Tensor:
        B, S, H, A = actions.shape
        states = self._states(S)
        steps = actions.permute(2, 0, 1, 3).reshape(H, B * S, A)
        rollout_into(self.world, states.flatten(1, 2), steps)
        self.model_calls += B * S * H
        trajectory = Trajectory(states.permute(1, 2, 0, 3), actions)
        return finite_or_infinite(self.energy.total(trajectory))

    def _states(self, S: int) -> Tensor:
        """A buffer (H+1, B, S, D) that begins with the present states; one for each S, kept.

        (2, B, S, D) where the energy asks for the last state only: states may be large.
        """
        if S not in self._buffers:
            B, D = self.state.shape
            kept = 1 if self.energy.last_state_only else self.horizon
            self._buffers[S] = self.state.new_empty(kept + 1, B, S, D)
            self._buffers[S][0] = self.state.unsqueeze(1)
        return self._buffers[S]

    def _prepare(self, warm_start: Tensor | None) -> Tensor | None:
        if warm_start is None:
            return None
        warm = warm_start.to(self.state).detach()
        return self.world.action_space.project(warm if warm.ndim == 4 else warm.unsqueeze(1))


def gather(values: Tensor, index: Tensor) -> Tensor:
    """The candidates `index` (B, E) of values (B, S, X, Y), as (B, E, X, Y)."""
    flat = values.flatten(2)
    rows = flat.gather(1, index.unsqueeze(2).expand(-1, -1, flat.shape[2]))
    return rows.unflatten(2, values.shape[2:])


def finite_or_infinite(energies: Tensor) -> Tensor:
    """Energies with infinity in the place of what is not a number."""
    return energies.nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)


def _check(world: World, state: Tensor, horizon: int, warm_start: Tensor | None) -> None:
    if state.ndim != 2 or not state.is_floating_point():
        raise ConfigError(f"states {tuple(state.shape)} must be (B, D) of floating-point numbers")
    if horizon < 1:
        raise ConfigError(f"a horizon of {horizon} steps is too short: plan at least one")
    if warm_start is not None:
        B, A = state.shape[0], world.action_space.dimension
        shape = tuple(warm_start.shape)
        if shape not in ((B, horizon, A), (B, *shape[1:2], horizon, A)):
            raise ConfigError(
                f"a warm start has shape {shape}: pass (B, H, A) = {(B, horizon, A)} "
                "or several as (B, E, H, A)"
            )
