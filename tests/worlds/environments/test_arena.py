from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.worlds.environments
from pellucid.errors import ActionError, ConfigError
from pellucid.worlds.environments.arena import GOAL_RADIUS, SPEED, ArenaVector
from pellucid.worlds.environments.layouts import SIZE, held_out, two_rooms, two_rooms_grid
from pellucid.worlds.environments.physics import crosses, inside
from pellucid.worlds.environments.point_maze import PointMaze, PointMazeVector
from pellucid.worlds.environments.two_room import FIXED, TwoRoom, TwoRoomVector

IDS = sorted(pellucid.worlds.environments.IDS)
LEFT = 27.5  # where the fixed wall is solid


def scene(position: list[float], goal: list[float]) -> TwoRoomVector:
    arenas = TwoRoomVector(1)
    arenas.reset(seed=0, options={"positions": [position], "goals": [goal]})
    return arenas


def push(arenas: ArenaVector, *action: float) -> tuple[Any, ...]:
    return arenas.step(np.tile(np.array(action), (arenas.num_envs, 1)))


@pytest.mark.parametrize("name", IDS)
def test_gymnasiums_own_check(name: str) -> None:
    check_env(gymnasium.make(name).unwrapped)


@pytest.mark.parametrize("name", IDS)
def test_gymnasium_makes_one_and_many(name: str) -> None:
    one = gymnasium.make(name)
    many = gymnasium.make_vec(name, num_envs=3, vectorization_mode="vector_entry_point")
    assert many.single_observation_space == one.observation_space
    assert many.single_action_space == one.action_space
    observations, _ = many.reset(seed=4)
    assert observations in many.observation_space


@pytest.mark.parametrize(
    ("single", "several"),
    [
        (TwoRoom(layout="train"), TwoRoomVector(3, layout="train")),
        (PointMaze(maze=2), PointMazeVector(3, maze=2)),
    ],
)
def test_many_obey_the_physics_of_one_step_by_step(
    single: TwoRoom | PointMaze, several: ArenaVector
) -> None:
    generator = np.random.default_rng(0)
    actions = generator.uniform(-1, 1, (60, 3, 2)).astype(np.float32)
    several.reset(seed=0)
    starts, goals = several.positions.copy(), several.goals.copy()
    steps = [several.step(action) for action in actions]
    for i in range(3):
        options = {"layout": several.layouts[i], "position": starts[i], "goal": goals[i]}
        single.reset(seed=1, options=options)
        np.testing.assert_array_equal(single.goal_image, several.goal_images[i])
        for action, (observation, reward, terminated, truncated, info) in zip(
            actions[:, i], steps, strict=True
        ):
            one = single.step(action)
            np.testing.assert_array_equal(one[0], observation[i])
            assert one[1:4] == (reward[i], terminated[i], truncated[i])
            assert one[4]["state"].tolist() == info["state"][i].tolist()
            assert one[4]["distance"] == info["distance"][i]


@pytest.mark.parametrize("make", [TwoRoomVector, PointMazeVector])
def test_a_seed_gives_the_same_episodes(make: type[ArenaVector]) -> None:
    def play(seed: int) -> list[np.ndarray]:
        arenas, generator = make(4), np.random.default_rng(1)
        first, _ = arenas.reset(seed=seed)
        return [first, *(arenas.step(generator.uniform(-1, 1, (4, 2)))[0] for _ in range(20))]

    for one, same in zip(play(5), play(5), strict=True):
        np.testing.assert_array_equal(one, same)
    assert (play(5)[0] != play(6)[0]).any()


def test_a_full_action_moves_by_the_speed() -> None:
    arenas = scene([10, 30], [50, 30])
    info = push(arenas, 1.0, -0.5)[4]
    assert arenas.positions.tolist() == [[10 + SPEED, 30 - SPEED / 2]]
    assert info["state"].tolist() == arenas.positions.tolist()


