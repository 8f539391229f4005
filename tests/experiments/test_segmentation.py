"""Masks of attention maps, on maps whose foreground is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pellucid.errors import DataError
from pellucid.experiments import segmentation
from pellucid.experiments.segmentation import Choice


def test_a_mask_is_the_fewest_places_that_hold_the_share():
    maps = torch.tensor([[0.5, 0.1], [0.1, 0.3]])
    for mass, places in ((0.4, [[1, 0], [0, 0]]), (0.6, [[1, 0], [0, 1]]), (1.0, [[1, 1], [1, 1]])):
        found = segmentation.fewest_places(maps, mass)
        assert found.tolist() == torch.tensor(places).bool().tolist(), mass


def test_the_scale_of_a_map_does_not_matter():
    maps = torch.rand(3, 2, 5, 5, generator=torch.Generator().manual_seed(0))
    found = segmentation.fewest_places(maps, 0.6)
    assert torch.equal(found, segmentation.fewest_places(7 * maps, 0.6))


def test_overlap_is_intersection_over_union():
    truth = torch.tensor([[1, 1], [0, 0]]).bool()
    for found, share in (
        ([[1, 1], [0, 0]], 1.0),
        ([[0, 1], [1, 0]], 1 / 3),
        ([[0, 0], [1, 1]], 0.0),
    ):
        assert segmentation.overlap(torch.tensor(found).bool(), truth) == pytest.approx(share)
    nothing = torch.zeros(2, 2, dtype=torch.bool)
    assert segmentation.overlap(nothing, nothing) == 1


def test_a_place_fills_its_patch():
    mask = torch.tensor([[True, False]])
    assert segmentation.in_pixels(mask, (2, 4)).tolist() == [[True, True, False, False]] * 2
    with pytest.raises(DataError, match="do not divide"):
        segmentation.in_pixels(mask, (2, 5))


def test_the_head_that_sees_the_object_is_chosen():
    random = torch.Generator().manual_seed(0)
    truth = torch.rand(20, 4, 4, generator=random) < 0.4
    maps = torch.rand(20, 3, 4, 4, generator=random) * 0.1
    maps[:, 1] += truth.float()
    choice = segmentation.choose(maps, truth)
    assert choice.head == 1
    found = segmentation.masks(maps, choice, (4, 4))
    assert segmentation.overlap(found, truth).mean() > 0.9
    other = segmentation.masks(maps, Choice(0, choice.mass), (4, 4))
    assert segmentation.overlap(other, truth).mean() < 0.6


def test_a_map_of_what_is_known_in_general_finds_what_never_moves():
    truth = torch.zeros(5, 4, 4, dtype=torch.bool)
    truth[:, :2] = True
    share = segmentation.share_of_places(truth, (2, 2))
    assert share.tolist() == [[[1.0, 1.0], [0.0, 0.0]]] * 5
    fixed = share.mean(0).expand(5, 1, 2, 2)
    found = segmentation.masks(fixed, segmentation.choose(fixed, truth), (4, 4))
    assert segmentation.overlap(found, truth).tolist() == [1.0] * 5


def test_objects_lie_at_random_places_of_a_ground_as_bright_as_noise():
    images = np.zeros((300, 28, 28), np.uint8)
    images[:, 4:24, 4:24] = 200
    pictures, truth = segmentation.on_clutter(images, seed=3, side=32, size=14)
    assert pictures.shape == truth.shape == (300, 32, 32)
    assert pictures.dtype == np.uint8
    assert truth.sum((1, 2)).tolist() == [100] * 300  # 20 of 28 pixels become 10 of 14
    assert (pictures[truth] == 200).all()
    assert 105 < pictures[~truth].mean() < 115
    assert 50 < pictures[~truth].std() < 65
    often = truth.mean(0)
    assert often.max() < 0.5  # nowhere is an object in most pictures
    again, _ = segmentation.on_clutter(images, seed=3, side=32, size=14)
    other, _ = segmentation.on_clutter(images, seed=4, side=32, size=14)
    assert np.array_equal(again, pictures)
    assert not np.array_equal(other, pictures)
