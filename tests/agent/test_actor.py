import math

import pytest
import torch
from points import SHORT, PointWorld
from torch.distributions import Categorical, Normal

from pellucid.agent import Actor, Policy
from pellucid.agent.actor import gaussian
from pellucid.data.actions import ActionSpace

BOX = ActionSpace((-1.0, 0.0), (1.0, 10.0))
CHOICE = ActionSpace((0.0,) * 3, (1.0,) * 3, discrete=True)


class Fixed(Policy):
    """The same distribution everywhere."""

    def __init__(self, space, scores):
        super().__init__(2, space, hidden=4)
        self.scores = torch.tensor([scores])

    def forward(self, state, goal):
        return self.scores.expand(len(state), -1)


def states(count, *, seed=0):
    return torch.randn(2, count, 2, generator=torch.Generator().manual_seed(seed))


def test_numbers_are_as_unlikely_as_a_gaussian_says():
    policy = Policy(2, BOX, hidden=8)
    state, goal = states(5)
    action = torch.rand(5, 2) * torch.tensor([2.0, 10.0]) + torch.tensor([-1.0, 0.0])
    middle, deviation = gaussian(policy(state, goal))
    target = (action - torch.tensor([0.0, 5.0])) / torch.tensor([1.0, 5.0])
    expected = -Normal(middle, deviation).log_prob(target).sum(-1) - math.log(2 * math.pi)
    torch.testing.assert_close(policy.unlikelihood(state, goal, action), expected)


def test_choices_are_as_unlikely_as_a_softmax_says():
    policy = Policy(2, CHOICE, hidden=8)
    state, goal = states(5)
    chosen = torch.tensor([0, 1, 2, 1, 0])
    action = torch.eye(3)[chosen]
    expected = -Categorical(logits=policy(state, goal)).log_prob(chosen)
    torch.testing.assert_close(policy.unlikelihood(state, goal, action), expected)


@pytest.mark.parametrize("space", [BOX, CHOICE])
def test_without_a_generator_the_answer_is_the_likeliest(space):
    policy = Policy(2, space, hidden=8)
    state, goal = states(6)
    best = policy.act(state, goal)
    torch.testing.assert_close(space.project(best), best)
    assert torch.equal(policy.act(state, goal), best)
    lowest = policy.unlikelihood(state, goal, best)
    generator = torch.Generator().manual_seed(1)
    for _ in range(20):
        drawn = policy.act(state, goal, generator=generator)
        assert (policy.unlikelihood(state, goal, drawn) >= lowest).all()


def test_draws_of_numbers_have_the_mean_and_deviation_that_were_learned():
    policy = Fixed(BOX, [0.2, -0.3, math.log(0.1), math.log(0.2)])
    generator, one = torch.Generator().manual_seed(0), torch.zeros(1, 2)
    drawn = torch.cat([policy.act(one, one, generator=generator) for _ in range(3000)])
    middle = torch.tensor([math.tanh(0.2), 5 + 5 * math.tanh(-0.3)])
    torch.testing.assert_close(drawn.mean(0), middle, rtol=0.02, atol=0.01)
    torch.testing.assert_close(drawn.std(0), torch.tensor([0.1, 1.0]), rtol=0.05, atol=0)


def test_draws_of_choices_are_as_frequent_as_the_softmax_says():
    shares = torch.tensor([0.6, 0.3, 0.1])
    policy = Fixed(CHOICE, shares.log().tolist())
    generator, one = torch.Generator().manual_seed(0), torch.zeros(1, 2)
    drawn = torch.cat([policy.act(one, one, generator=generator) for _ in range(3000)])
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(drawn.mean(0), shares, rtol=0, atol=0.03)


def test_draws_stay_inside_of_the_space():
    policy = Fixed(BOX, [3.0, -3.0, 9.0, 9.0])
    generator, one = torch.Generator().manual_seed(0), torch.zeros(1, 2)
    drawn = torch.cat([policy.act(one, one, generator=generator) for _ in range(200)])
    assert drawn.min(0).values.tolist() == [-1.0, 0.0]
    assert drawn.max(0).values.tolist() == [1.0, 10.0]


def test_mode_1_is_never_quite_certain():
    """However sure it was taught to be, it does not stand still between two good ways."""
    policy = Fixed(BOX, [0.0, 0.0, -50.0, -50.0])
    generator, one = torch.Generator().manual_seed(0), torch.zeros(1, 2)
    drawn = torch.cat([policy.act(one, one, generator=generator) for _ in range(500)])
    assert drawn[:, 0].std().item() == pytest.approx(math.exp(-3), rel=0.15)


@pytest.mark.parametrize("space", [BOX, CHOICE])
def test_an_episode_is_drawn_the_same_alone_and_in_a_batch(space):
    policy = Policy(2, space, hidden=8)
    state, goal = states(4)
    together = policy.act(state, goal, generator=torch.Generator().manual_seed(3))
    for i in range(4):
        alone = policy.act(
            state[i : i + 1], goal[i : i + 1], generator=torch.Generator().manual_seed(3)
        )
        torch.testing.assert_close(alone[0], together[i])


def test_two_ways_as_good_are_learned_as_two_ways_not_as_their_mean():
    policy = Policy(2, ActionSpace((-1.0,), (1.0,)), hidden=8)
    optimiser = torch.optim.Adam(policy.parameters(), lr=0.02)
    here, there = torch.zeros(64, 2), torch.ones(64, 2)
    either = torch.tensor([[0.5], [-0.5]]).repeat(32, 1)
    for _ in range(150):
        optimiser.zero_grad()
        policy.unlikelihood(here, there, either).mean().backward()
        optimiser.step()
    middle, deviation = gaussian(policy(here[:1], there[:1]))
    assert abs(middle.item()) < 0.05
    assert deviation.item() == pytest.approx(0.5, rel=0.1)


def test_reactions_repeat_with_the_seed():
    actor = Actor(PointWorld(), Fixed(ActionSpace((-1.0,) * 2, (1.0,) * 2), [0.0] * 4))
    one = torch.zeros(1, 2)

    def three(seed):
        actor.begin(SHORT, seed=seed)
        return torch.cat([actor.react(one, one) for _ in range(3)])

    assert torch.equal(three(1), three(1))
    assert not torch.equal(three(1), three(2))
    assert len(three(1).unique()) == 6