def test_an_episode_is_solved_within_the_radius_and_not_before() -> None:
    arenas = scene([50, 30], [50 + GOAL_RADIUS + SPEED, 30])
    _, reward, terminated, _, info = push(arenas, 0.99, 0.0)
    assert (reward[0], terminated[0], info["success"][0]) == (0.0, False, False)
    _, reward, terminated, _, info = push(arenas, 0.01, 0.0)
    assert (reward[0], terminated[0], info["success"][0]) == (1.0, True, True)
    assert info["distance"][0] == pytest.approx(GOAL_RADIUS)


def test_an_episode_ends_after_its_steps() -> None:
    arenas = TwoRoomVector(2, max_steps=3)
    arenas.reset(seed=0)
    truncated = [push(arenas, 0.0, 0.0)[3].tolist() for _ in range(3)]
    assert truncated == [[False] * 2, [False] * 2, [True] * 2]


def test_a_reset_mask_begins_those_anew_and_leaves_the_others() -> None:
    arenas = TwoRoomVector(4, layout="train", max_steps=5)
    arenas.reset(seed=0)
    for _ in range(3):
        push(arenas, 0.3, 0.1)
    before = (arenas.positions.copy(), arenas.goals.copy(), list(arenas.layouts))
    images = arenas.goal_images
    mask = np.array([True, False, True, False])
    arenas.reset(options={"reset_mask": mask})
    changed = (arenas.positions != before[0]).any(1)
    np.testing.assert_array_equal(changed, mask)
    np.testing.assert_array_equal((arenas.goals != before[1]).any(1), mask)
    assert [arenas.layouts[i] for i in (1, 3)] == [before[2][i] for i in (1, 3)]
    np.testing.assert_array_equal(arenas.goal_images[~mask], images[~mask])
    push(arenas, 0.0, 0.0)
    assert push(arenas, 0.0, 0.0)[3].tolist() == [False, True, False, True]


def test_positions_that_are_set_apply_where_the_mask_says() -> None:
    arenas = TwoRoomVector(2)
    arenas.reset(seed=0)
    old = arenas.positions[1].copy()
    places = np.array([[10.0, 10.0], [12.0, 12.0]])
    arenas.reset(options={"reset_mask": np.array([True, False]), "positions": places})
    assert arenas.positions.tolist() == [[10.0, 10.0], old.tolist()]


def test_layouts_with_fewer_walls_stand_beside_those_with_more() -> None:
    arenas = PointMazeVector(6, maze=None)
    arenas.reset(seed=0)
    assert len({len(layout.walls) for layout in arenas.layouts if layout}) > 1
    generator = np.random.default_rng(0)
    for _ in range(60):
        arenas.step(generator.uniform(-1, 1, (6, 2)))
        for layout, position in zip(arenas.layouts, arenas.positions, strict=True):
            assert layout is not None
            assert layout.free(position[None])[0]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_two_rooms_start_and_goal_are_free_and_in_different_rooms(seed: int) -> None:
    arenas = TwoRoomVector(30, layout="all")
    _, info = arenas.reset(seed=seed)
    for layout, start, goal in zip(arenas.layouts, arenas.positions, arenas.goals, strict=True):
        assert layout is not None
        left, _, right, _ = layout.solid()[-1]
        assert layout.free(np.stack([start, goal])).all()
        assert (start[0] <= left and goal[0] >= right) or (start[0] >= right and goal[0] <= left)
    assert not info["success"].any()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_in_mazes_start_and_goal_are_far_apart_and_out_of_sight(seed: int, cells: int) -> None:
    arenas = PointMazeVector(8, maze=None, cells=cells)
    arenas.reset(seed=seed)
    assert (arenas.distances() >= SIZE / 2).all()
    walls = arenas.simulator_states()[:, 2:].reshape(8, -1, 4)
    assert crosses(arenas.positions, arenas.goals, walls).all()


def test_a_maze_keeps_at_least_one_wall_to_be_walked_around() -> None:
    """Of the smallest mazes, a tenth of those drawn with loops had lost their only wall."""
    arenas = PointMazeVector(60, maze=None, cells=2)
    arenas.reset(seed=0)
    assert all(layout is not None and len(layout.walls) > 4 for layout in arenas.layouts)


