import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pellucid.experiments.shuffled_autoencoder import (
    QUICK,
    Completed,
    Completing,
    _rows,
    cluster,
    complete_one,
)


def shuffled():
    """Smooth coloured pictures (N, S, 3), and where each pixel was."""
    generator = np.random.default_rng(0)
    noise = generator.standard_normal((1000, 12, 12, 3))
    smooth = gaussian_filter(noise, (0, 1.2, 1.2, 0))[:, 2:-2, 2:-2]
    order = generator.permutation(64)
    return smooth.reshape(1000, 64, 3)[:, order], order


def test_true_squares_are_the_squares_of_the_picture_before_the_shuffle():
    pictures, order = shuffled()
    labels = cluster(QUICK, "true squares", pictures, order, seed=0)
    before = np.empty(64, int)
    before[order] = labels
    rows = np.arange(16).reshape(4, 4).repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(before.reshape(8, 8), rows)


def test_random_clusters_have_the_sizes_of_the_found_ones():
    pictures, order = shuffled()
    pictures[:, 5] = 0.0
    found, random = (cluster(QUICK, what, pictures, order, seed=0) for what in ("found", "random"))
    np.testing.assert_array_equal(np.bincount(found[found >= 0]), np.bincount(random[random >= 0]))
    assert len(np.unique(found[found >= 0])) == 16
    assert found[5] == random[5] == -1
    places = np.stack(np.divmod(order, 8), 1)

    def radius(labels):
        own = [places[labels == k] for k in range(16)]
        return np.mean([np.linalg.norm(p - p.mean(0), axis=1).mean() for p in own])

    assert radius(found) < 0.5 * radius(random)
    np.testing.assert_array_equal(cluster(QUICK, "untrained", pictures, order, seed=0), found)


def test_one_job_is_done_once_and_read_from_its_folder(tmp_path):
    job = Completing("found-0", QUICK, "found", 0, tmp_path)
    answer = complete_one(job)
    assert answer.tested == 100
    assert 20 < answer.linear <= 100
    assert 20 < answer.neighbours <= 100
    assert 0 < answer.error < 1.5
    assert complete_one(job) == answer
    untrained = complete_one(Completing("untrained-0", QUICK, "untrained", 0, tmp_path))
    assert untrained.error == 1.0
    components = complete_one(Completing("components-0", QUICK, "components", 0, tmp_path))
    assert components.linear > 80  # digits are easy for them


def test_rows_compare_seed_by_seed():
    def told(*linear):
        return [Completed(n, n - 10, 100, 0.5, 1.0) for n in linear]

    completed = {
        "found": told(60, 64),
        "true squares": told(62, 64),
        "random": told(50, 48),
        "untrained": told(40, 42),
        "components": told(55, 55),
    }
    accuracy, squares, random, error, minutes = _rows(QUICK, completed)
    assert accuracy.measured.value == pytest.approx(62)
    assert accuracy.null.value.value == pytest.approx(41)
    assert squares.measured.value == pytest.approx(1)
    assert random.measured.value == pytest.approx(13)
    assert squares.holds
    assert random.holds
    assert error.measured.value == pytest.approx(0.5)
    assert minutes.measured.value == pytest.approx(10)
