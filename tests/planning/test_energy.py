from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError
from pellucid.planning import (
    ActionCost,
    Energy,
    FinalCost,
    GoalDistance,
    Smoothness,
    StateCost,
    Trajectory,
    terms_of,
)

BOX = ActionSpace((-2.0, 0.0), (2.0, 1.0))


def line(*positions: float) -> Trajectory:
    """A point on a line that visits `positions`, as one problem without candidates."""
    states = torch.tensor(positions).reshape(1, -1, 1)
    return Trajectory(states, torch.zeros(1, len(positions) - 1, 1))


def random_trajectory(seed: int = 0, B: int = 2, S: int = 3, H: int = 4) -> Trajectory:
    generator = torch.Generator().manual_seed(seed)
    return Trajectory(
        torch.randn(B, S, H + 1, 5, generator=generator),
        torch.randn(B, S, H, 2, generator=generator),
    )


def all_energies() -> list[Energy]:
    goal = torch.randn(2, 5, generator=torch.Generator().manual_seed(9))
    return [
        GoalDistance(goal, shape="sum"),
        GoalDistance(goal, shape="discounted", metric="manhattan"),
        ActionCost(BOX),
        Smoothness(BOX),
        StateCost(lambda states: states[..., 0]),
        FinalCost(lambda states: states[..., 1].square()),
    ]


@pytest.mark.parametrize(
    ("shape", "metric", "expected"),
    [
        ("min", "squared", 1.0),
        ("min", "euclidean", 1.0),
        ("sum", "squared", 4.0 + 1.0 + 9.0),
        ("sum", "manhattan", 2.0 + 1.0 + 3.0),
        ("last", "squared", 9.0),
        ("last", "euclidean", 3.0),
        ("discounted", "euclidean", 2.0 + 0.5 * 1.0 + 0.25 * 3.0),
    ],
)
def test_each_shape_and_metric_by_hand(shape, metric, expected):
    goal = GoalDistance(torch.tensor([[5.0]]), shape=shape, metric=metric, discount=0.5)
    assert goal.total(line(5.0, 3.0, 4.0, 8.0)).item() == pytest.approx(expected)


def test_the_first_state_does_not_count():
    assert GoalDistance(torch.tensor([[5.0]])).total(line(5.0, 6.0)).item() == 1.0


def test_by_step_of_min_and_last_shows_all_distances():
    for shape in ("min", "last"):
        steps = GoalDistance(torch.tensor([[5.0]]), shape=shape).by_step(line(0.0, 3.0, 4.0))
        assert steps.tolist() == [[4.0, 1.0]]


def test_patience_prefers_the_earlier_arrival():
    early, late = line(0.0, 5.0, 0.0, 0.0), line(0.0, 0.0, 0.0, 5.0)
    eager = GoalDistance(torch.tensor([[5.0]]), patience=0.01)
    assert eager.total(early).item() == 0.0
    assert eager.total(late).item() == pytest.approx(0.02)
    indifferent = GoalDistance(torch.tensor([[5.0]]))
    assert indifferent.total(early).item() == indifferent.total(late).item() == 0.0


def test_each_problem_has_its_own_goal_and_candidates_share_it():
    states = torch.zeros(2, 3, 5, 1)
    goal = GoalDistance(torch.tensor([[1.0], [3.0]]), shape="last")
    total = goal.total(Trajectory(states, torch.zeros(2, 3, 4, 1)))
    assert total.tolist() == [[1.0] * 3, [9.0] * 3]


def test_a_metric_of_ones_own():
    def off_axis(state, goal):
        return (state - goal)[..., 0].abs()

    goal = torch.zeros(2, 5)
    trajectory = random_trajectory()
    total = GoalDistance(goal, shape="sum", metric=off_axis).total(trajectory)
    assert_close(total, trajectory.states[:, :, 1:, 0].abs().sum(-1))


def test_action_cost_is_one_at_a_bound_and_zero_at_the_centre():
    actions = torch.tensor([[[2.0, 0.5], [0.0, 1.0], [0.0, 0.5], [-2.0, 0.0]]])
    effort = ActionCost(BOX).by_step(Trajectory(torch.zeros(1, 5, 1), actions))
    assert effort.tolist() == [[1.0, 1.0, 0.0, 2.0]]


