import numpy as np
import pytest

from pellucid.errors import DataError
from pellucid.learning.raster import lay_out


def lattice(height, width):
    return np.stack(np.mgrid[:height, :width], -1).reshape(-1, 2).astype(float)


def turned(places, angle):
    c, s = np.cos(angle), np.sin(angle)
    return places @ np.array([[c, -s], [s, c]])


def kept(order, truth, shape):
    """The share of places side by side whose sensors truly are."""
    grid = truth[order].reshape(*shape, 2)
    across = np.linalg.norm(np.diff(grid, axis=1), axis=-1)
    down = np.linalg.norm(np.diff(grid, axis=0), axis=-1)
    return np.concatenate([across.ravel(), down.ravel()]) < 1.01


@pytest.mark.parametrize("shape", [(6, 6), (5, 9)])
@pytest.mark.parametrize("angle", [0.0, 0.3, 1.2, 2.5])
def test_a_lattice_that_was_shuffled_turned_and_bent_is_laid_out_again(shape, angle):
    truth = lattice(*shape)
    order = np.random.default_rng(0).permutation(len(truth))
    truth = truth[order]
    bent = turned(truth, angle) * 7 + 3
    bent += 0.3 * np.sin(bent / 9)
    laid = lay_out(bent, shape)
    np.testing.assert_array_equal(np.sort(laid), np.arange(len(truth)))
    assert kept(laid, truth, shape).mean() > 0.95


def test_a_mirrored_map_is_a_mirrored_picture():
    truth = lattice(5, 7)
    assert kept(lay_out(truth * [1, -1], (5, 7)), truth, (5, 7)).all()


def test_dense_sensors_get_more_places():
    generator = np.random.default_rng(0)
    fovea, edge = 0.1 * generator.standard_normal((48, 2)), generator.uniform(-1, 1, (16, 2))
    laid = lay_out(np.concatenate([fovea, edge]), (8, 8))
    middle = laid.reshape(8, 8)[2:6, 2:6]
    assert (middle < 48).mean() > 0.9


def test_empty_places_repeat_their_nearest_sensor_and_the_silent_are_left_out():
    places = lattice(4, 4)
    places[5] = np.nan
    laid = lay_out(places, (4, 4))
    assert 5 not in laid
    assert set(laid) == set(range(16)) - {5}
    assert len(laid) == 16


def test_more_sensors_than_places_are_refused():
    with pytest.raises(DataError, match="16 sensors with a place do not fit a grid of 3 x 5"):
        lay_out(lattice(4, 4), (3, 5))
    with pytest.raises(DataError, match="0 sensors"):
        lay_out(np.full((4, 2), np.nan), (2, 2))
