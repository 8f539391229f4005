"""A generator and a verifier with known answers: count from 1 to n."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pellucid.reasoning.generation import Proposal
from pellucid.reasoning.verification import Verdict


def next_number(problem: int, chain: tuple[int, ...]) -> Proposal[int] | None:
    """One more than the last; None behind a wrong one."""
    if chain != tuple(range(1, len(chain) + 1)):
        return None
    return Proposal(len(chain) + 1, final=len(chain) + 1 == problem)


def wrong_number(proposal: Proposal[int], random: np.random.Generator) -> Proposal[int]:
    """A number far away, in the same place."""
    return Proposal(proposal.step + 1000 + int(random.integers(10**6)), proposal.final)


def counting(problem: int, chain) -> Verdict:
    """Whether the last number is in its place."""
    if chain[-1] == len(chain):
        return Verdict.holds(f"{chain[-1]} comes next")
    return Verdict.fails(f"{len(chain)} comes next, not {chain[-1]}")


@dataclass
class Scripted:
    """Proposes what stands in a table of chains; remembers what it was asked."""

    table: dict
    asked: list = field(default_factory=list)

    def propose(self, requests, random):
        """The table's proposals, as many as are wanted."""
        self.asked += requests
        return [self.table.get(r.chain, [])[: r.count] for r in requests]
