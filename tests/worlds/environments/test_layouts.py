from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.worlds.environments.layouts import (
    BORDER,
    DOORS,
    RADIUS,
    SIZE,
    WALLS,
    Layout,
    maze,
    two_rooms,
    two_rooms_grid,
)


def free_pixels(layout: Layout) -> np.ndarray:
    axis = np.arange(SIZE) + 0.5
    return layout.free(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)).reshape(SIZE, SIZE)


def flood(free: np.ndarray) -> np.ndarray:
    """What can be reached from the first free pixel over side neighbours."""
    reached = np.zeros_like(free)
    reached[tuple(np.argwhere(free)[0])] = True
    while True:
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        grown &= free
        if (grown == reached).all():
            return reached
        reached = grown


def inner_walls(layout: Layout) -> int:
    return len(layout.walls) - 4


def test_the_body_fits_through_the_door_and_not_beside_it() -> None:
    layout = two_rooms(wall=32, door=22)
    door = np.array([[32.0, y] for y in (15, 17.4, 17.6, 22, 26.4, 26.6, 29)])
    assert layout.free(door).tolist() == [False, False, True, True, True, False, False]


def test_solid_walls_are_the_drawn_ones_grown_by_the_body() -> None:
    layout = Layout(((10.0, 20.0, 12.0, 40.0),))
    assert layout.solid().tolist() == [[10 - RADIUS, 20 - RADIUS, 12 + RADIUS, 40 + RADIUS]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_sampled_places_are_clear_of_walls(seed: int) -> None:
    generator = np.random.default_rng(seed)
    layout = maze(4, generator)
    places = np.stack([layout.sample(generator) for _ in range(30)])
    x, y = places[:, 0], places[:, 1]
    for x0, y0, x1, y1 in layout.walls:
        gap = np.maximum(np.maximum(x0 - x, x - x1), np.maximum(y0 - y, y - y1))
        assert (gap >= RADIUS).all()


def test_samples_cover_both_rooms_in_proportion() -> None:
    generator = np.random.default_rng(0)
    layout = two_rooms(wall=32)
    x = np.array([layout.sample(generator)[0] for _ in range(2000)])
    # 23 of 47 free columns left, 23 right, and a doorway of 9 x 9 pixels between.
    assert (x < 27.5).mean() == pytest.approx(0.484, abs=0.04)
    assert (x > 36.5).mean() == pytest.approx(0.484, abs=0.04)


def test_held_out_layouts_are_disjoint_from_training_and_nothing_is_lost() -> None:
    train, test, both = (two_rooms_grid(split) for split in ("train", "test", "all"))
    assert not set(train) & set(test)
    assert sorted(train + test) == sorted(both)
    assert len(set(both)) == len(both) == len(WALLS) * len(DOORS)
    assert len(test) / len(both) == pytest.approx(0.2, abs=0.02)


def test_every_wall_and_every_door_is_seen_in_training_and_in_the_test() -> None:
    for split in ("train", "test"):
        places = two_rooms_grid(split)
        assert {wall for wall, _ in places} == set(WALLS)
        assert {door for _, door in places} == set(DOORS)


@pytest.mark.parametrize("place", two_rooms_grid("all"))
def test_in_every_layout_the_rooms_are_joined_and_wide_enough(place: tuple[float, float]) -> None:
    free = free_pixels(two_rooms(*place))
    np.testing.assert_array_equal(flood(free), free)
    assert free[:, : int(place[0])].sum() > 500
    assert free[:, int(place[0]) :].sum() > 500


@pytest.mark.parametrize("cells", [2, 3, 4, 5, 6])
def test_every_maze_is_connected(cells: int) -> None:
    for seed in range(60):
        free = free_pixels(maze(cells, np.random.default_rng(seed)))
        np.testing.assert_array_equal(flood(free), free)


@pytest.mark.parametrize("cells", [2, 4, 6])
def test_without_loops_a_maze_is_a_tree(cells: int) -> None:
    """c^2 rooms are joined by c^2 - 1 openings; all other inner walls stand."""
    sides = 2 * cells * (cells - 1)
    for seed in range(20):
        tree = maze(cells, np.random.default_rng(seed), loops=0.0)
        assert inner_walls(tree) == sides - (cells**2 - 1)


def test_with_all_loops_no_inner_wall_stands() -> None:
    assert inner_walls(maze(5, np.random.default_rng(0), loops=1.0)) == 0


def test_a_seed_gives_the_same_maze_and_seeds_give_different_ones() -> None:
    assert maze(4, np.random.default_rng(7)) == maze(4, np.random.default_rng(7))
    assert len({maze(4, np.random.default_rng(seed)) for seed in range(50)}) >= 49


def test_walls_end_on_the_centres_of_pixels() -> None:
    """What lets distance fields be interpolated up to the walls."""
    layouts = [two_rooms(*place) for place in two_rooms_grid("all")]
    layouts += [maze(cells, np.random.default_rng(0)) for cells in range(2, 7)]
    for layout in layouts:
        np.testing.assert_array_equal(layout.solid() % 1.0, 0.5)


def test_nothing_is_free_beyond_the_border() -> None:
    edge = BORDER + RADIUS
    beyond = np.array([[edge - 0.1, 30], [SIZE - edge + 0.1, 30], [30, edge - 0.1], [30, 63.0]])
    assert not two_rooms().free(beyond).any()
