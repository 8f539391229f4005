from __future__ import annotations

import heapq
import math

import numpy as np
import pytest

from pellucid.worlds.environments.geodesic import Geodesics, field_at
from pellucid.worlds.environments.layouts import SIZE, Layout, border, maze, two_rooms

ROOMS = Geodesics(two_rooms())


def grid_distance(layout: Layout, goal: tuple[int, int]) -> np.ndarray:
    """Dijkstra over free pixels and their 16 neighbours: never shorter than the truth."""
    hops = [(dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if math.gcd(dx, dy) == 1]
    axis = np.arange(SIZE) + 0.5
    free = layout.free(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)).reshape(SIZE, SIZE)
    best = np.full((SIZE, SIZE), np.inf)
    best[goal[1], goal[0]] = 0.0
    queue = [(0.0, *goal)]
    while queue:
        done, x, y = heapq.heappop(queue)
        if done > best[y, x]:
            continue
        for dx, dy in hops:
            u, v = x + dx, y + dy
            if not (0 <= u < SIZE and 0 <= v < SIZE):
                continue
            # A wall's corner may be cut between two pixels that touch its faces.
            if not free[min(y, v) : max(y, v) + 1, min(x, u) : max(x, u) + 1].all():
                continue
            if done + math.hypot(dx, dy) < best[v, u]:
                best[v, u] = done + math.hypot(dx, dy)
                heapq.heappush(queue, (best[v, u], u, v))
    return best


def test_where_they_see_each_other_the_way_is_straight() -> None:
    found = ROOMS.distance(np.array([[8.0, 10.0], [8.0, 50.0]]), np.array([20.0, 50.0]))
    assert found == pytest.approx([math.hypot(12, 40), 12.0], abs=1e-12)


def test_around_the_wall_by_hand() -> None:
    """The door is solid but for y in 17.5..26.5, at x in 27.5..36.5: two corners, three lines."""
    found = ROOMS.distance(np.array([[10.0, 50.0]]), np.array([50.0, 50.0]))
    expected = math.hypot(17.5, 23.5) + 9.0 + math.hypot(13.5, 23.5)
    assert found[0] == pytest.approx(expected, abs=0.01)


def test_it_is_symmetric_and_obeys_the_triangle_inequality() -> None:
    generator = np.random.default_rng(0)
    layout = maze(4, generator)
    ways = Geodesics(layout)
    places = np.stack([layout.sample(generator) for _ in range(12)])
    distance = np.stack([ways.distance(places, goal) for goal in places])
    np.testing.assert_allclose(distance, distance.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(distance), 0.0, atol=1e-12)
    detour = (distance[:, :, None] + distance[None]).min(axis=1)
    assert (distance <= detour + 0.02).all()


@pytest.mark.parametrize("cells", [3, 4, 6])
def test_a_grid_search_finds_the_same_but_for_its_angles(cells: int) -> None:
    """A way over 16 directions is at most 2.8 % longer (Harabor & Grastien 2016: 1.0275)."""
    generator = np.random.default_rng(cells)
    layout = maze(cells, generator)
    goal = np.floor(layout.sample(generator)) + 0.5
    while not layout.free(goal[None])[0]:
        goal = np.floor(layout.sample(generator)) + 0.5
    exact = Geodesics(layout).field(goal)
    grid = grid_distance(layout, (int(goal[0]), int(goal[1])))
    known = np.isfinite(exact)
    np.testing.assert_array_equal(known, np.isfinite(grid))
    assert (exact[known] <= grid[known] + 0.03).all()
    assert (grid[known] <= 1.0275 * exact[known] + 1.5).all()


def test_the_field_is_the_distance_at_the_pixels_centres() -> None:
    goal = np.array([50.0, 50.0])
    field = ROOMS.field(goal)
    assert np.isinf(field[0, 0])
    assert np.isinf(field[40, 31])
    for x, y in ((10, 50), (58, 7), (40, 20), (32, 22)):
        expected = ROOMS.distance(np.array([[x + 0.5, y + 0.5]]), goal)[0]
        assert field[y, x] == pytest.approx(expected, abs=1e-9)


def test_between_pixels_the_field_is_close_to_the_distance() -> None:
    generator = np.random.default_rng(1)
    layout = maze(4, generator)
    ways, goal = Geodesics(layout), layout.sample(generator)
    places = np.stack([layout.sample(generator) for _ in range(300)])
    found = field_at(ways.field(goal), places)
    exact = ways.distance(places, goal)
    far = exact > 3  # at the goal itself the distance has a tip, which no grid can follow
    np.testing.assert_allclose(found[far], exact[far], atol=0.15)
    np.testing.assert_allclose(found, exact, atol=0.8)


def test_on_the_very_face_of_a_wall_the_field_is_known() -> None:
    goal = np.array([10.0, 50.0])
    field, faces = ROOMS.field(goal), np.array([[27.5, 50], [4.5, 4.5], [59.5, 59.5], [20, 59.5]])
    np.testing.assert_allclose(field_at(field, faces), ROOMS.distance(faces, goal), atol=0.1)
    assert np.isinf(field_at(field, np.array([[0.0, 0.0]])))[0]


def test_where_there_is_no_way_the_distance_is_infinite() -> None:
    closed = Layout((*border(), (30.0, 0.0, 34.0, 64.0)))
    ways = Geodesics(closed)
    assert np.isinf(ways.distance(np.array([[10.0, 30.0]]), np.array([50.0, 30.0])))[0]
    assert ways.distance(np.array([[10.0, 30.0]]), np.array([10.0, 35.0]))[0] == 5.0
