"""What carries messages: within one process, or between those that `torchrun` started.

    heard = send(SoftTargets(logits))                   # as it arrives, with what its codec lost
    everything = Loopback(8).exchange(messages)         # eight members live in this process
    everything = Ranks().exchange([message])            # each process is a member

Messages are packed and unpacked wherever they go, so that a member in the same process hears no
more than one far away. A ledger hears the bits of a message when it is said, once, however many
listen: a net that carries it to each of k - 1 others on its own multiplies all figures by k - 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from pellucid.config import check
from pellucid.errors import ConfigError, DataError
from pellucid.hardware.ledger import spend
from pellucid.transfer.message import Message

M = TypeVar("M", bound=Message)


def send(message: M) -> M:
    """A message as it arrives; its bits are entered under its kind."""
    return type(message).from_bytes(_said(message))


class Channel(ABC):
    """Members that all hear all.

        channel.meet(model)                        # all begin as the first
        heard = channel.exchange([say(m) for m in channel.mine])
        channel.bits                               # that all have said so far

    Each process holds some of the members, and a channel of its own.
    """

    members: int
    """How many they are."""
    mine: range
    """The numbers of those that live in this process."""

    def __init__(self) -> None:
        self.bits = 0
        """What all members have said so far, in all processes."""

    def exchange(self, messages: Sequence[M]) -> list[M]:
        """What each of mine says, to what every member says, by its number.

        DataError where another member says something of another kind.
        """
        if len(messages) != len(self.mine):
            raise DataError(f"{len(messages)} messages of {len(self.mine)} members: give as many")
        heard = self._carry([_said(message) for message in messages])
        self.bits += sum(8 * len(data) for data in heard)
        return [type(messages[0]).from_bytes(data) for data in heard]

    @abstractmethod
    def meet(self, model: nn.Module) -> None:
        """Make a model the first member's, parameters and buffers.

        That is not counted: who begins alike may have begun from a seed.
        """

    @abstractmethod
    def _carry(self, said: list[bytes]) -> list[bytes]:
        """The bytes of mine, to those of all."""


class Loopback(Channel):
    """All members live in this process."""

    def __init__(self, members: int) -> None:
        check(members >= 1, f"members={members} must be at least 1")
        super().__init__()
        self.members, self.mine = members, range(members)

    def meet(self, model: nn.Module) -> None:
        """They do."""

    def _carry(self, said: list[bytes]) -> list[bytes]:
        return said


class Ranks(Channel):
    """Each process of the group is a member, its rank its number; all must speak together.

    Messages go as one gathering of bytes, filled up with zeros to the longest, after one of their
    lengths. Neither the zeros nor the lengths are counted: messages of a community are equally
    long, and its lengths could be agreed on. `device` is where the group's backend wants tensors.
    """

    def __init__(self, *, device: torch.device | None = None) -> None:
        if not (dist.is_available() and dist.is_initialized()):
            raise ConfigError(
                "no processes have met: start this by torchrun, within "
                "learning.distributed.process_group"
            )
        super().__init__()
        self.members = dist.get_world_size()
        self.mine = range(dist.get_rank(), dist.get_rank() + 1)
        self._device = device or torch.device("cpu")

    def meet(self, model: nn.Module) -> None:
        """Broadcast the model of rank 0."""
        for tensor in (*model.parameters(), *model.buffers()):
            shared = tensor.detach().to(self._device, copy=True).contiguous()
            dist.broadcast(shared, src=0)
            tensor.data.copy_(shared)

    def _carry(self, said: list[bytes]) -> list[bytes]:
        (own,) = said
        lengths = [int(n) for n in self._gather(torch.tensor([len(own)]))]
        padded = torch.zeros(max(lengths), dtype=torch.uint8)
        padded[: len(own)] = torch.frombuffer(bytearray(own), dtype=torch.uint8)
        rows = self._gather(padded)
        return [row[:n].cpu().numpy().tobytes() for row, n in zip(rows, lengths, strict=True)]

    def _gather(self, own: Tensor) -> list[Tensor]:
        own = own.to(self._device)
        rows = [torch.empty_like(own) for _ in range(self.members)]
        dist.all_gather(rows, own)
        return rows


def _said(message: Message) -> bytes:
    """The bytes of a message, entered into the ledgers."""
    data = message.to_bytes()
    spend("bits", message.kind, 8 * len(data))
    return data
