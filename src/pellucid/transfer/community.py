"""A community of identical copies that learn together, each from its own part of the data.

    told = learn_together(
        model, loss, x, y, policy=DiLoCo(every=50), channel=Loopback(8),
        optimiser=lambda weights: torch.optim.Adam(weights, lr=1e-3),
        steps=2000, batch=16, seed=0, at=range(0, 2001, 200), tell=lambda moment: ...,
    )
    told.bits

The signature is one for all policies, so that test error can be drawn against bits. `Loopback`
holds all members in this process. They take turns, and round as separate processes do; a perceptron
of 784-256-10 would gain nothing by vectorising its copies, only tiny networks would. With `Ranks`
each process that `torchrun` started is a member.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.transfer.channel import Channel
from pellucid.transfer.member import Loss, MakeOptimiser, Member
from pellucid.transfer.sharing import Policy


@dataclass(frozen=True)
class Moment:
    """How far a community has come."""

    step: int
    """Steps that are done."""
    bits: int
    """What all members have said by then, in all processes."""
    model: nn.Module
    """The copy of the first member that lives here, in evaluation mode; look, and do not touch."""


def learn_together(
    model: nn.Module,
    loss: Loss,
    x: Tensor | np.ndarray,
    y: Tensor | np.ndarray,
    *,
    policy: Policy,
    channel: Channel,
    optimiser: MakeOptimiser,
    steps: int,
    batch: int,
    seed: int,
    shards: Sequence[np.ndarray] | None = None,
    fade: Callable[[float], float] | None = None,
    at: Collection[int] = (),
    tell: Callable[[Moment], None] | None = None,
) -> Moment:
    """Train `model` in place as the first member that lives here; the others begin as its copies.

    `loss(outputs, y)` gives a number for each of the samples x (N, ...). Each of the members takes
    `batch` samples a step from its own shard: rows of x, by default every so-manieth (`deal`). The
    optimiser is each member's own; its rates are multiplied by `fade(share)`, of the share of the
    steps that are done. `tell` is called after the steps named in `at`, 0 among them if it is
    named; between two messages it sees a single member, not the mean. Buffers, such as running
    means, are not sent.

    ConfigError for settings that do not fit together; DataError for data that do not.
    """
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    shards = deal(len(x), channel.members) if shards is None else shards
    _check(policy, channel, shards, x, y, steps=steps, batch=batch)
    channel.meet(model)
    members: list[Member] = []
    for number in channel.mine:
        rows = torch.from_numpy(shards[number]).to(x.device)
        if members and policy.identical:
            own, its = members[0].model, members[0].optimiser
        else:
            own = copy.deepcopy(model) if members else model
            its = optimiser([p for p in own.parameters() if p.requires_grad])
        members.append(Member(number, own, its, x[rows], y[rows], loss, batch, seed))
    device = next(model.parameters()).device
    bodies = members[:1] if policy.identical else members
    rates = [[group["lr"] for group in body.optimiser.param_groups] for body in bodies]
    before = channel.bits

    def moment(step: int) -> Moment:
        return Moment(step, channel.bits - before, model.eval())

    # What networks draw in a step (dropout) is seeded; the caller's own draws go on undisturbed.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        for step in range(steps):
            if tell is not None and step in at:
                tell(moment(step))
            for body, its_rates in zip(bodies, rates, strict=True):
                body.model.train()
                for group, rate in zip(body.optimiser.param_groups, its_rates, strict=True):
                    group["lr"] = rate * (1.0 if fade is None else fade(step / steps))
            said = []
            for member in members:
                _seed(member.draw(step), device)
                said.append(policy.speak(member, step))
            if None not in said:
                agreed = policy.agree(channel.exchange(said), members[0])
                for body in bodies:
                    policy.follow(body, agreed)
    last = moment(steps)
    if tell is not None and steps in at:
        tell(last)
    return last


def _seed(seed: int, device: torch.device) -> None:
    """What `torch.manual_seed` does, for one device: that takes longer than a small network."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def deal(count: int, members: int) -> list[np.ndarray]:
    """The rows of each member: every so-manieth, as cards are dealt."""
    return [np.arange(number, count, members) for number in range(members)]


def _check(
    policy: Policy,
    channel: Channel,
    shards: Sequence[np.ndarray],
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    batch: int,
) -> None:
    check(steps >= 1 and batch >= 1, f"steps={steps} and batch={batch} must be at least 1")
    check(
        steps % policy.every == 0,
        f"steps={steps} must be a multiple of every={policy.every}: what is learned after the last "
        "message would be lost",
    )
    if len(x) != len(y):
        raise DataError(f"{len(x)} samples and {len(y)} labels: give as many")
    if len(shards) != channel.members:
        raise DataError(f"{len(shards)} shards of {channel.members} members: give as many")
    smallest = min(len(rows) for rows in shards)
    check(
        batch <= smallest,
        f"batch={batch} is more than the {smallest} samples of a shard: give less",
    )
    rows = np.concatenate(shards)
    if rows.min() < 0 or rows.max() >= len(x) or len(np.unique(rows)) < len(rows):
        raise DataError(f"shards must be rows from 0 to {len(x) - 1}, each in one of them at most")
