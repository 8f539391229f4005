from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.worlds.environments.layouts import RADIUS, SIZE, maze, two_rooms
from pellucid.worlds.environments.render import BODY, FLOOR, WALL, draw_background, draw_bodies

EMPTY = np.tile(FLOOR, (1, SIZE, SIZE, 1))
places = st.floats(4.5, 59.5)


def share(picture: np.ndarray, background: np.ndarray) -> np.ndarray:
    """How much of each pixel is body, (H, W), from the colours alone."""
    towards = BODY.astype(float) - background.astype(float)
    moved = picture.astype(float) - background.astype(float)
    return (moved * towards).sum(-1) / (towards**2).sum(-1)


def centroid(share_HW: np.ndarray) -> np.ndarray:
    axis = np.arange(SIZE) + 0.5
    total = share_HW.sum()
    return np.array([(share_HW * axis).sum() / total, (share_HW.T * axis).sum() / total])


@settings(max_examples=100, deadline=None)
@given(places, places)
def test_the_discs_centroid_is_the_position(x: float, y: float) -> None:
    """So a picture tells the position to a tenth of a pixel."""
    picture = draw_bodies(EMPTY, np.array([[x, y]]))[0]
    np.testing.assert_allclose(centroid(share(picture, EMPTY[0])), [x, y], rtol=0, atol=0.1)


@settings(max_examples=50, deadline=None)
@given(places, places)
def test_the_disc_has_its_area_wherever_it_is(x: float, y: float) -> None:
    covered = share(draw_bodies(EMPTY, np.array([[x, y]]))[0], EMPTY[0]).sum()
    assert covered == pytest.approx(np.pi * RADIUS**2, rel=0.05)


def test_a_centred_disc_by_hand() -> None:
    """On a corner of pixels: sqrt(1/2) and 1.58 from it are inside, 2.9 and 3.5 are on the rim."""
    picture = draw_bodies(EMPTY, np.array([[20.0, 20.0]]))[0]
    assert (picture[19:21, 19:21] == BODY).all()
    part = RADIUS + 0.5 - np.hypot(0.5, 2.5)
    expected = np.round(FLOOR * (1 - part) + BODY * part)
    assert picture[20, 22].tolist() == expected.tolist()
    assert (picture[20, 23] == FLOOR).all()
    np.testing.assert_array_equal(picture, picture.transpose(1, 0, 2))


def test_a_motion_far_below_a_pixel_is_seen() -> None:
    one, other = draw_bodies(np.repeat(EMPTY, 2, 0), np.array([[20.0, 20.0], [20.02, 20.0]]))
    assert (one != other).any()


def test_walls_are_drawn_to_the_pixel_and_the_door_is_floor() -> None:
    picture = draw_background(two_rooms(wall=32, door=22))
    assert (picture[40, 30:34] == WALL).all()
    assert (picture[40, [29, 34]] == FLOOR).all()
    assert (picture[15:29, 32] == FLOOR).all()
    assert (picture[[14, 29], 32] == WALL).all()
    assert (picture[:, :2] == WALL).all()
    assert (picture[:, 62:] == WALL).all()
    assert (picture[2, 2:30] == FLOOR).all()


def test_a_pixel_is_wall_exactly_where_a_wall_is() -> None:
    layout = maze(5, np.random.default_rng(0))
    axis = np.arange(SIZE) + 0.5
    x, y = np.meshgrid(axis, axis)
    within = np.zeros((SIZE, SIZE), bool)
    for x0, y0, x1, y1 in layout.walls:
        within |= (x > x0) & (x < x1) & (y > y0) & (y < y1)
    np.testing.assert_array_equal((draw_background(layout) == WALL).all(-1), within)


def test_a_free_body_covers_no_wall_but_for_its_blurred_rim() -> None:
    layout = two_rooms()
    background = draw_background(layout)[None]
    generator = np.random.default_rng(0)
    wall = (background[0] == WALL).all(-1)
    for _ in range(100):
        picture = draw_bodies(background, layout.sample(generator)[None])[0]
        covered = share(picture, background[0])
        assert covered[wall].max() <= 0.5 + 0.02


def test_pictures_do_not_know_of_each_other_and_the_background_is_kept() -> None:
    backgrounds = np.stack([draw_background(maze(4, np.random.default_rng(k))) for k in range(3)])
    kept = backgrounds.copy()
    where = np.array([[10.0, 10.0], [30.3, 41.7], [55.0, 9.1]])
    together = draw_bodies(backgrounds, where)
    for k in range(3):
        alone = draw_bodies(backgrounds[k : k + 1], where[k : k + 1])[0]
        np.testing.assert_array_equal(together[k], alone)
    np.testing.assert_array_equal(backgrounds, kept)
