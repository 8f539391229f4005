import numpy as np

from pellucid.experiments import Settings
from pellucid.experiments.labels import JUDGED, METHODS, Read, _above, _drawn, _job, _rows


def test_labels_are_drawn_evenly_and_without_repetition():
    labels = np.array([0] * 50 + [1] * 20 + [2] * 30)
    rows = _drawn(labels, 7, np.random.default_rng(0))
    assert len(set(rows)) == 21
    np.testing.assert_array_equal(np.bincount(labels[rows]), [7, 7, 7])
    assert set(rows) != set(_drawn(labels, 7, np.random.default_rng(1)))


def found(shift=0.0):
    accuracy = {name: [0.1 * number + shift, 0.5] for number, name in enumerate(METHODS)}
    accuracy["manifold"] = [0.8, 0.75 + shift]
    return Read(accuracy, [0.6], 60_000)


def test_the_bar_is_points_above_pixels_at_the_judged_number_of_labels(tmp_path):
    job = _job(0, Settings(quick=True, output=tmp_path))
    assert job.labels[1] == JUDGED
    rows = _rows(job, [found(), found(0.02)])
    assert rows[0].measured.value == np.float64(26.0)
    assert rows[0].null.value.value == 0.0
    assert [row.measured.value for row in rows[1:]] == [80.0, 76.0, 60.0]
    assert rows[2].published
    assert not rows[1].published
    assert _above([found()], "components", 0).value == 10.0
