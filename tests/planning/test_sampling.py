"""The parts of sampling planners: noise, elites, path weights, rollouts."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from known_worlds import double_integrator
from torch.testing import assert_close

from pellucid.errors import ConfigError
from pellucid.planning import ICEM, rollout
from pellucid.planning.cem import lowest, refit
from pellucid.planning.mppi import average, path_weights
from pellucid.planning.noise import colour_of, coloured


def noise(steps: int, beta: float, samples: int = 20_000) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    like = torch.zeros(1, 1)
    return coloured(samples, colour_of(steps, beta, like=like), like=like, generator=generator)[
        ..., 0
    ]


@pytest.mark.parametrize("steps", [1, 2, 5, 12])
@pytest.mark.parametrize("beta", [0.0, 1.0, 2.0])
def test_noise_of_any_colour_has_unit_variance_at_each_step(steps, beta):
    sample = noise(steps, beta)
    assert sample.shape == (20_000, steps)
    assert_close(sample.var(0), torch.ones(steps), rtol=0.05, atol=0)
    assert_close(sample.mean(0), torch.zeros(steps), rtol=0, atol=0.03)


@pytest.mark.parametrize("beta", [0.0, 1.0, 2.0])
def test_the_power_of_noise_falls_as_frequency_to_the_minus_beta(beta):
    power = torch.fft.rfft(noise(16, beta)).abs().square().mean(0)[1:-1]
    frequency = torch.fft.rfftfreq(16)[1:-1]
    expected = frequency**-beta
    assert_close(power / power[0], expected / expected[0], rtol=0.06, atol=0.01)


@pytest.mark.parametrize("steps", [4, 5])
def test_white_is_no_colour(steps):
    colour = colour_of(steps, 0.0, like=torch.zeros(1).double())
    assert_close(colour @ colour.T, torch.eye(steps).double())


def test_red_noise_goes_somewhere():
    # The reason for colour: a random walk of the same step reaches farther.
    assert noise(16, 2.0).sum(1).std() > 1.7 * noise(16, 0.0).sum(1).std()


def test_elites_and_their_moments_by_hand():
    knots = torch.tensor([[[[1.0]], [[5.0]], [[3.0]]], [[[0.0]], [[2.0]], [[9.0]]]])
    energies = torch.tensor([[3.0, 1.0, 2.0], [torch.inf, 5.0, 4.0]])
    elites, kept = lowest(knots, energies, 2)
    assert elites.flatten(1).tolist() == [[5.0, 3.0], [9.0, 2.0]]
    assert kept.tolist() == [[1.0, 2.0], [4.0, 5.0]]
    mean, deviation = refit(elites, torch.zeros(2, 1, 1), torch.zeros(2, 1, 1), momentum=0.25)
    assert mean.flatten().tolist() == [3.0, 4.125]
    assert_close(deviation.flatten(), 0.75 * torch.tensor([2.0**0.5, 24.5**0.5]))


def test_path_weights_are_the_published_softmax_in_units_of_the_spread():
    energies = torch.tensor([[0.0, 1.0, 3.0]])
    expected = (-energies / (0.5 * energies.std(correction=0))).softmax(1)
    assert_close(path_weights(energies, 0.5), expected)


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(0.01, 100), offset=st.floats(-50, 50), seed=st.integers(0, 99))
def test_path_weights_have_no_unit(scale, offset, seed):
    energies = torch.randn(2, 6, generator=torch.Generator().manual_seed(seed)).double()
    moved = path_weights(scale * energies + offset, 0.3)
    assert_close(moved, path_weights(energies, 0.3), rtol=1e-5, atol=1e-8)


def test_path_weights_survive_failures_and_ties():
    inf = torch.inf
    energies = torch.tensor([[1.0, inf, 2.0], [inf, inf, inf], [4.0, 4.0, 4.0]])
    weights = path_weights(energies, 0.5)
    assert_close(weights.sum(1), torch.ones(3))
    assert weights[0, 1] == 0.0
    assert_close(weights[0, [0, 2]], path_weights(torch.tensor([[1.0, 2.0]]), 0.5)[0])
    assert_close(weights[1:], torch.full((2, 3), 1 / 3))


def test_the_weighted_mean_of_knots_by_hand():
    knots = torch.tensor([[[[1.0, 2.0]], [[3.0, 6.0]]], [[[0.0, 1.0]], [[4.0, 1.0]]]])
    weights = torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    assert average(weights, knots).tolist() == [[[2.0, 4.0]], [[3.0, 1.0]]]


def test_the_population_shrinks_to_twice_the_elites():
    assert ICEM(samples=100, elites=30, iterations=5, decay=1.25).populations() == [
        100,
        80,
        64,
        60,
        60,
    ]


@pytest.mark.parametrize("chunk", [None, 1, 4, 100])
def test_a_rollout_is_the_loop_written_by_hand(chunk):
    world = double_integrator()
    generator = torch.Generator().manual_seed(0)
    state = torch.randn(2, 4, generator=generator)
    actions = torch.randn(2, 3, 5, 2, generator=generator)
    states = rollout(world, state, actions, chunk=chunk)
    for b in range(2):
        for s in range(3):
            expected = [state[b : b + 1]]
            for t in range(5):
                expected.append(world.predict(expected[-1], actions[b, s, t : t + 1]))
            assert_close(states[b, s], torch.cat(expected))


def test_a_rollout_is_differentiable_in_its_actions():
    world = double_integrator()
    actions = torch.zeros(1, 1, 3, 2, requires_grad=True)
    rollout(world, torch.zeros(1, 4), actions)[..., -1, 0].sum().backward()
    # Position at t=3 per push at t=0, 1, 2 of the first axis: 0.5 * 0.1 * (steps left).
    assert_close(actions.grad[0, 0, :, 0], torch.tensor([0.1, 0.05, 0.0]))
    assert actions.grad[0, 0, :, 1].tolist() == [0.0, 0.0, 0.0]


def test_a_rollout_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="do not fit"):
        rollout(double_integrator(), torch.zeros(3, 4), torch.zeros(2, 1, 5, 2))
