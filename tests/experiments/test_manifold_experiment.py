import numpy as np

from pellucid.experiments import Settings
from pellucid.experiments.manifold import Told, _job, by_nearest, flat, peak_gigabytes, tell
from pellucid.experiments.once import record


def test_neighbours_are_those_of_the_smallest_angle():
    known = np.array([[1.0, 0], [0, 1], [0.1, 2]])
    labels = np.array([0, 1, 2])
    asked = np.array([[5.0, 1], [0, 9], [0.2, 4]])
    np.testing.assert_array_equal(by_nearest(known, labels, asked, 1), [0, 1, 2])


def test_pictures_become_rows_from_0_to_1():
    pictures = np.array([[[0, 255]], [[51, 102]]], np.uint8)
    np.testing.assert_allclose(flat(pictures), [[0, 1], [0.2, 0.4]])


def test_memory_counts_what_is_held():
    before = peak_gigabytes()
    held = np.ones(2**28 // 8 + int(before * 2**30) // 8)
    assert peak_gigabytes() > before
    del held
    assert 0.05 < before < 64


def test_a_job_is_done_once(tmp_path):
    job = _job(0, Settings(quick=True, output=tmp_path))
    told = tell(job)
    assert told.tested == 200
    assert told.neighbours > 180
    assert told.features == 12 * 16
    record(tmp_path / job.name, Told(1, 2, 3, 4, 5.0, 6.0))
    assert tell(job) == Told(1, 2, 3, 4, 5.0, 6.0)
