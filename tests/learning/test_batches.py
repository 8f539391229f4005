"""Which rows a step takes, and how pictures are varied."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import ConfigError
from pellucid.learning.batches import Pictures, Variation, epoch_rows


@given(st.integers(1, 50), st.integers(1, 60), st.integers(0, 5), st.integers(0, 99))
def test_an_epoch_takes_each_row_once(count, batch, epoch, seed):
    steps = count // min(batch, count)
    rows = [epoch_rows(count, batch, step=epoch * steps + s, seed=seed) for s in range(steps)]
    taken = np.concatenate(rows)
    assert len(set(taken.tolist())) == len(taken) == steps * min(batch, count)


def test_epochs_differ_and_steps_repeat():
    first = epoch_rows(1000, 1000, step=0, seed=3)
    assert first.tolist() != epoch_rows(1000, 1000, step=1, seed=3).tolist()
    assert first.tolist() != epoch_rows(1000, 1000, step=0, seed=4).tolist()
    np.testing.assert_array_equal(first, epoch_rows(1000, 1000, step=0, seed=3))


def test_shifts_are_whole_pixels_both_ways_and_each_picture_has_its_own():
    torch.manual_seed(0)
    ramp = torch.arange(64, dtype=torch.uint8).view(1, 1, 8, 8).expand(200, 1, 8, 8)
    varied = Variation(shift=2).apply(ramp)
    assert varied.dtype == torch.uint8
    assert varied.shape == ramp.shape
    # In the middle, which no border reaches, a shift by (dy, dx) adds 8 dy + dx everywhere.
    difference = varied[:, 0, 2:6, 2:6].int() - ramp[:, 0, 2:6, 2:6].int()
    assert (difference == difference[:, :1, :1]).all()
    seen = {int(d) for d in difference[:, 0, 0]}
    assert seen == {8 * dy + dx for dy in range(-2, 3) for dx in range(-2, 3)}


def test_borders_are_mirrored():
    torch.manual_seed(0)
    picture = torch.tensor([[[[1, 2, 3]] * 3]], dtype=torch.uint8)
    rows = {
        tuple(v[0, 0, 0].tolist()) for v in (Variation(shift=1).apply(picture) for _ in range(40))
    }
    assert rows == {(1, 2, 3), (2, 1, 2), (2, 3, 2)}


def test_half_of_the_pictures_are_flipped():
    torch.manual_seed(0)
    picture = torch.tensor([[[[1, 2]] * 2]], dtype=torch.uint8).expand(1000, 1, 2, 2)
    flipped = (Variation(flip=True).apply(picture)[:, 0, 0, 0] == 2).sum()
    assert 430 < flipped < 570


def test_no_variation_changes_nothing():
    x = torch.randint(0, 255, (3, 1, 5, 5), dtype=torch.uint8)
    assert torch.equal(Variation().apply(x), x)
    with pytest.raises(ConfigError, match="shift=-1"):
        Variation(shift=-1)


def test_pictures_are_standard_scores_of_the_training_set():
    generator = np.random.default_rng(0)
    images = (generator.normal(size=(500, 4, 4, 3)) * [10, 20, 30] + [50, 100, 150]).clip(0, 255)
    seen = Pictures(images.astype(np.uint8), np.arange(500) % 10)
    x, labels = seen.batch(slice(None))
    assert x.shape == (500, 3, 4, 4)
    assert x.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(x.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.std((0, 2, 3)), torch.ones(3), atol=1e-4, rtol=0)
    assert labels.tolist() == (np.arange(500) % 10).tolist()
    # Another set is seen with the eyes of the first.
    other = Pictures(np.full((2, 4, 4, 3), 50, np.uint8), np.zeros(2, int), like=seen)
    expected = (50 - seen.mean) / seen.deviation
    torch.testing.assert_close(other.batch(np.array([1]))[0][0, :, 0, 0], expected)


def test_grey_pictures_have_one_channel_and_constant_ones_no_deviation():
    black = Pictures(np.zeros((4, 5, 6), np.uint8), np.zeros(4, int))
    x, _ = black.batch(np.array([0, 2]))
    assert x.shape == (2, 1, 5, 6)
    assert (x == 0).all()
