"""Gears in pictures: they turn as gears do, and their pictures say so."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import pellucid.worlds.environments  # noqa: F401
from pellucid.errors import ConfigError
from pellucid.worlds.environments.gears import (
    ARRANGEMENTS,
    COLOURS,
    RADIUS,
    SIDE,
    STEP,
    Arrangement,
    centres,
    picture,
    turned,
)


def test_it_is_an_environment_of_gymnasium():
    check_env(gymnasium.make("pellucid/Gears-v0").unwrapped, skip_render_check=True)


def test_gears_that_touch_turn_against_each_other_and_three_in_a_circle_do_not():
    push = np.array([1.0, 0.0, 0.0])
    assert turned(Arrangement("row", 3), push).tolist() == [1, -1, 1]
    assert turned(Arrangement("row", 3), push[::-1]).tolist() == [1, -1, 1]
    assert turned(Arrangement("row", 3), np.array([0, 1.0, 0])).tolist() == [-1, 1, -1]
    assert turned(Arrangement("circle", 3), push).tolist() == [0, 0, 0]
    assert turned(Arrangement("circle", 3, touching=False), push).tolist() == [1, 0, 0]
    both = np.array([[0.5, 0.5], [0.5, -0.25], [1.0, -1.0]])
    assert turned(Arrangement("row", 2), both).tolist() == [[0, 0], [0.75, -0.75], [1, -1]]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_gears_touch_or_stand_apart_inside_of_the_picture(arrangement):
    places = centres(arrangement.shape, arrangement.count)
    near = min(np.hypot(*(a - b)) for k, a in enumerate(places) for b in places[:k])
    assert near == pytest.approx(2 * RADIUS)
    assert (2 * arrangement.radius == pytest.approx(near)) == arrangement.touching
    assert places.min() >= arrangement.radius
    assert places.max() <= SIDE - arrangement.radius


def brightest(image, place, radius, colour):
    """The bearing, clockwise from the right, of the bright side of a gear."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    near = np.hypot(x - place[0], y - place[1]) < radius
    light = image[..., colour.argmax()] * near
    return np.arctan2(((y - place[1]) * light).sum(), ((x - place[0]) * light).sum())


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_the_bright_side_is_where_the_angle_says(arrangement):
    angles = np.array([0.3, -2.0, 1.5])[: arrangement.count]
    image = picture(arrangement, angles)
    for place, angle, colour in zip(
        centres(arrangement.shape, arrangement.count), angles, COLOURS, strict=False
    ):
        assert brightest(image, place, arrangement.radius, colour) == pytest.approx(angle, abs=0.15)


def test_a_step_turns_what_can_turn_and_a_seed_repeats():
    def played():
        environment = gymnasium.make("pellucid/Gears-v0", arrangement=1)
        _, info = environment.reset(seed=4)
        states = [info["state"]]
        for push in (1.0, 0.5):
            *_, info = environment.step(np.array([push, 0, 0], np.float32))
            states.append(info["state"])
        return np.array(states)

    states = played()
    angles = np.arctan2(states[:, 3:], states[:, :3])
    moved = np.angle(np.exp(1j * np.diff(angles, axis=0)))
    np.testing.assert_allclose(moved, STEP * np.array([[1, -1, 1], [0.5, -0.5, 0.5]]), atol=1e-5)
    assert np.array_equal(states, played())


def test_an_episode_ends_and_wrong_settings_are_refused():
    environment = gymnasium.make("pellucid/Gears-v0", max_steps=2).unwrapped
    environment.reset(seed=0)
    ends = [environment.step(np.zeros(3, np.float32))[3] for _ in range(2)]
    assert ends == [False, True]
    for wrong in ({"arrangement": 17}, {"max_steps": 0}):
        with pytest.raises(ConfigError):
            gymnasium.make("pellucid/Gears-v0", **wrong)
