"""A small learned proposer: which candidates are worth adding, learned from synthetic theorems.

    proposer = train(synthesize(count=200, seed=0))
    outcome = prove_with_auxiliary(problem, weigh=proposer.weigh)

It corrects the hand-made worth of a candidate (`pool.by_surplus`) by a factor: a network of two
layers reads its kind and what it meets of the figure and of the goals. Untrained, the factor is
one. It is trained so that, of all candidates of a theorem's figure, those that stand where an
auxiliary point of its proof stands are likely: the negative logarithm of the sum of their
probabilities, under one softmax over the figure. Phantom points are not among what it learns from,
and keep their worth.
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
from pellucid.reasoning.geometry.auxiliary.pool import Described, Pool, by_surplus
from pellucid.reasoning.geometry.auxiliary.state import State
from pellucid.reasoning.geometry.auxiliary.synthesize import Theorem
from pellucid.reasoning.geometry.definitions import facts

_HEADER = {
    "format": "pellucid-auxiliary-proposer-2",
    "kinds": json.dumps(list(KINDS)),
    "features": json.dumps(FEATURES),
}
WIDTH = 32
LEARNING_RATE = 3e-3
DECAY = 1.0
"""Of weights, since synthetic theorems are few."""
EPOCHS = 15
"""Passes over all theorems."""
LITTLE = 1e-4
"""What is added to the hand-made worth, so that no candidate is lost where that is nothing."""
MOST = 8.0
"""Logarithms of factors are kept within plus and minus this."""


class Proposer(nn.Module):
    """Factors by which the worth of candidates is corrected, as logarithms."""

    level: Tensor
    """What is taken from all logarithms alike; see `_keep_level`."""

    def __init__(self) -> None:
        super().__init__()
        last = nn.Linear(WIDTH, 1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.register_buffer("level", torch.zeros(()))
        self.layers = nn.Sequential(
            nn.Linear(len(KINDS) + len(FEATURES) + 1, WIDTH), nn.GELU(), last
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Logarithms of factors (M,) for inputs (M, features); see `inputs_of`."""
        scores: Tensor = self.layers(inputs).squeeze(1)
        return MOST * torch.tanh(scores / MOST) - self.level

    @torch.no_grad()
    def weigh(self, described: Described) -> Reals:
        """What candidates are worth, for `prove_with_auxiliary`."""
        if described.phantom:
            return by_surplus(described)
        return np.asarray((self(inputs_of(described)) + worth_of(described)).exp().double().numpy())

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
    """(M, features): the kind as one of all, and logarithms of counts."""
    kind = np.zeros((len(described.surplus), len(KINDS)))
    kind[:, list(KINDS).index(described.kind)] = 1.0
    counts = np.log1p(np.concatenate([described.surplus, described.asked[:, None]], 1))
    return torch.from_numpy(np.concatenate([kind, counts], 1)).float()


def worth_of(described: Described) -> Tensor:
    """(M,): the logarithm of the hand-made worth, and of `LITTLE` where it is nothing."""
    return torch.from_numpy(np.log(by_surplus(described) + LITTLE)).float()


@dataclass(frozen=True)
class Example:
    """The candidates of one figure."""

    inputs: Tensor
    """(M, features); see `inputs_of`."""
    worth: Tensor
    """(M,); see `worth_of`."""
    place: Tensor
    """(M,): numbers of the places where they stand."""
    helps: Tensor
    """(M,): which of them stand where a point stands that the proof needs."""


def example(theorem: Theorem) -> Example | None:
    """What a theorem teaches; None where its points are not among the candidates of its figure."""
    problem = theorem.problem
    state = State.of(theorem.diagrams, facts(problem), problem.goals, weigh=_all)
    state.run(seconds=10.0)
    pool = state.pool
    helps = torch.from_numpy(_stands_at(pool, [c.places for _, c in theorem.added]))
    if not helps.any():
        return None
    return Example(
        torch.cat([inputs_of(c.described) for c in pool.chosen]),
        torch.cat([worth_of(c.described) for c in pool.chosen]),
        torch.from_numpy(pool.group),
        helps,
    )


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
    scores = (proposer(one.inputs) + one.worth).log_softmax(0)
    return -scores[one.helps].logsumexp(0)


def train(
    theorems: Iterable[Theorem], *, epochs: int = EPOCHS, decay: float = DECAY, seed: int = 0
) -> Proposer:
    """A proposer that has learned from theorems.

    Raises
    ------
    DataError
        None of the theorems teaches anything.
    """
    examples = [one for one in map(example, theorems) if one is not None]
    if not examples:
        raise DataError("no theorem to learn from: synthesize more")
    return learn(examples, epochs=epochs, decay=decay, seed=seed)


def learn(
    examples: Sequence[Example], *, epochs: int = EPOCHS, decay: float = DECAY, seed: int = 0
) -> Proposer:
    """A proposer that has learned from examples, in `epochs` passes with AdamW."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        proposer = Proposer()
    optimiser = torch.optim.AdamW(proposer.parameters(), lr=LEARNING_RATE, weight_decay=decay)
    for _ in range(epochs):
        for index in torch.randperm(len(examples), generator=generator).tolist():
            optimiser.zero_grad()
            loss_of(proposer, examples[index]).backward()
            optimiser.step()
    _keep_level(proposer, examples)
    return proposer


@torch.no_grad()
def _keep_level(proposer: Proposer, examples: Sequence[Example]) -> None:
    """Let all candidates of a figure together be worth what they were, beside phantom points.

    A softmax does not see a factor that all have in common.
    """
    gained = [
        (proposer(one.inputs) + one.worth).logsumexp(0) - one.worth.logsumexp(0) for one in examples
    ]
    proposer.level += torch.stack(gained).mean()
