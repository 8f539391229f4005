"""What an action is: one description that environments, world models and planners share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import ActionError

if TYPE_CHECKING:
    import gymnasium
    from torch import Tensor


@dataclass(frozen=True)
class ActionSpace:
    """The set of actions, as vectors of A numbers.

    A box of the environment's own units, or, when `discrete`, the corners of the simplex: one of A
    actions written as a one-hot vector. Recorded actions, planners and world models all speak
    vectors; only `decode` speaks the environment's own type.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    discrete: bool = False
    start: int = 0
    """The environment's number for the first of the discrete actions."""

    @classmethod
    def of(cls, space: gymnasium.Space[Any]) -> ActionSpace:
        """The description of a Gymnasium Box or Discrete space."""
        from gymnasium import spaces

        if isinstance(space, spaces.Discrete):
            n = int(space.n)
            return cls((0.0,) * n, (1.0,) * n, discrete=True, start=int(space.start))
        if isinstance(space, spaces.Box) and space.is_bounded():
            low, high = space.low.reshape(-1), space.high.reshape(-1)
            return cls(tuple(map(float, low)), tuple(map(float, high)))
        raise ActionError(
            f"the action space {space} is not supported: wrap the environment so that its actions "
            "are a bounded Box or Discrete"
        )

    @property
    def dimension(self) -> int:
        """A: how many numbers describe one action."""
        return len(self.low)

    def encode(self, action: Any) -> np.ndarray:
        """The environment's action(s) as float32 vectors, (..., A); checked against the space."""
        if self.discrete:
            index = np.asarray(action) - self.start
            if np.any((index < 0) | (index >= self.dimension)) or index.dtype.kind not in "iu":
                last = self.start + self.dimension - 1
                raise ActionError(f"action {action} is outside of the space {self.start}..{last}")
            return np.eye(self.dimension, dtype=np.float32)[index]
        vector = np.asarray(action, dtype=np.float32)
        vector = vector.reshape(*vector.shape[: max(vector.ndim - 1, 0)], -1)
        if vector.shape[-1] != self.dimension:
            raise ActionError(
                f"an action has {vector.shape[-1]} numbers where the space has {self.dimension}"
            )
        slack = 1e-5 * (np.asarray(self.high) - np.asarray(self.low))
        inside = (vector >= np.asarray(self.low) - slack) & (
            vector <= np.asarray(self.high) + slack
        )
        if not inside.all():
            raise ActionError(
                f"action {vector[~inside.all(-1)][:1].tolist()} is outside of the space "
                f"[{self.low}, {self.high}]: clip it"
            )
        return vector

    def decode(self, vector: np.ndarray) -> Any:
        """The environment's own action(s) for vectors (..., A); inside the space always."""
        if self.discrete:
            return np.asarray(vector).argmax(-1) + self.start
        return np.clip(vector, self.low, self.high).astype(np.float32)

    def project(self, action: Tensor) -> Tensor:
        """The nearest valid action vectors to `action` (..., A).

        Clipping for a box. For discrete actions the largest entry becomes one, with the gradient
        of the softmax (the straight-through estimator of Bengio et al. 2013).
        """
        import torch

        if self.discrete:
            soft = action.softmax(-1)
            hard = torch.nn.functional.one_hot(action.argmax(-1), self.dimension).to(action.dtype)
            return hard + soft - soft.detach() if action.requires_grad else hard
        low = torch.as_tensor(self.low, dtype=action.dtype, device=action.device)
        high = torch.as_tensor(self.high, dtype=action.dtype, device=action.device)
        return torch.minimum(torch.maximum(action, low), high)

    def sample(self, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
        """Uniform random action vectors, (*shape, A) float32."""
        if self.discrete:
            return np.eye(self.dimension, dtype=np.float32)[
                generator.integers(self.dimension, size=shape)
            ]
        size = (*shape, self.dimension)
        return generator.uniform(self.low, self.high, size=size).astype(np.float32)
