"""Policies against their definitions written out, on members that have their own bodies."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.learning import WeightPerturbation
from pellucid.transfer import (
    DiLoCo,
    GradientSharing,
    Loopback,
    SeedSharing,
    WeightAveraging,
)
from pellucid.transfer.member import Member

K, BATCH = 3, 4


def loss(outputs, labels):
    return F.cross_entropy(outputs, labels, reduction="none")


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 3)).double()


def sgd(weights):
    return torch.optim.SGD(weights, lr=0.3)


def adam(weights):
    return torch.optim.Adam(weights, lr=0.01)


def community(optimiser=sgd):
    """K members with bodies of their own, and 24 samples each."""
    draw = torch.Generator().manual_seed(1)
    members = []
    for number in range(K):
        x = torch.randn(24, 5, generator=draw, dtype=torch.float64)
        y = torch.randint(3, (24,), generator=draw)
        model = network()
        made = optimiser(model.parameters())
        members.append(Member(number, model, made, x, y, loss, BATCH, seed=0))
    return members


def live(members, policy, steps):
    channel = Loopback(len(members))
    for step in range(steps):
        said = [policy.speak(member, step) for member in members]
        if None not in said:
            agreed = policy.agree(channel.exchange(said), members[0])
            for member in members:
                policy.follow(member, agreed)
    return channel


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def alike(members):
    return all(torch.equal(flat(m.model), flat(members[0].model)) for m in members)


def alone(member, steps, optimiser=sgd, start=0):
    """What a member learns by itself, by the plainest of loops."""
    model = copy.deepcopy(member.model)
    made = optimiser(model.parameters())
    for step in range(start, start + steps):
        x, y = member.samples(step)
        made.zero_grad()
        loss(model(x), y).mean().backward()
        made.step()
    return flat(model)


@pytest.mark.parametrize("optimiser", [sgd, adam])
def test_shared_gradients_are_those_of_one_process_with_all_batches(optimiser):
    members = community(optimiser)
    model = network()
    made = optimiser(model.parameters())
    for step in range(10):
        batches = [m.samples(step) for m in community(optimiser)]
        x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
        assert len(x) == K * BATCH
        made.zero_grad()
        loss(model(x), y).mean().backward()
        made.step()
    live(members, GradientSharing(), 10)
    assert alike(members)
    # What is sent has 24 bits of precision; networks here have 53.
    assert torch.allclose(flat(members[0].model), flat(model), atol=1e-4)
    assert (flat(model) - flat(network())).abs().max() > 0.05


def test_averaged_weights_are_the_mean_of_what_each_learned():
    members = community()
    expected = torch.stack([alone(m, 5) for m in community()]).mean(0)
    live(members, WeightAveraging(every=5), 5)
    assert alike(members)
    assert torch.allclose(flat(members[0].model), expected, atol=1e-6)


def test_between_two_averagings_each_is_by_itself():
    members = community()
    live(members, WeightAveraging(every=5), 4)
    assert not alike(members)
    for member, same in zip(members, community(), strict=True):
        assert torch.allclose(flat(member.model), alone(same, 4))


def test_averaging_every_step_is_sharing_gradients_where_the_optimiser_is_linear():
    one, other = community(), community()
    live(one, WeightAveraging(every=1), 12)
    live(other, GradientSharing(), 12)
    assert torch.allclose(flat(one[0].model), flat(other[0].model), atol=1e-5)


@pytest.mark.parametrize("optimiser", [sgd, adam])
def test_an_outer_optimiser_of_rate_one_without_momentum_averages(optimiser):
    one, other = community(optimiser), community(optimiser)
    live(one, DiLoCo(every=4, rate=1.0, momentum=0.0), 12)
    live(other, WeightAveraging(every=4), 12)
    assert torch.allclose(flat(one[0].model), flat(other[0].model), atol=1e-6)


def test_the_outer_step_goes_where_members_went_and_not_back():
    """A peer had the sign of the way reversed, and unlearned what members had learned."""
    (member,) = community()[:1]
    start, learned = flat(member.model), alone(community()[0], 6)
    live([member], DiLoCo(every=6, rate=0.5, momentum=0.0), 6)
    assert torch.allclose(flat(member.model), start + 0.5 * (learned - start), atol=1e-7)


def test_its_rounds_are_those_of_an_optimiser_with_nesterov_momentum():
    members, bodies = community(adam), community(adam)
    anchor = nn.Parameter(flat(network()))
    outer = torch.optim.SGD([anchor], lr=0.7, momentum=0.9, nesterov=True)
    for first in (0, 3, 6):
        for body in bodies:
            nn.utils.vector_to_parameters(anchor.detach().clone(), body.model.parameters())
            for step in range(first, first + 3):
                body.learn(step)
        anchor.grad = anchor.detach() - torch.stack([flat(b.model) for b in bodies]).mean(0)
        outer.step()
    live(members, DiLoCo(every=3), 9)
    assert alike(members)
    assert torch.allclose(flat(members[0].model), anchor, atol=1e-5)


def test_short_types_take_fewer_bits_and_change_little():
    exact, short = community(), community()
    full = live(exact, DiLoCo(every=4), 8)
    eighth = live(short, DiLoCo(every=4, codec="int8"), 8)
    weights = flat(exact[0].model).numel()
    # Two rounds, three members, three bytes saved a weight, and a scale for each of four tensors.
    assert full.bits - eighth.bits == 2 * K * 8 * (3 * weights - 4 * 4)
    moved = (flat(exact[0].model) - flat(network())).abs().max()
    off = (flat(exact[0].model) - flat(short[0].model)).abs().max()
    assert alike(short)
    assert 0 < off < 0.05 * moved


def test_copies_that_share_seeds_stay_the_same_to_the_bit_and_learn():
    members = community(adam)
    before = loss(members[0].model(members[0].x), members[0].y).mean()
    channel = live(members, SeedSharing(WeightPerturbation(samples=4)), 60)
    assert alike(members)
    after = loss(members[0].model(members[0].x), members[0].y).mean()
    assert after < 0.9 * before
    assert channel.bits == 60 * K * (64 + 32 + 4 * 32)


def test_a_step_of_shared_seeds_is_the_mean_of_the_members_estimates():
    members = community()
    how = WeightPerturbation(samples=2)
    found = []
    for member in community():
        x, y = member.samples(0)
        draw = torch.Generator().manual_seed(member.draw(0))
        estimate = how.estimate(member.model, lambda z, y=y: loss(z, y), x, generator=draw)
        found.append(torch.cat([g.flatten() for g in estimate.gradient.values()]))
    expected = flat(network()) - 0.3 * torch.stack(found).mean(0)
    live(members, SeedSharing(how), 1)
    assert torch.allclose(flat(members[0].model), expected, atol=1e-5)
    assert len({m.draw(0) for m in members} | {m.draw(1) for m in members}) == 2 * K


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ConfigError, match="every=0"):
        WeightAveraging(every=0)
    with pytest.raises(ConfigError, match="rate=0"):
        DiLoCo(rate=0)
    with pytest.raises(ConfigError, match="momentum=1"):
        DiLoCo(momentum=1.0)
    with pytest.raises(ConfigError, match="'int9'"):
        GradientSharing(codec="int9")
