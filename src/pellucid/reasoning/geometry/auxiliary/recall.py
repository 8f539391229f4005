"""How often a point that a proof needs is among the first that are proposed.

Places are ranked, not candidates: of many constructions that stand in one place, one is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import torch
from torch import Tensor

from pellucid.reasoning.geometry.auxiliary.proposer import Example


def rank(one: Example, scores: Tensor) -> int:
    """How many places come before the first that helps, by scores (M,) of the candidates.

    A place has the score of its best candidate; of places with one score, half come before.
    """
    count = int(one.place.max()) + 1
    best = torch.full((count,), -torch.inf).scatter_reduce(0, one.place, scores, "amax")
    right = best[one.place[one.helps]].max()
    return int((best > right).sum() + (best == right).sum().sub(1).div(2, rounding_mode="floor"))


def recall(ranks: Sequence[int], first: int) -> float:
    """The share of theorems of which one of the first places helps."""
    return sum(r < first for r in ranks) / max(len(ranks), 1)


def recall_by_chance(examples: Sequence[Example], first: int) -> float:
    """The same of places in random order: exact, by counting."""
    total = 0.0
    for one in examples:
        count = int(one.place.max()) + 1
        right = len(one.place[one.helps].unique())
        total += 1 - comb(count - right, min(first, count)) / comb(count, min(first, count))
    return total / max(len(examples), 1)
