import numpy as np

from pellucid.experiments import Settings
from pellucid.experiments.manifold import _job, tell
from pellucid.experiments.manifold_colour import (
    MIRRORED,
    PIECE,
    TEST,
    TRAIN,
    Piece,
    _making,
    _pieces,
    colour_rows,
    embed,
    make,
)
from pellucid.experiments.manifold_ground import Told, by_nearest, flat, peak_gigabytes
from pellucid.experiments.once import record
from pellucid.learning.manifold_storage import load_manifold
from pellucid.learning.progress import Silent


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


def test_pieces_are_all_pictures_and_the_training_ones_mirrored(tmp_path):
    making = _making(0, Settings(quick=True, output=tmp_path))
    pieces = _pieces(making)
    assert [(p.part, p.first) for p in pieces] == [(TRAIN, 0), (MIRRORED, 0), (TEST, 0)]
    train, mirrored, test = (p.rows() for p in pieces)
    assert len(train) == len(mirrored) == 500 < PIECE
    assert len(test) == 200
    np.testing.assert_array_equal(mirrored.reshape(-1, 8, 8), train.reshape(-1, 8, 8)[:, :, ::-1])


def test_features_of_a_piece_are_those_of_its_transform(tmp_path):
    making = _making(0, Settings(quick=True, output=tmp_path))
    spent = make(making)
    assert make(making) == spent  # once
    piece = Piece(making, TEST, 0)
    embed(piece)
    kept = np.load(piece.folder / "features.npy")
    expected = load_manifold(making.path).transform(piece.rows())
    np.testing.assert_allclose(kept, expected, atol=1e-3)


def test_what_was_told_is_kept_and_features_are_not(tmp_path):
    settings = Settings(quick=True, seeds=1, output=tmp_path)
    rows = colour_rows(settings, Silent())
    assert rows[0].measured.value > rows[0].null.value.value - 5
    assert not list(tmp_path.rglob("features.npy"))
    again = colour_rows(settings, Silent())
    assert [r.measured for r in again] == [r.measured for r in rows]
