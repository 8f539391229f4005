"""How identical copies keep together: four policies, from the dearest messages to the cheapest.

    GradientSharing()             every step, a gradient              32 bits a weight and step
    WeightAveraging(every=50)     every 50 steps, all weights         32 / 50
    DiLoCo(every=50)              the same, with an outer optimiser   32 / 50, as int8 8 / 50
    SeedSharing()                 every step, a seed and a number     64 bits, whatever the network

One loop serves them all (`community.learn_together`). Members that heard the same bytes do the same
sums in the same order, and so stay the same to the bit, on machines that compute alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

import torch
from torch import Tensor

from pellucid.config import check, check_counts
from pellucid.learning.weight_perturbation import WeightPerturbation
from pellucid.transfer.codec import Codec, check_codec
from pellucid.transfer.member import Member
from pellucid.transfer.message import Gradient, Message, SeedAndScalars, Weights, put
from pellucid.transfer.seeds import measure, replay

M = TypeVar("M", bound=Message)


class Policy(ABC, Generic[M]):
    """How copies keep together.

        for step in range(steps):
            said = [policy.speak(member, step) for member in mine]
            if None not in said:
                agreed = policy.agree(channel.exchange(said), mine[0])
                for member in mine:
                    policy.follow(member, agreed)

    A policy is settings only: what it keeps from one step to another stands in the member.
    """

    identical: ClassVar[bool]
    """Whether copies are the same after every step: one body then serves all of a process."""
    every: int
    """Steps from one message to the next."""

    @abstractmethod
    def speak(self, member: Member, step: int) -> M | None:
        """A member's own work in a step, and what it says after it, if it is time to."""

    @abstractmethod
    def agree(self, heard: Sequence[M], like: Member) -> list[Tensor]:
        """What all come to, a tensor for each parameter that learns; once for all of a process."""

    @abstractmethod
    def follow(self, member: Member, agreed: Sequence[Tensor]) -> None:
        """What a member makes of it."""

    def _time(self, step: int) -> bool:
        return (step + 1) % self.every == 0


@dataclass(frozen=True)
class GradientSharing(Policy[Gradient]):
    """Each step along the mean of all members' gradients: as one process with all their batches."""

    codec: Codec = "fp32"
    """how gradients are written"""

    identical = True
    every = 1

    def __post_init__(self) -> None:
        check_codec(self.codec)

    def speak(self, member: Member, step: int) -> Gradient:
        """The gradient of its batch."""
        member.descend(step)
        return Gradient.of(member.model, codec=self.codec)

    def agree(self, heard: Sequence[Gradient], like: Member) -> list[Tensor]:
        """Their mean."""
        return mean([message.tensors for message in heard])

    def follow(self, member: Member, agreed: Sequence[Tensor]) -> None:
        """One step along it."""
        member.move(agreed)


@dataclass(frozen=True)
class WeightAveraging(Policy[Weights]):
    """Each learns alone, and from time to time all take the mean of their weights.

    Local SGD (Stich 2019; McMahan et al. 2017 as federated averaging). What optimisers remember
    stays each member's own.
    """

    every: int = 50
    """steps between two averagings"""
    codec: Codec = "fp32"
    """how weights are written"""

    identical = False

    def __post_init__(self) -> None:
        check_counts(self, "every")
        check_codec(self.codec)

    def speak(self, member: Member, step: int) -> Weights | None:
        """A step of its own; its weights, if it is time."""
        member.learn(step)
        if not self._time(step):
            return None
        return Weights(tuple(w.detach().clone() for w in member.weights), self.codec)

    def agree(self, heard: Sequence[Weights], like: Member) -> list[Tensor]:
        """Their mean."""
        return mean([message.tensors for message in heard])

    def follow(self, member: Member, agreed: Sequence[Tensor]) -> None:
        """Take it."""
        put(agreed, member.weights)


@dataclass(frozen=True)
class DiLoCo(Policy[Gradient]):
    """Each learns alone; then the way that all have gone is a gradient for an outer optimiser.

        d = mean(old - new),    v = momentum v + d,    old = old - rate (d + momentum v)

    d points back from where the members went: descending along it goes on in their direction
    (Douillard et al. 2023, arXiv 2311.08105, algorithm 1; Nesterov momentum as torch.optim.SGD has
    it). What inner optimisers remember stays each member's own. With rate 1 and no momentum it is
    `WeightAveraging`.
    """

    every: int = 50
    """steps between two messages; the paper's is 500"""
    rate: float = 0.7
    """the learning rate of the outer optimiser"""
    momentum: float = 0.9
    """Nesterov momentum of the outer optimiser"""
    codec: Codec = "fp32"
    """how the ways are written"""

    identical = False

    def __post_init__(self) -> None:
        check_counts(self, "every")
        check(self.rate > 0, f"rate={self.rate} must be positive")
        check(0 <= self.momentum < 1, f"momentum={self.momentum} must be from 0 to below 1")
        check_codec(self.codec)

    def speak(self, member: Member, step: int) -> Gradient | None:
        """A step of its own; the way since all agreed, backwards, if it is time."""
        if not member.anchor:
            member.anchor = [w.detach().clone() for w in member.weights]
            member.speed = [torch.zeros_like(w) for w in member.anchor]
        member.learn(step)
        if not self._time(step):
            return None
        pairs = zip(member.anchor, member.weights, strict=True)
        return Gradient(tuple(old - new.detach() for old, new in pairs), self.codec)

    def agree(self, heard: Sequence[Gradient], like: Member) -> list[Tensor]:
        """The mean of the ways."""
        return mean([message.tensors for message in heard])

    def follow(self, member: Member, agreed: Sequence[Tensor]) -> None:
        """Move what all agreed on last, and begin from there again."""
        for old, speed, way in zip(member.anchor, member.speed, agreed, strict=True):
            d = way.to(old)
            speed.mul_(self.momentum).add_(d)
            old.sub_(self.rate * (d + self.momentum * speed))
        put(member.anchor, member.weights)


@dataclass(frozen=True)
class SeedSharing(Policy[SeedAndScalars]):
    """Each step along what all members' perturbations found; nobody differentiates.

    Each measures slopes on its own batch along directions of its own seed, and says seed and
    slopes; all draw all directions again (FedKSeed, Qin et al. 2024). It works between copies that
    are identical to the bit only: that is what it has in the place of large messages. Nothing is
    dropped out while slopes are measured, and running means stand still.
    """

    perturbation: WeightPerturbation = field(default_factory=WeightPerturbation)
    """how slopes are measured; its `samples` are the numbers of a message"""

    identical = True
    every = 1

    def speak(self, member: Member, step: int) -> SeedAndScalars:
        """The slopes of its batch's loss."""
        # Two passes that drop different units differ by that, and not by the perturbation.
        member.model.eval()
        x, y = member.samples(step)
        return measure(
            self.perturbation,
            member.model,
            lambda outputs: member.loss(outputs, y),
            x,
            seed=member.draw(step),
        )

    def agree(self, heard: Sequence[SeedAndScalars], like: Member) -> list[Tensor]:
        """The mean of the gradients that they stand for."""
        weights = [w.detach() for w in like.weights]
        return mean([replay(message, weights) for message in heard])

    def follow(self, member: Member, agreed: Sequence[Tensor]) -> None:
        """One step along it."""
        member.move(agreed)


def mean(members: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    """The mean over members of each of their tensors, added up in the members' order."""
    total = [tensor.clone() for tensor in members[0]]
    for tensors in members[1:]:
        for so_far, tensor in zip(total, tensors, strict=True):
            so_far += tensor
    return [tensor / len(members) for tensor in total]
