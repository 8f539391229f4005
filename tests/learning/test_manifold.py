import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.learning.manifold import SparseManifoldTransform

SMALL = {"n_atoms": 20, "random_state": 0}


@parametrize_with_checks(
    [
        SparseManifoldTransform(2, **SMALL),
        SparseManifoldTransform(2, threshold=None, **SMALL),
        SparseManifoldTransform(2, context=None, normalize="parts", **SMALL),
    ]
)
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    return images.astype(np.float32), labels


def small(**settings):
    settings = {"n_components": 24, "n_atoms": 150, "patch_size": 4, "grid": 3} | settings
    return SparseManifoldTransform(
        shape=(8, 8), **{"context": 3, "max_samples": 500, "random_state": 0} | settings
    )


def test_neighbours_in_features_are_better_than_in_pixels(digits):
    images, labels = digits
    few = slice(0, 300)
    neighbour = KNeighborsClassifier(1, metric="cosine")
    pixels = neighbour.fit(images[few], labels[few]).score(images[300:], labels[300:])
    transform = small(patch_size=3, n_components=12, grid=4)
    pipeline = make_pipeline(transform, clone(neighbour)).fit(images[few], labels[few])
    assert pipeline.score(images[300:], labels[300:]) > pixels + 0.02


def test_features_are_averages_of_maps_of_length_one(digits):
    images, _ = digits
    transform = small(grid=1).fit(images)
    mean = transform.maps(images[:9]).mean((2, 3))
    expected = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(transform.transform(images[:9]), expected, atol=1e-6)
    assert transform.transform(images[:9]).dtype == np.float32
    assert transform.codes(images[:9]).shape == (9, 150, 5, 5)
    assert transform.codes(images[:9]).any(1).mean() > 0.9


def test_parts_of_one_length_are_what_their_mean_leaves(digits):
    images, _ = digits
    transform = small(normalize="parts", grid=2, max_samples=60).fit(images[:60])
    plain = small(grid=2, max_samples=60).fit(images[:60])
    means = [
        plain.maps(images[:60])[:, :, rows, columns].mean((2, 3))
        for rows in (slice(0, 3), slice(2, 5))  # five places in two parts share the middle one
        for columns in (slice(0, 3), slice(2, 5))
    ]
    left = np.stack(means, axis=2) - np.stack(means, axis=2).mean(0)
    left = left / np.linalg.norm(left, axis=1, keepdims=True) / 2
    np.testing.assert_allclose(transform.transform(images[:60]), left.reshape(60, -1), atol=1e-5)


def test_layers_are_stacked(digits):
    images, _ = digits
    first = small()
    deep = SparseManifoldTransform(
        10, below=first, patch_size=2, stride=2, context=3, n_atoms=60, grid=2, random_state=0
    )
    features = deep.fit(images[:400]).transform(images[:5])
    assert features.shape == (5, 10)  # maps 5 x 5 -> 2 x 2 -> one patch
    assert not hasattr(first, "layer_")  # a clone of it was fitted
    np.testing.assert_array_equal(
        deep.below_.maps(images[:5]), small().fit(images[:400]).maps(images[:5])
    )
    assert deep.get_params()["below__patch_size"] == 4
    assert deep.layer_.kernel == (2, 2)
    assert len(deep.layer_.whitening) == 2 * 2 * 24


def test_colours_are_channels(digits):
    images, _ = digits
    coloured = np.repeat(images[:200].reshape(-1, 8, 8, 1), 3, axis=3).reshape(200, -1)
    transform = small().set_params(shape=(8, 8, 3)).fit(coloured)
    assert len(transform.layer_.whitening) == 3 * 4 * 4
    assert transform.transform(coloured[:2]).shape == (2, 24 * 9)


def test_the_same_seed_gives_the_same_features(digits):
    images, _ = digits
    one, other = (small().fit(images[:300]).transform(images[:4]) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_what_does_not_fit_is_refused(digits):
    images, _ = digits
    with pytest.raises(ValueError, match="is not that of rows of n_features = 64"):
        small().set_params(shape=(8, 9)).fit(images)
    with pytest.raises(ValueError, match="lowest layer only"):
        small(below=small()).fit(images)
    with pytest.raises(ValueError, match="context=4 must be odd"):
        small(context=4).fit(images)
    with pytest.raises(ValueError, match="no patch differs from its own mean"):
        small().fit(np.ones((10, 64)))


def test_pictures_of_bytes_are_computed_in_single_precision(digits):
    images, _ = digits
    bytes_ = images.astype(np.uint8)
    transform = small().fit(bytes_[:200])
    assert transform.layer_.atoms.numpy().dtype == np.float32
    np.testing.assert_array_equal(transform.transform(bytes_[:3]), transform.transform(images[:3]))


def test_samples_may_come_in_another_precision_than_those_it_was_made_from(digits):
    images, _ = digits
    transform = small().fit(images[:200])
    features = transform.transform(images[:5].astype(np.float64))
    assert features.dtype == np.float64
    np.testing.assert_allclose(features, transform.transform(images[:5]), atol=1e-6)
    again = transform.fit(images[:200].astype(np.float64))
    assert again.layer_.atoms.numpy().dtype == np.float64


def test_a_sample_less_its_mean_is_read_the_same_however_bright_it_is():
    rows = np.random.default_rng(0).random((30, 75)).astype(np.float32)
    settings = {"shape": (5, 5, 3), "patch_size": 3, "n_atoms": 40, "random_state": 0}
    transform = SparseManifoldTransform(4, centred="sample", **settings).fit(rows)
    tinted = (rows.reshape(30, 25, 3) + np.array([0.5, -0.2, 0.1])).reshape(30, 75)
    features = transform.transform(rows)
    np.testing.assert_allclose(transform.transform(tinted.astype(np.float32)), features, atol=1e-3)
    # It is what the caller would have done before a transform that takes nothing away.
    less = (rows.reshape(30, 25, 3) - rows.reshape(30, 25, 3).mean(1, keepdims=True)).reshape(
        30, 75
    )
    own = SparseManifoldTransform(4, centred=False, **settings).fit(less)
    np.testing.assert_allclose(own.transform(less), features, atol=1e-4)
    with pytest.raises(ValueError, match="centred"):
        SparseManifoldTransform(4, centred="picture", **settings).fit(rows)