def test_a_fast_body_does_not_jump_the_wall_in_the_environment() -> None:
    arenas = TwoRoomVector(400)
    arenas.reset(seed=0)
    beside = np.stack([np.linspace(20, LEFT, 400), np.linspace(29, 59, 400)], -1)
    arenas.positions = beside
    for _ in range(40):
        push(arenas, 1.0, 0.2)
        assert (arenas.positions[:, 0] <= LEFT).all()  # touching is not entering
    assert not inside(arenas.positions, FIXED.solid()[None]).any()


def test_through_the_door_it_gets() -> None:
    arenas = scene([26, 22], [50, 22])
    done = [push(arenas, 1.0, 0.0)[2][0] for _ in range(8)]
    assert done == [False] * 7 + [True]
    assert arenas.positions[0].tolist() == [46.0, 22.0]


def test_test_layouts_come_from_the_held_out_places() -> None:
    drawn = {split: TwoRoomVector(200, layout=split) for split in ("train", "test")}
    for split, arenas in drawn.items():
        arenas.reset(seed=0)
        expected = {two_rooms(*place) for place in two_rooms_grid(split)}
        assert set(arenas.layouts) <= expected
    assert not set(drawn["train"].layouts) & set(drawn["test"].layouts)


def test_a_fifth_of_the_mazes_is_held_out_of_training() -> None:
    generator = np.random.default_rng(0)
    every, tests = (PointMazeVector(1, maze=None, split=split) for split in ("all", "test"))
    drawn = [every.draw_layout(generator) for _ in range(1000)]
    assert np.mean([held_out(layout) for layout in drawn]) == pytest.approx(0.2, abs=0.04)
    assert all(held_out(tests.draw_layout(generator)) for _ in range(20))
    with pytest.raises(ConfigError, match=r"split='odd'.*train, test, all"):
        PointMazeVector(1, maze=None, split="odd")


def test_mazes_by_number_are_the_same_and_mazes_without_differ() -> None:
    same, many = PointMazeVector(5, maze=3), PointMazeVector(5, maze=None)
    for arenas in (same, many):
        arenas.reset(seed=9)
    assert len(set(same.layouts)) == 1
    assert len(set(many.layouts)) == 5


@pytest.mark.parametrize(
    "actions",
    [
        np.array([[1.1, 0.0]]),
        np.array([[np.nan, 0.0]]),
        np.array([[np.inf, 0.0]]),
        np.zeros((2, 2)),
        np.zeros(2),
        np.zeros((0, 2)),
    ],
)
def test_actions_outside_of_the_space_are_refused(actions: np.ndarray) -> None:
    arenas = scene([10, 30], [50, 30])
    with pytest.raises(ActionError, match=r"the space is \(1, 2\) in \[-1, 1\]"):
        arenas.step(actions)
    assert arenas.positions.tolist() == [[10.0, 30.0]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positions": [[32.0, 40.0]]}, "the start .* is inside a wall"),
        ({"goals": [[32.0, 40.0]]}, "the goal .* is inside a wall"),
        ({"positions": [[300.0, 300.0]]}, "outside of the arena"),
        ({"goals": [[np.nan, 30.0]]}, "outside of the arena"),
        ({"position": [[10.0, 10.0]]}, "did you mean 'positions'"),
        ({"positions": [[10.0, 10.0]] * 2}, "2 entries for 1 arenas"),
    ],
)
def test_scenes_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TwoRoomVector(1).reset(seed=0, options=options)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TwoRoomVector(1, layout="round"), "layout='round'.*fixed, train, test, all"),
        (lambda: PointMazeVector(1, cells=7), "cells=7.*2 to 6"),
        (lambda: TwoRoomVector(0), "num_envs=0"),
        (lambda: TwoRoomVector(1, max_steps=0), "max_steps=0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()


def test_renders_what_is_observed() -> None:
    environment = gymnasium.make("pellucid/TwoRoom-v0").unwrapped
    observation, _ = environment.reset(seed=0)
    np.testing.assert_array_equal(environment.render(), observation)
    assert TwoRoom(render_mode=None).render() is None
