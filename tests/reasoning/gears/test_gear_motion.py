"""Gears against known answers, linear algebra, and the simulated world."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.planning import CEM, FinalCost
from pellucid.reasoning import Proposal, Retry, solve
from pellucid.reasoning.gears import (
    Coupling,
    Driver,
    GearProblem,
    GearVerifier,
    GearWorld,
    Link,
    Query,
    Question,
    Size,
    State,
    answer,
    motions,
)
from pellucid.reasoning.gears.generate import KINDS, random_problem
from pellucid.reasoning.gears.linear import turns
from pellucid.reasoning.gears.world import simulated
from pellucid.reasoning.verification import Judgement


def meshed(count, *, closed, driver="1"):
    gears = tuple(str(k + 1) for k in range(count))
    ends = [*pairwise(gears), *([(gears[-1], gears[0])] if closed else [])]
    links = tuple(Link(a, b, Coupling.MESH) for a, b in ends)
    return GearProblem(gears, links, (Driver(driver, 1),), (Query(Question.DIRECTION, gears),))


@pytest.mark.parametrize("count", range(3, 10))
def test_a_circle_turns_if_it_is_even(count):
    found = motions(meshed(count, closed=True))
    if count % 2:
        assert {m.state for m in found.values()} == {State.LOCKED}
        cycle = "-".join(str(k + 1) for k in range(count))
        assert f"locked: the odd cycle {cycle}" in found["1"].reason
    else:
        assert [m.direction for m in found.values()] == [1, -1] * (count // 2)


def test_neighbours_in_a_row_turn_against_each_other():
    found = motions(meshed(6, closed=False, driver="3"))
    assert [m.direction for m in found.values()] == [1, -1, 1, -1, 1, -1]
    assert found["6"].path == ("3", "4", "5", "6")


def test_a_cycle_is_named_even_where_the_driver_is_outside_of_it():
    gears = tuple("ABCDE")
    ends = ("AB", "BC", "CD", "DE", "EC")
    links = tuple(Link(a, b, Coupling.MESH) for a, b in ends)
    found = motions(GearProblem(gears, links, (Driver("A", 1),)))
    assert all(m.state is State.LOCKED for m in found.values())
    assert found["A"].path == ("C", "D", "E")


def compound(sizes, *, crossed=False):
    """1 meshes with 2; 2 and 3 share an axle; a belt runs from 3 to 1."""
    belt = Coupling.CROSSED_BELT if crossed else Coupling.OPEN_BELT
    links = (
        Link("1", "2", Coupling.MESH),
        Link("2", "3", Coupling.AXLE),
        Link("3", "1", belt),
    )
    known = {str(k + 1): Size(Fraction(s)) for k, s in enumerate(sizes) if s}
    return GearProblem(("1", "2", "3"), links, (Driver("1", 1, Fraction(60)),), (), known)


def test_a_cycle_of_wrong_ratios_is_locked_and_one_of_right_ratios_turns():
    turning = motions(compound((20, 40, 40), crossed=True))
    assert [m.speed for m in turning.values()] == [60, 30, 30]
    assert [m.direction for m in turning.values()] == [1, -1, -1]
    locked = motions(compound((20, 40, 30), crossed=True))["1"]
    assert locked.state is State.LOCKED
    assert "speeds are multiplied by 3/4" in locked.reason
    assert motions(compound((20, 40, 40)))["1"].state is State.LOCKED  # the belt is not crossed


def test_what_depends_on_sizes_that_are_not_given_is_unknown():
    unknown = motions(compound((20, 40, 0), crossed=True))["1"]
    assert unknown.state is State.UNKNOWN
    assert "depends on the sizes of the gears 3" in unknown.reason
    # The direction is against it whatever the sizes are.
    assert motions(compound((20, 40, 0)))["1"].state is State.LOCKED
    row = motions(meshed(3, closed=False))
    assert row["3"].direction == 1
    assert row["3"].speed is None


def test_a_size_that_cancels_is_not_needed():
    gears = ("1", "2", "3")
    links = (Link("1", "2", Coupling.MESH), Link("2", "3", Coupling.MESH))
    sizes = {"1": Size(Fraction(20)), "3": Size(Fraction(10))}
    problem = GearProblem(gears, links, (Driver("1", 1, Fraction(60)),), (), sizes)
    found = motions(problem)
    assert found["3"].speed == 120  # the size of an idler does not matter
    assert found["2"].speed is None


def test_drivers_that_contradict_each_other_are_told_so():
    problem = meshed(3, closed=False)
    both = GearProblem(problem.gears, problem.links, (Driver("1", 1), Driver("3", -1)))
    found = motions(both)["2"]
    assert found.state is State.IMPOSSIBLE
    assert "gear 3 must turn clockwise, but it is driven counter-clockwise" in found.reason
    agreed = GearProblem(problem.gears, problem.links, (Driver("1", 1), Driver("3", 1)))
    assert motions(agreed)["2"].direction == -1


def test_a_gear_that_nothing_reaches_is_free():
    problem = GearProblem(("1", "2"), (), (Driver("1", -1),))
    found = motions(problem)
    assert found["2"].state is State.FREE
    assert found["1"].direction == -1


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(KINDS))
def test_reasoning_linear_algebra_and_simulation_agree(seed, kind):
    problem = random_problem(Random(seed), kind)
    found = motions(problem)
    driver = problem.drivers[0]
    exact = turns(problem, {g: problem.size(g).factor for g in problem.gears}, driver.gear)
    physical = simulated(problem)
    for gear, motion in found.items():
        turn = Fraction(0) if exact is None else exact[gear]
        assert motion.direction == ((turn > 0) - (turn < 0)) * driver.direction
        assert physical[gear] == motion.direction
        assert (motion.state is State.LOCKED) <= (exact is None)
        if motion.speed is not None:
            assert motion.speed == abs(turn) * driver.speed


def test_the_world_turns_angles_and_obeys_ratios():
    problem = compound((20, 40, 40), crossed=True)
    world = GearWorld(problem)
    state = world.still
    for _ in range(60):
        state = world.predict(state, torch.ones(1, 1, dtype=torch.float64))
    one, two, three = world.speeds(state)[0].tolist()
    assert two == pytest.approx(-one / 2, rel=1e-4)
    assert three == pytest.approx(two, rel=1e-4)
    # At rest, torque equals friction: 1 = w (1 + 1/4 + 1/4).
    assert one == pytest.approx(1 / 1.5, rel=1e-4)
    batch = world.predict(state.repeat(3, 1), torch.tensor([[1.0], [0.0], [-1.0]]))
    speeds = world.speeds(batch)[:, 0]
    assert speeds[0] > speeds[1] > speeds[2]


def test_a_planner_turns_a_gear_that_it_cannot_reach():
    # Gear 3 is wanted 0.8 radians clockwise; only gear 1 has a motor.
    world = GearWorld(meshed(3, closed=False))
    energy = FinalCost(lambda state: (state[..., 2] - 0.8).square())
    plan = CEM(samples=64, iterations=6).plan(world, world.still.float(), energy, horizon=12)
    assert plan.states[0, -1, 2].item() == pytest.approx(0.8, abs=0.05)
    assert plan.states[0, -1, 1].item() == pytest.approx(-0.8, abs=0.05)


def test_what_is_said_of_no_gear_is_refused():
    with pytest.raises(DataError, match="no gear 9: the gears are 1, 2"):
        GearProblem(("1", "2"), (Link("1", "9", Coupling.MESH),), ())
    with pytest.raises(DataError, match="itself"):
        Link("1", "1", Coupling.MESH)
    with pytest.raises(DataError, match="same name"):
        GearProblem(("1", "1"), (), ())
    with pytest.raises(DataError, match="more than 0"):
        GearProblem(("1",), (), (), (), {"1": Size(Fraction(0))})
    with pytest.raises(DataError, match="needs a driver"):
        GearWorld(GearProblem(("1",), (), ()))


class Guesses:
    """Turns the next gear of a row one way or the other, at random."""

    def propose(self, requests, random):
        return [
            [
                Proposal(
                    f"{len(r.chain) + 1} {random.choice(['clockwise', 'counter-clockwise'])}",
                    final=len(r.chain) + 1 == len(r.problem.gears),
                )
                for _ in range(r.count)
            ]
            for r in requests
        ]


def test_guesses_that_are_verified_become_answers():
    row = meshed(6, closed=False)
    found = solve(row, Guesses(), GearVerifier(), retries=20)
    assert found.verified
    assert [step.split()[1] for step in found.chain] == ["clockwise", "counter-clockwise"] * 3
    blind = solve(row, Guesses(), GearVerifier(), strategy=Retry(restarts=0))
    assert not blind.verified
    ring = meshed(5, closed=True)
    assert not solve(ring, Guesses(), GearVerifier(), retries=20).verified


def test_a_lock_is_verified_by_its_cycle():
    verifier, ring = GearVerifier(), meshed(5, closed=True)
    good = verifier.answer(ring, ("locked 1 2 3 4 5",))
    assert good.judgement is Judgement.HOLDS
    for cycle in ("1 2 3", "1 2 4 3 5"):
        assert verifier.answer(ring, (f"locked {cycle}",)).judgement is Judgement.FAILS
    even = meshed(4, closed=True)
    assert verifier.answer(even, ("locked 1 2 3 4",)).judgement is Judgement.FAILS
    assert verifier.step(even, ("nonsense",)).judgement is Judgement.FAILS
    unknown = compound((20, 40, 0), crossed=True)
    assert verifier.answer(unknown, ("locked 1 2 3",)).judgement is Judgement.UNKNOWN


def test_answers_are_sentences_with_reasons():
    [reply] = answer(meshed(4, closed=False, driver="2"))
    assert reply.text == "Gears 1 and 3 turn counter-clockwise. Gears 2 and 4 turn clockwise."
    assert "Gear 2 turns clockwise; gear 3, which meshes with it, counter-clockwise;" in str(reply)
    assert len(reply.reasons) == 3  # the way to gear 3 is part of the way to gear 4