def test_smoothness_counts_changes_in_half_ranges():
    actions = torch.tensor([[[2.0, 0.5], [0.0, 0.5], [0.0, 1.0]]])
    trajectory = Trajectory(torch.zeros(1, 4, 1), actions)
    assert Smoothness(BOX).by_step(trajectory).tolist() == [[0.0, 1.0, 1.0]]
    previous = torch.tensor([[0.0, 0.5]])
    assert Smoothness(BOX, previous).by_step(trajectory).tolist() == [[1.0, 1.0, 1.0]]


def test_final_cost_is_the_last_steps_only():
    final = FinalCost(lambda states: states[..., 0])
    assert final.by_step(line(1.0, 2.0, 7.0)).tolist() == [[0.0, 7.0]]
    assert final.total(line(1.0, 2.0, 7.0)).tolist() == [7.0]


@settings(max_examples=25, deadline=None)
@given(a=st.floats(-3, 3), b=st.floats(-3, 3), seed=st.integers(0, 99), i=st.integers(0, 5))
def test_energies_are_a_vector_space(a, b, seed, i):
    first, second = all_energies()[i], all_energies()[(i + 1) % 6]
    trajectory = random_trajectory(seed)
    both = a * first + second * b
    expected = a * first.total(trajectory) + b * second.total(trajectory)
    assert_close(both.total(trajectory), expected, rtol=1e-4, atol=1e-4)
    steps = a * first.by_step(trajectory) + b * second.by_step(trajectory)
    assert_close(both.by_step(trajectory), steps, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("i", range(6))
def test_the_steps_of_an_additive_energy_add_up_to_its_total(i):
    energy, trajectory = all_energies()[i], random_trajectory()
    assert_close(energy.by_step(trajectory).sum(-1), energy.total(trajectory))


def test_a_sum_weighs_the_minimum_over_time_as_a_whole():
    # A sum must not add up the steps of a term whose total is another function of them.
    distance = GoalDistance(torch.tensor([[5.0]]))
    assert (2 * distance + distance).total(line(0.0, 3.0, 4.0)).item() == 3.0


def test_an_energy_that_needs_the_last_state_only_reads_no_other():
    goal = torch.randn(2, 5, generator=torch.Generator().manual_seed(9))
    last = GoalDistance(goal, shape="last")
    several = [last, *all_energies(), last + 0.1 * ActionCost(BOX), last + GoalDistance(goal)]
    assert [energy.last_state_only for energy in several] == [
        True, False, False, True, True, False, True, True, False,
    ]  # fmt: skip
    whole = random_trajectory()
    ends = Trajectory(whole.states[:, :, [0, -1]], whole.actions)
    for energy in several:
        if energy.last_state_only:
            assert_close(energy.total(ends), energy.total(whole), rtol=0, atol=0)


def test_the_terms_of_a_sum_stay_readable():
    goal, cost = GoalDistance(torch.zeros(1, 5)), ActionCost(BOX)
    assert terms_of(goal + cost + goal) == (goal, cost, goal)
    assert terms_of(goal) == (goal,)


@pytest.mark.parametrize("i", range(6))
def test_energies_have_the_gradient_of_their_finite_difference(i):
    generator = torch.Generator().manual_seed(1)
    states = torch.randn(2, 3, 5, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    actions = torch.randn(2, 3, 4, 2, generator=generator, dtype=torch.float64, requires_grad=True)
    energy = all_energies()[i]
    if isinstance(energy, GoalDistance):
        energy = GoalDistance(energy.goal.double(), shape=energy.shape, metric=energy.metric)
    torch.autograd.gradcheck(lambda s, a: energy.total(Trajectory(s, a)), (states, actions))


@pytest.mark.parametrize("metric", ["squared", "euclidean", "manhattan"])
def test_the_gradient_at_the_goal_is_a_number(metric):
    states = torch.zeros(1, 1, 3, 2, requires_grad=True)
    energy = GoalDistance(torch.zeros(1, 2), shape="sum", metric=metric)
    energy.total(Trajectory(states, torch.zeros(1, 1, 2, 1))).sum().backward()
    assert states.grad is not None
    assert states.grad.isfinite().all()


@pytest.mark.parametrize(
    "settings_", [{"shape": "mim"}, {"metric": "euclid"}, {"discount": 0.0}, {"patience": -1.0}]
)
def test_wrong_settings_are_named(settings_):
    with pytest.raises(ConfigError, match=str(next(iter(settings_.values())))):
        GoalDistance(torch.zeros(1, 2), **settings_)


def test_a_goal_without_problems_is_refused():
    with pytest.raises(ConfigError, match=r"\(B, D\)"):
        GoalDistance(torch.zeros(5))
