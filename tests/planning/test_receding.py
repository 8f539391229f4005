from __future__ import annotations

import pytest
import torch
from known_worlds import Corridor, point

from pellucid.errors import ConfigError
from pellucid.planning import (
    CEM,
    ICEM,
    GoalDistance,
    GradientPlanner,
    RecedingHorizon,
    Trajectory,
    rollout,
)
from pellucid.planning.receding import shift


def test_shift_drops_what_was_executed_and_repeats_the_end():
    plans = torch.arange(5.0).reshape(1, 5, 1)
    assert shift(plans, 2).flatten().tolist() == [2.0, 3.0, 4.0, 4.0, 4.0]
    assert shift(plans, 5).flatten().tolist() == [4.0] * 5


@pytest.mark.parametrize(
    "planner",
    [
        CEM(samples=128, elites=16, iterations=10),
        ICEM(samples=128, elites=16),
        GradientPlanner(restarts=4, iterations=30),
    ],
    ids=lambda planner: type(planner).__name__,
)
@pytest.mark.parametrize("execute", [1, 3])
def test_a_point_arrives_and_stays(planner, execute):
    world = point()
    state, goal = torch.zeros(2, 2), torch.tensor([[1.0, 0.5], [-0.4, 0.9]])
    control = RecedingHorizon(planner, world, horizon=6, execute=execute)
    energy = GoalDistance(goal, shape="sum")
    for _ in range(12 // execute):
        actions, _ = control.plan(state, energy)
        assert actions.shape == (2, execute, 2)
        for action in actions.unbind(1):
            state = world.predict(state, action)
    assert (state - goal).norm(dim=-1).max() < 0.05


def test_the_tail_of_a_plan_starts_the_next_and_is_never_lost():
    # One step of shooting a decision is a poor search: only what is kept brings it to the goal.
    world, state, goal = point(), torch.zeros(1, 2), torch.tensor([[0.8, 0.0]])
    control = RecedingHorizon(CEM(samples=16, elites=4, iterations=1), world, horizon=8)
    energy = GoalDistance(goal, shape="sum")
    for _ in range(8):
        promised = control.warm_start
        actions, plan = control.plan(state, energy)
        if promised is not None:
            kept = Trajectory(rollout(world, state, promised), promised)
            assert plan.energy.item() <= energy.total(kept).item() + 1e-6
        warm = control.warm_start
        assert warm is not None
        assert torch.equal(warm[:, 0, :-1], plan.actions[:, 1:])
        state = world.predict(state, actions[:, 0])


def test_elites_travel_to_the_next_decision():
    control = RecedingHorizon(ICEM(samples=40, elites=10, keep=0.3), point(), horizon=5)
    control.plan(torch.zeros(2, 2), GoalDistance(torch.ones(2, 2)))
    assert control.warm_start.shape == (2, 1 + 3, 5, 2)


def test_reset_forgets_the_problems_that_are_masked_and_no_others():
    control = RecedingHorizon(CEM(samples=40, elites=10), point(), horizon=5)
    energy = GoalDistance(torch.ones(3, 2))
    control.plan(torch.zeros(3, 2), energy)
    before = control.warm_start.clone()
    control.reset(torch.tensor([False, True, False]))
    assert torch.equal(control.warm_start[[0, 2]], before[[0, 2]])
    assert (control.warm_start[1] == 0).all()
    assert (before[1] != 0).any()
    control.reset()
    assert control.warm_start is None
    control.plan(torch.zeros(7, 2), GoalDistance(torch.ones(7, 2)))


def test_a_reset_plan_is_valid_in_a_discrete_world():
    control = RecedingHorizon(CEM(samples=40, elites=10), Corridor(), horizon=5)
    control.plan(torch.zeros(2, 1), GoalDistance(torch.ones(2, 1)))
    control.reset(torch.tensor([True, False]))
    assert (control.warm_start.sum(-1) == 1).all()


def test_a_run_depends_on_its_seed_only():
    def run(seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        planner = CEM(samples=20, elites=4, iterations=2)
        control = RecedingHorizon(planner, point(), horizon=5, generator=generator)
        energy = GoalDistance(torch.ones(1, 2))
        return torch.stack([control.plan(torch.zeros(1, 2), energy)[0] for _ in range(3)])

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))


def test_mistakes_are_named():
    with pytest.raises(ConfigError, match="executed"):
        RecedingHorizon(CEM(), point(), horizon=5, execute=6)
    control = RecedingHorizon(CEM(samples=40, elites=10), point(), horizon=5)
    control.plan(torch.zeros(2, 2), GoalDistance(torch.ones(2, 2)))
    with pytest.raises(ConfigError, match="reset"):
        control.plan(torch.zeros(3, 2), GoalDistance(torch.ones(3, 2)))
