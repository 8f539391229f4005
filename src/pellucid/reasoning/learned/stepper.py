"""The smallest network that writes a chain: the value before and a term give the value after.

One hidden layer, so that its size is one number; it sees one step at a time, and a chain is the
network applied to what it said itself. Modulo p there are 3 p^2 facts to know, and how many of them
a network knows grows with its width. All seeds learn side by side.

Axes: S seeds, B chains, T terms, H hidden units, P residues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check, check_counts

SIGNS = 3
"""Plus, minus, times."""


@dataclass(frozen=True)
class StepTask:
    """One step of arithmetic from left to right, and how it is learned: Adam on random facts.

    The rate falls to nothing along half a cosine.
    """

    modulus: int = 13
    steps: int = 1500
    batch: int = 256
    learning_rate: float = 1e-2

    def __post_init__(self) -> None:
        check_counts(self, "steps", "batch")
        check(self.modulus >= 2, f"modulus is {self.modulus}: give 2 or more")

    @property
    def inputs(self) -> int:
        """One-hot: the value before, the sign, and the term's value, the sign's own."""
        return (1 + SIGNS) * self.modulus

    def after(self, value: Tensor, sign: Tensor, term: Tensor) -> Tensor:
        """The right value after a step; all of one shape, int64."""
        by_sign = torch.stack([value + term, value - term, value * term])
        return by_sign.gather(0, sign[None])[0] % self.modulus

    def draw(
        self, shape: tuple[int, ...], generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Random values, signs and terms; none multiplies by 0, which would forget all before."""
        p = self.modulus
        value = torch.randint(p, shape, generator=generator)
        sign = torch.randint(SIGNS, shape, generator=generator)
        term = torch.randint(p, shape, generator=generator)
        other = torch.randint(1, p, shape, generator=generator)
        return value, sign, torch.where(sign == SIGNS - 1, other, term)


class Steppers(nn.Module):
    """`seeds` networks of `units` hidden units: logits (S, B, P) of the value after a step."""

    def __init__(self, task: StepTask, units: int, seeds: int, generator: torch.Generator) -> None:
        super().__init__()
        check(units >= 1 and seeds >= 1, f"units={units} and seeds={seeds}: give 1 or more")
        self.task, self.seeds = task, seeds
        # Three of the inputs are 1 in a sample, as value, sign and term are two ones, not many.
        self.inwards = nn.Parameter(torch.randn(seeds, task.inputs, units, generator=generator))
        self.biases = nn.Parameter(torch.zeros(seeds, 1, units))
        scale = (2 / units) ** 0.5
        drawn = torch.randn(seeds, units, task.modulus, generator=generator)
        self.outwards = nn.Parameter(scale * drawn)
        self.bias = nn.Parameter(torch.zeros(seeds, 1, task.modulus))

    @property
    def parameters_each(self) -> int:
        """Numbers that one network learns."""
        return sum(p.numel() for p in self.parameters()) // self.seeds

    def forward(self, value: Tensor, sign: Tensor, term: Tensor) -> Tensor:
        """Logits (S, B, P); all inputs (S, B)."""
        p = self.task.modulus
        every = torch.arange(self.seeds)[:, None]
        hidden = self.inwards[every, value] + self.inwards[every, p * (1 + sign) + term]
        hidden = torch.relu(hidden + self.biases)
        return torch.baddbmm(self.bias, hidden, self.outwards)


def learn_steps(task: StepTask, units: int, seeds: int, *, seed: int) -> Steppers:
    """Networks after learning."""
    generator = torch.Generator().manual_seed(seed)
    model = Steppers(task, units, seeds, generator)
    optimiser = torch.optim.Adam(model.parameters(), lr=task.learning_rate)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, task.steps)
    for _ in range(task.steps):
        value, sign, term = task.draw((seeds, task.batch), generator)
        said = model(value, sign, term)
        right = task.after(value, sign, term)
        loss = F.cross_entropy(said.flatten(0, 1), right.flatten(), reduction="none")
        optimiser.zero_grad()
        (loss.sum() / task.batch).backward()
        optimiser.step()
        fall.step()
    return model.eval()


@torch.no_grad()
def step_nats(model: Steppers) -> Tensor:
    """Mean nats of the right value over all facts, (S,): how likely a step is said, on the mean."""
    p = model.task.modulus
    facts = torch.cartesian_prod(torch.arange(p), torch.arange(SIGNS), torch.arange(p))
    facts = facts[(facts[:, 1] != SIGNS - 1) | (facts[:, 2] != 0)]
    value, sign, term = (column.expand(model.seeds, -1) for column in facts.T)
    logits = model(value, sign, term).double()
    right = model.task.after(value, sign, term)
    said = logits.log_softmax(-1).gather(-1, right[..., None])[..., 0]
    return -said.mean(1)


@torch.no_grad()
def chains_right(
    model: Steppers, *, terms: Sequence[int], tested: int, generator: torch.Generator
) -> Tensor:
    """The share of chains all of whose steps are right, for each number of terms: (T, S)."""
    task, most = model.task, max(terms)
    check(min(terms) >= 1, f"terms are {tuple(terms)}: give 1 or more")
    value = torch.zeros(model.seeds, tested, dtype=torch.int64)
    sound = torch.ones(model.seeds, tested, dtype=torch.bool)
    shares = {}
    for n in range(1, most + 1):
        _, sign, term = task.draw((model.seeds, tested), generator)
        said = model(value, sign, term).argmax(-1)
        sound &= said == task.after(value, sign, term)
        value = said
        shares[n] = sound.double().mean(1)
    return torch.stack([shares[n] for n in terms])
