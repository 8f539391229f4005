"""The action-conditioned joint-embedding predictive architecture, learned from pixels.

    state = world.encode(observation)                    what is there
    state = world.predict(state, action)                 what would be there

Nothing is reconstructed: the network predicts states, not pictures (LeCun 2022; Sobal et al. 2025,
PLDM; LeWorldModel 2026). What keeps the states from collapsing is in `pellucid.worlds.criteria`.

Shape suffixes: B batch, T steps, K frames seen at once, D features of a state, A of an action.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pellucid.config import check_counts
from pellucid.data.actions import ActionSpace
from pellucid.errors import DataError
from pellucid.networks.encoders import EncoderConfig, make_encoder
from pellucid.networks.perceptron import mlp
from pellucid.networks.pixels import PixelInput, VectorInput


@dataclass(frozen=True)
class JEPAConfig:
    """The networks of a world model."""

    dimension: int = 32
    """features of a state (D)"""
    frames: int = 1
    """observations that make up one state; 2 where a single picture does not show velocities"""
    hidden: int = 256
    """units of each hidden layer of the predictor"""
    layers: int = 2
    """hidden layers of the predictor"""
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    """what maps a picture to features"""

    def __post_init__(self) -> None:
        check_counts(self, "dimension", "frames", "hidden", "layers")


class JEPA(nn.Module):
    """Encoder, predictor and inverse model of one world; a `World`.

    The predictor is a residual perceptron: it predicts how a state changes. The inverse model tells
    the action from two neighbouring states; it serves training only. Actions come in the
    environment's units and are brought to [-1, 1] here.
    """

    centre: Tensor
    half_range: Tensor

    def __init__(
        self, config: JEPAConfig, *, observation_shape: tuple[int, ...], action_space: ActionSpace
    ) -> None:
        super().__init__()
        self.config, self.observation_shape = config, tuple(observation_shape)
        self._action_space = action_space
        D, A = config.dimension, action_space.dimension
        self.encoder = make_encoder(config.encoder, self.observation_shape, dimension=D)
        self.fuse = nn.Linear(config.frames * D, D) if config.frames > 1 else nn.Identity()
        self.predictor = mlp(D + A, D, hidden=config.hidden, layers=config.layers)
        self.inverse_model = mlp(2 * D, A, hidden=config.hidden, layers=1)
        low, high = torch.tensor(action_space.low), torch.tensor(action_space.high)
        centred = not action_space.discrete  # a one-hot vector is fed as it is
        self.register_buffer("centre", (low + high) / 2 if centred else torch.zeros(A))
        # A number that never varies (a user's own arrays may hold one) has no range to divide by.
        half_range = torch.where(high > low, (high - low) / 2, 1.0)
        self.register_buffer("half_range", half_range if centred else torch.ones(A))

    def fit_input(self, observations: Tensor) -> None:
        """Learn the mean of observations (N, *O), which the encoder then takes away."""
        entrance = self.encoder.input
        assert isinstance(entrance, PixelInput | VectorInput)
        entrance.fit(observations)

    @property
    def action_space(self) -> ActionSpace:
        """The actions that `predict` understands."""
        return self._action_space

    def encode(self, observation: Tensor) -> Tensor:
        """States (B, D) of observations (B, *O), or (B, K, *O) where a state needs K frames."""
        frames = self.config.frames
        expected = (frames, *self.observation_shape) if frames > 1 else self.observation_shape
        if tuple(observation.shape[1:]) != expected:
            raise DataError(
                f"an observation has shape {tuple(observation.shape[1:])}, but this world model "
                f"was trained on {expected}"
            )
        if frames == 1:
            return self.encoder(observation)
        features = self.encoder(observation.flatten(0, 1))
        return self._fuse(features.unflatten(0, observation.shape[:2]))

    def encode_sequence(self, observation: Tensor, moments: Sequence[int] | None = None) -> Tensor:
        """States (T+1, B, D) of sequences (B, K-1 + T+1, *O); each picture is encoded once.

        Of the states 0 to T only those at `moments`, in rising order, where they are given:
        pictures that no such state needs are not encoded.
        """
        frames = self.config.frames
        if moments is None:
            moments = range(observation.shape[1] - frames + 1)
        needed = sorted({moment + k for moment in moments for k in range(frames)})
        if len(needed) < observation.shape[1]:
            observation = observation[:, needed]
        first = [needed.index(moment) for moment in moments]
        batch, length = observation.shape[:2]
        features = self.encoder(observation.flatten(0, 1)).unflatten(0, (batch, length))
        if frames == 1:
            return features.transpose(0, 1)
        stacks = torch.stack([features[:, [i + k for i in first]] for k in range(frames)], 2)
        return self._fuse(stacks).transpose(0, 1)

    def _fuse(self, features: Tensor) -> Tensor:
        """One state from K frames' features (..., K, D): the last frame and the changes to it."""
        changes = features.diff(dim=-2) * 4.0  # changes are small; bring them to the same scale
        return self.fuse(torch.cat([features[..., -1:, :], changes], dim=-2).flatten(-2))

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        """The states (N, D) that follow states (N, D) under actions (N, A)."""
        assert latent is None, "this world model is deterministic: it has no latent variable"
        return state + self.predictor(torch.cat([state, self.scale_actions(action)], dim=-1))

    def unroll(self, state: Tensor, actions: Tensor) -> Tensor:
        """The predicted states (T, B, D) from states (B, D) under actions (T, B, A)."""
        states = []
        for action in actions:
            state = self.predict(state, action)
            states.append(state)
        return torch.stack(states)

    def infer_action(self, state: Tensor, following: Tensor) -> Tensor:
        """The actions (..., A), in [-1, 1], that lead from one state to the following one."""
        return self.inverse_model(torch.cat([state, following], dim=-1))

    def scale_actions(self, action: Tensor) -> Tensor:
        """Actions in the environment's units brought to [-1, 1]."""
        return (action - self.centre) / self.half_range
