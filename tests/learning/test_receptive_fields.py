import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.receptive_fields import example_fields, mean_fields, selectivity


@pytest.fixture(scope="module")
def bars():
    """Pictures 12 x 12 of two lines at random places, lying or standing."""
    generator = np.random.default_rng(0)
    pictures = np.zeros((600, 12, 12), np.float32)
    for picture in pictures:
        for _ in range(2):
            at = generator.integers(12)
            picture[(at, slice(None)) if generator.random() < 0.5 else (slice(None), at)] = 1
    return pictures.reshape(600, -1)


@pytest.fixture(scope="module")
def stack(bars):
    first = SparseManifoldTransform(
        8, shape=(12, 12), patch_size=3, n_atoms=40, threshold=0.8, context=3, random_state=0
    )
    return SparseManifoldTransform(
        6,
        below=first,
        patch_size=3,
        stride=2,
        n_atoms=60,
        threshold=0.8,
        centred=False,
        context=3,
        random_state=0,
    ).fit(bars[:300])


def test_the_field_of_a_layer_is_what_its_patches_see(bars, stack):
    assert stack.below_.field == ((3, 3), (1, 1))
    # Two places a step: 3 + 1, and two more steps of 2 pixels.
    assert stack.field == ((8, 8), (2, 2))
    # A pixel inside of the field of a patch changes its code, or may; one outside never does.
    picture = bars[:1].copy()
    before = stack.codes(picture)
    for place in range(144):
        row, column = divmod(place, 12)
        changed = picture.copy()
        changed[0, place] = 5.0
        differs = (stack.codes(changed) != before).any((0, 1))
        for down, across in np.argwhere(differs):
            assert 2 * down <= row < 2 * down + 8
            assert 2 * across <= column < 2 * across + 8


def test_mean_fields_are_means_over_the_fields_that_activate(bars, stack):
    shapes = mean_fields(stack, bars[:40])
    codes = stack.codes(bars[:40])
    assert shapes.drawn().shape == (60, 1, 8, 8)
    np.testing.assert_array_equal(shapes.counts, codes.sum((0, 2, 3)))
    pictures = bars[:40].reshape(-1, 12, 12)
    unit = int(shapes.counts.argmax())
    total = np.zeros((8, 8))
    for number, down, across in np.argwhere(codes[:, unit]):
        field = pictures[number, 2 * down : 2 * down + 8, 2 * across : 2 * across + 8]
        field = field - field.mean()
        total += field / np.linalg.norm(field)
    expected = total / np.linalg.norm(total)
    np.testing.assert_allclose(shapes.drawn()[unit, 0], expected, atol=1e-5)


def test_units_of_lines_are_selective_and_those_of_chance_are_not(bars, stack):
    for transform, least in ((stack.below_, 0.9), (stack, 0.15)):
        found = selectivity(transform, mean_fields(transform, bars[:300]), bars[300:], alike=0.8)
        draw = torch.Generator().manual_seed(0)
        chance = selectivity(
            transform,
            mean_fields(transform, bars[:300], shuffle=draw),
            bars[300:],
            alike=0.8,
            shuffle=draw,
        )
        np.testing.assert_array_equal(found.counts, chance.counts)
        assert found.judged().sum() >= 20
        assert found.selective().mean() > least
        assert chance.selective().mean() == 0


def test_shares_are_counted_as_said(bars, stack):
    transform = stack.below_
    shapes = mean_fields(transform, bars[:100])
    found = selectivity(transform, shapes, bars[100:130], alike=0.6)
    codes = np.moveaxis(transform.codes(bars[100:130]), 1, -1).reshape(-1, len(shapes.fields))
    fields = np.lib.stride_tricks.sliding_window_view(
        bars[100:130].reshape(-1, 12, 12), (3, 3), axis=(1, 2)
    ).reshape(len(codes), 9)
    loud = codes.any(1)
    fields = fields - fields.mean(1, keepdims=True)
    fields /= np.maximum(np.linalg.norm(fields, axis=1, keepdims=True), 1e-12)
    like = fields @ shapes.fields.T >= 0.6
    for unit in np.flatnonzero(found.counts > 3)[:10]:
        on, off = codes[:, unit], loud & ~codes[:, unit]
        assert found.inside[unit] == pytest.approx(like[on, unit].mean(), abs=0.02)
        assert found.outside[unit] == pytest.approx(like[off, unit].mean(), abs=0.02)


def test_colours_are_drawn_as_colours():
    images = load_digits().data[:200].astype(np.float32).reshape(-1, 8, 8, 1)
    coloured = np.concatenate([images, 0 * images, images], 3).reshape(200, -1)
    transform = SparseManifoldTransform(
        4, shape=(8, 8, 3), patch_size=4, n_atoms=30, context=3, random_state=0
    ).fit(coloured)
    shapes = mean_fields(transform, coloured[:20]).drawn()
    assert shapes.shape == (30, 3, 4, 4)
    np.testing.assert_allclose(shapes[:, 0], shapes[:, 2], atol=1e-6)


def test_examples_are_fields_of_different_pictures_that_make_the_unit_active(bars, stack):
    shapes = mean_fields(stack, bars[:50])
    often, never = int(shapes.counts.argmax()), int(shapes.counts.argmin())
    codes = stack.codes(bars[:50])
    found = example_fields(stack, bars[:50], [often, never], 4)
    assert found.shape == (2, 4, 1, 8, 8)
    pictures = np.unique(np.argwhere(codes[:, often])[:, 0])[:4]
    for example, number in zip(found[0], pictures, strict=True):
        down, across = np.argwhere(codes[number, often])[0]
        field = bars[number].reshape(12, 12)[2 * down : 2 * down + 8, 2 * across : 2 * across + 8]
        field = field - field.mean()
        np.testing.assert_allclose(example[0], field / np.linalg.norm(field), atol=1e-6)
    used = min(4, len(np.unique(np.argwhere(codes[:, never])[:, 0])))
    assert not found[1, used:].any()
