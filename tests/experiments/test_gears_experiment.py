"""What the gears are measured by notices mistakes."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import torch

from pellucid.experiments import gears, gears_pictures
from pellucid.learning.progress import Silent
from pellucid.reasoning.gears import Coupling, Driver, GearProblem, Link
from pellucid.reasoning.gears.generate import random_problem
from pellucid.studio.figures import gear_pictures
from pellucid.worlds.environments.gears import ARRANGEMENTS, MOST, Arrangement, turned


def test_all_of_some_problems_are_solved_in_three_ways_and_the_rule_for_rows_is_not_enough():
    found = gears.compare(60, progress=Silent())
    assert found.read == found.linear == found.simulated == 60
    assert 5 < found.guessed < 50
    assert found.states["locked"] > 0


def test_a_mistake_is_counted(monkeypatch):
    monkeypatch.setattr(gears, "simulated", lambda problem: dict.fromkeys(problem.gears, 1))
    assert gears.compare(20, progress=Silent()).simulated < 5
    one = GearProblem(("1", "2"), (Link("1", "2", Coupling.MESH),), (Driver("1", 1),))
    other = GearProblem(("1", "2"), (Link("1", "2", Coupling.OPEN_BELT),), (Driver("1", 1),))
    assert gears._as_linear(one, one)
    assert not gears._as_linear(one, other)


def test_a_sentence_that_is_read_otherwise_is_counted(monkeypatch):
    monkeypatch.setattr(gears, "tell", lambda problem, random: "Gears play the violin.")
    assert gears.compare(5, progress=Silent()).read == 0


@pytest.mark.parametrize("name", sorted(gears.SEEDS))
def test_a_seed_problem_needs_its_answer_and_its_reason(name):
    text, said, reason = gears.SEEDS[name]
    assert gears._solved(text, said, reason)
    assert not gears._solved(text, said, "because I said so")
    assert not gears._solved(text, "Gear 7 turns clockwise.", reason)


def test_problems_are_of_all_kinds():
    problems = [random_problem(Random(k)) for k in range(60)]
    couplings = {link.coupling for problem in problems for link in problem.links}
    assert couplings == set(Coupling)
    assert {bool(problem.sizes) for problem in problems} == {True, False}


class Knows:
    """A world whose states are the angles themselves, told by its pictures' light."""

    def __init__(self, arrangement):
        self.arrangement = arrangement

    def encode(self, angles):
        return torch.cat([angles.cos(), angles.sin()], dim=1)

    def predict(self, state, push):
        n = self.arrangement.count
        angles = torch.atan2(state[:, n:], state[:, :n])
        speed = turned(self.arrangement, push.numpy()[:, :n])
        return self.encode(angles + 0.6 * torch.from_numpy(speed))


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_a_world_that_knows_is_right_and_one_that_stands_still_is_not(arrangement, monkeypatch):
    monkeypatch.setattr(gears_pictures, "_pictures", lambda a, angles: torch.from_numpy(angles))
    job = gears_pictures.Job("x", None, 0, 1, 30, None)
    assert gears_pictures._asked(Knows(arrangement), arrangement, job) == 1.0
    still = gears_pictures._asked(None, arrangement, job)
    if arrangement.touching:
        locked = arrangement == Arrangement("circle", 3)
        assert still == float(locked)
    else:
        assert 0.2 < still < 0.9
    assert MOST == 3


def test_the_figure_shows_three_moments_of_each():
    drawn = gear_pictures.draw(gears_pictures._example())
    titles = [panel.get_title(loc="left") for panel in drawn.axes if panel.get_title(loc="left")]
    assert len(titles) == len(ARRANGEMENTS)
    strip = drawn.axes[0].images[0].get_array()
    assert strip.shape == (48, 3 * 48 + 2 * 3, 3)
    assert not np.array_equal(strip[:, :48], strip[:, 51:99])
