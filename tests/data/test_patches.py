import numpy as np
import pytest

from pellucid.data.patches import sample_patches, whiten_spectrum
from pellucid.data.photographs import load_photographs
from pellucid.errors import ConfigError, DataError


def slope(picture):
    """How amplitude changes with frequency, in powers, from 1/64 to a third of Nyquist's."""
    spectrum = np.abs(np.fft.fft2(picture))
    f = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, picture.shape), indexing="ij"))
    inside = (f > 1 / 64) & (f < 1 / 6)
    return np.polyfit(np.log(f[inside]), np.log(spectrum[inside]), 1)[0]


def test_natural_pictures_fall_as_1_over_f_and_whitened_ones_are_flat():
    for photograph in load_photographs().values():
        assert slope(photograph.grey) < -0.9
        flat = whiten_spectrum(photograph.grey)
        assert abs(slope(flat)) < 0.45
        assert flat.dtype == np.float32
        assert flat.mean() == pytest.approx(0, abs=1e-4)
        assert flat.std() == pytest.approx(1, abs=1e-4)


def test_the_filter_is_the_published_one():
    spot = np.zeros((33, 64))
    spot[0, 0] = 1
    answer = np.abs(np.fft.fft2(whiten_spectrum(spot, cutoff=0.8)))
    f = np.hypot(np.fft.fftfreq(33)[:, None], np.fft.fftfreq(64))
    expected = f * np.exp(-((f / 0.4) ** 4))
    np.testing.assert_allclose(answer / answer.max(), expected / expected.max(), atol=1e-5)


def test_patches_are_pieces_of_the_pictures():
    first = np.arange(30 * 40).reshape(30, 40)
    patches = sample_patches([first, first + 10_000], size=3, count=500, seed=1)
    assert patches.shape == (500, 9)
    corner = patches[:, 0] % 10_000
    assert (corner % 40 <= 37).all()
    assert (corner // 40 <= 27).all()
    np.testing.assert_array_equal(
        patches - patches[:, :1], np.tile([0, 1, 2, 40, 41, 42, 80, 81, 82], (500, 1))
    )
    assert 0.4 < (patches[:, 0] >= 10_000).mean() < 0.6
    np.testing.assert_array_equal(
        patches, sample_patches([first, first + 10_000], size=3, count=500, seed=1)
    )


def test_a_picture_counts_by_its_area_and_small_ones_not_at_all():
    pictures = [np.zeros((10, 10)), np.ones((10, 28)), np.full((3, 3), 7)]
    patches = sample_patches(pictures, size=4, count=4000)
    assert patches.mean() == pytest.approx(25 / 32, abs=0.03)
    assert patches.max() == 1


def test_colours_come_first_in_a_row():
    picture = np.stack([np.full((6, 6), c) for c in range(3)], axis=-1)
    patches = sample_patches([picture], size=2, count=3)
    np.testing.assert_array_equal(patches, np.tile(np.repeat([0, 1, 2], 4), (3, 1)))


def test_what_has_no_patches_or_spectrum_is_refused():
    with pytest.raises(DataError, match="no picture is as large"):
        sample_patches([np.zeros((4, 4))], size=5, count=1)
    with pytest.raises(DataError, match="all of one kind"):
        sample_patches([np.zeros((4, 4)), np.zeros((4, 4, 3))], size=2, count=1)
    with pytest.raises(ConfigError, match="count=0"):
        sample_patches([np.zeros((4, 4))], size=2, count=0)
    with pytest.raises(DataError, match="one brightness"):
        whiten_spectrum(np.ones((8, 8)))
    with pytest.raises(DataError, match="has no spectrum"):
        whiten_spectrum(np.ones((8, 8, 3)))
    with pytest.raises(ConfigError, match="cutoff=0"):
        whiten_spectrum(np.eye(8), cutoff=0)
