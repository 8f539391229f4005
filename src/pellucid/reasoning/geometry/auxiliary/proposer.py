"""A small learned proposer: which candidates are worth adding, learned from synthetic theorems.

    proposer = train(synthesize(count=200, seed=0))
    outcome = prove_with_auxiliary(problem, weigh=proposer.weigh)

Each candidate has a score by a network of two layers that reads its kind and what it meets of the
figure and of the goals. It is trained so that, of all candidates of a theorem's figure, those that
stand where an auxiliary point of its proof stands are likely: the negative logarithm of the sum of
their probabilities, under one softmax over the figure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pellucid.errors import DataError
from pellucid.reasoning.geometry.auxiliary.candidates import KINDS
from pellucid.reasoning.geometry.auxiliary.incidence import FEATURES
from pellucid.reasoning.geometry.auxiliary.picture import Reals
from pellucid.reasoning.geometry.auxiliary.pool import Described, Pool
from pellucid.reasoning.geometry.auxiliary.state import State
from pellucid.reasoning.geometry.auxiliary.synthesize import Theorem
from pellucid.reasoning.geometry.definitions import facts

_HEADER = {
    "format": "pellucid-auxiliary-proposer-1",
    "kinds": json.dumps(list(KINDS)),
    "features": json.dumps(FEATURES),
}
WIDTH = 32
LEARNING_RATE = 3e-3
DECAY = 1e-2
"""Of weights, since synthetic theorems are few."""
MOST = 8.0
"""Scores are kept within plus and minus this, so that no candidate is sure or lost."""


class Proposer(nn.Module):
    """Scores of candidates."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(len(KINDS) + len(FEATURES) + 2, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1)
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores (M,) of inputs (M, features); see `inputs_of`."""
        scores: Tensor = self.layers(inputs).squeeze(1)
        return MOST * torch.tanh(scores / MOST)

    @torch.no_grad()
    def weigh(self, described: Described) -> Reals:
        """What candidates are worth, for `prove_with_auxiliary`: the exponential of their score."""
        return np.asarray(self(inputs_of(described)).exp().double().numpy())

    def save(self, path: str | Path) -> None:
        """Write a safetensors file."""
        save_file(self.state_dict(), str(path), _HEADER)

    @classmethod
    def load(cls, path: str | Path) -> Proposer:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            The file is missing or damaged, or of a version with other candidates.
        """
        proposer = cls()
        try:
            with safe_open(str(path), "pt") as file:
                header = file.metadata()
            if header != _HEADER:
                raise DataError(f"{path}: no proposer, or one of another version; train it anew")
            proposer.load_state_dict(load_file(str(path)))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise DataError(f"{path}: cannot be read as a proposer ({error})") from None
        return proposer


def inputs_of(described: Described) -> Tensor:
    """(M, features): the kind as one of all, logarithms of counts, phantom or not."""
    count = len(described.surplus)
    kind = np.zeros((count, len(KINDS)))
    kind[:, list(KINDS).index(described.kind)] = 1.0
    counts = np.log1p(np.concatenate([described.surplus, described.asked[:, None]], 1))
    phantom = np.full((count, 1), float(described.phantom))
    return torch.from_numpy(np.concatenate([kind, counts, phantom], 1)).float()


@dataclass(frozen=True)
class Example:
    """The candidates of one figure, (M, features), and which of them help, (M,)."""

    inputs: Tensor
    helps: Tensor


def example(theorem: Theorem) -> Example | None:
    """What a theorem teaches; None where its points are not among the candidates of its figure."""
    problem = theorem.problem
    state = State.of(theorem.diagrams, facts(problem), problem.goals, weigh=_all)
    state.run(seconds=10.0)
    pool = state.pool
    helps = torch.from_numpy(_stands_at(pool, [c.places for _, c in theorem.added]))
    if not helps.any():
        return None
    return Example(torch.cat([inputs_of(c.described) for c in pool.chosen]), helps)


def _all(described: Described) -> Reals:
    return np.full(len(described.surplus), float(not described.phantom))


def _stands_at(pool: Pool, places: Sequence[tuple[complex, ...]]) -> np.ndarray:
    """Which candidates stand at one of these places in all diagrams."""
    at = np.concatenate([c.batch.places[:, c.members] for c in pool.chosen], 1)
    wanted = np.array(places).T
    off = np.abs(at[:, :, None] - wanted[:, None, :]).max(0)
    return np.asarray((off < 1e-6).any(1))


def loss_of(proposer: Proposer, one: Example) -> Tensor:
    """Minus the logarithm of the probability that a candidate that helps is drawn, in nats."""
    scores = proposer(one.inputs).log_softmax(0)
    return -scores[one.helps].logsumexp(0)


def train(theorems: Iterable[Theorem], *, epochs: int = 60, seed: int = 0) -> Proposer:
    """A proposer that has learned from theorems.

    Raises
    ------
    DataError
        None of the theorems teaches anything.
    """
    examples = [one for one in map(example, theorems) if one is not None]
    if not examples:
        raise DataError("no theorem to learn from: synthesize more")
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        proposer = Proposer()
    optimiser = torch.optim.AdamW(proposer.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    for _ in range(epochs):
        for index in torch.randperm(len(examples), generator=generator).tolist():
            optimiser.zero_grad()
            loss_of(proposer, examples[index]).backward()
            optimiser.step()
    return proposer
