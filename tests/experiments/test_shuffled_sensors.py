from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pellucid.data import ImageSet
from pellucid.experiments import shuffled_sensors
from pellucid.experiments.shuffled_sensors import (
    QUICK,
    Geometry,
    layout,
    procrustes_r2,
    recover,
    retina,
)


def test_places_are_compared_up_to_turning_mirroring_and_scale():
    truth = np.random.default_rng(0).standard_normal((30, 2)) * [3, 1]
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert procrustes_r2(7 * truth @ turn * [1, -1] + 5, truth) == pytest.approx(1)
    assert procrustes_r2(np.random.default_rng(1).standard_normal((30, 2)), truth) < 0.3
    assert procrustes_r2(truth * [1, 3], truth) < 0.95  # stretching one axis is not forgiven


def test_a_geometry_is_recovered_whatever_the_shuffle():
    found = recover(Geometry("digits", 1000, "correlation", 9, 0.9), seed=1)
    assert found.sensors == 64
    assert 45 < found.heard <= 64
    assert found.r2 <= 1
    assert found.radius < found.random_radius


def test_the_retina_is_dense_in_the_middle_and_sees_all_of_a_flat_picture():
    places, fields = retina(16, 16)
    assert places.shape == (256, 2)
    np.testing.assert_allclose(fields.sum(1), 1)
    away = np.linalg.norm(places, axis=1)
    inner, outer = (away < 4).sum() / 4**2, ((away >= 4) & (away < 8)).sum() / (8**2 - 4**2)
    assert inner > 1.25 * outer
    # Each sensor sees the pixels around its own place.
    pixels = np.indices((16, 16)).reshape(2, -1).T - 7.5
    middle = fields @ pixels
    assert np.linalg.norm(middle - places, axis=1)[away < 6].max() < 0.8


def test_layouts_hold_the_same_numbers_in_another_order():
    true, _ = layout(QUICK, "true order", 0)
    random, test = layout(QUICK, "random layout", 0)
    np.testing.assert_array_equal(np.sort(random, axis=1), np.sort(true, axis=1))
    assert not np.array_equal(random, true)
    assert test.shape == (100, 64, 1)
    other, _ = layout(QUICK, "random layout", 1)
    assert not np.array_equal(other, random)


def test_a_map_lays_out_what_was_shuffled_without_knowing_the_order(monkeypatch):
    noise = np.random.default_rng(0).standard_normal((1000, 14, 14))
    smooth = gaussian_filter(noise, (0, 1.2, 1.2))[:, 2:-2, 2:-2]
    pixels = (40 * smooth / smooth.std() + 128).clip(0, 255).astype(np.uint8)
    labels = np.zeros(1000, int)
    images = ImageSet("smooth", pixels, labels, pixels[:5], labels[:5], ("one",))
    monkeypatch.setattr(shuffled_sensors, "_pictures", lambda _: images)
    plan = replace(QUICK, mapped=1000)

    def alike(what):
        """How much neighbouring places say the same."""
        rows = layout(plan, what, 0)[0].reshape(-1, 10, 10)
        return np.corrcoef(rows[:, :, 1:].ravel(), rows[:, :, :-1].ravel())[0, 1]

    assert alike("true order") > 0.8
    assert alike("recovered") > alike("true order") - 0.05
    assert alike("random layout") < 0.4
    assert alike("retina, recovered") > alike("retina, true") - 0.1
