"""What would happen: many action sequences rolled out in a world at once."""

from __future__ import annotations

import torch
from torch import Tensor

from pellucid.errors import ConfigError
from pellucid.worlds.world import World


def rollout(world: World, state: Tensor, actions: Tensor, *, chunk: int | None = None) -> Tensor:
    """The states (B, S, H+1, D) that follow states (B, D) under actions (B, S, H, A).

    At most `chunk` rows are predicted at a time (default: all at once). Differentiable in states,
    actions and the world's weights. The result is a view of memory in which time comes first, as
    that is how it is filled.
    """
    B, S, H, A = actions.shape
    if state.ndim != 2 or state.shape[0] != B:
        raise ConfigError(
            f"states {tuple(state.shape)} do not fit actions {tuple(actions.shape)}: "
            "pass (B, D) and (B, S, H, A)"
        )
    rows = state.unsqueeze(1).expand(B, S, -1).reshape(B * S, -1)
    steps = actions.reshape(B * S, H, A)
    chunk = chunk or B * S
    parts = [
        _unroll(world, rows[i : i + chunk], steps[i : i + chunk]) for i in range(0, B * S, chunk)
    ]
    states = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
    return states.unflatten(1, (B, S)).permute(1, 2, 0, 3)


def _unroll(world: World, state: Tensor, actions: Tensor) -> Tensor:
    """States (H+1, N, D) from states (N, D) under actions (N, H, A)."""
    states = [state]
    for action in actions.unbind(1):
        states.append(world.predict(states[-1], action))
    return torch.stack(states)


def rollout_into(world: World, states: Tensor, actions: Tensor) -> None:
    """Fill `states` (H+1, N, D) from its first entry on, under actions (H, N, A); no gradient.

    Time comes first in both, so that each step reads and writes one block of memory. The first
    state is left as it is: one buffer serves all rounds of a search. Of a buffer (2, N, D) the
    second entry receives the last state, and those between are not kept.
    """
    if len(states) == 2:
        state = states[0]
        for action in actions.unbind(0):
            state = world.predict(state, action)
        states[1] = state
        return
    reached = [states[0]]
    for action in actions.unbind(0):
        reached.append(world.predict(reached[-1], action))
    torch.stack(reached[1:], out=states[1:])
