"""How features of the manifold transform are read."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.kernel_ridge import KernelRidge

from pellucid.experiments.manifold_readout import Axes, SmoothMap, conjugate_gradients


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def _unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_axes_of_pieces_are_the_principal_components_of_all(rng):
    rows = (rng.normal(size=(300, 12)) * np.arange(1, 13) + 5).astype(np.float32)
    axes = Axes.of([rows[:100], rows[100:]], 4)
    pca = PCA(4).fit(rows)
    assert np.allclose(axes.mean, pca.mean_, atol=1e-4)
    assert np.allclose(axes.variances, pca.explained_variance_ * 299 / 300, rtol=1e-3)
    assert np.allclose(np.abs((axes.directions.T * pca.components_).sum(1)), 1, atol=1e-3)
    plain = _unit((rows - axes.mean) @ axes.directions)
    assert np.allclose(axes.along(rows), plain, atol=1e-5)
    white = (rows - axes.mean) @ axes.directions / np.sqrt(axes.variances)
    assert np.allclose(axes.along(rows, 1.0), _unit(white), atol=1e-4)


def test_more_axes_than_features_are_all_of_them(rng):
    rows = rng.normal(size=(50, 3)).astype(np.float16)
    assert Axes.of([rows], 10).directions.shape == (3, 3)


def test_conjugate_gradients_solve_and_stop_where_nothing_is_wanted(rng):
    root = rng.normal(size=(40, 40))
    matrix = root @ root.T + np.eye(40)
    wanted = rng.normal(size=(40, 3))
    wanted[:, 1] = 0
    found, steps = conjugate_gradients(matrix, wanted, tolerance=1e-8)
    assert np.allclose(found, np.linalg.solve(matrix, wanted), atol=1e-5)
    assert 0 < steps < 200
    assert conjugate_gradients(matrix, wanted, tolerance=1e-8, most=2)[1] == 2


@pytest.mark.parametrize("price", [0.1, 1.0])
def test_a_smooth_map_is_kernel_ridge_regression_with_mirror_images_known(rng, price):
    # Mirroring turns features: k(fx, fy) = k(x, y) then, and both ways must agree.
    turned = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    mirror = turned @ np.diag([1, 1, 1, 1, -1, -1, -1, -1]) @ turned.T
    known = _unit(rng.normal(size=(60, 8)))
    mirrored = (known @ mirror).astype(np.float32)
    labels = (known[:, 0] > 0).astype(int) + (known[:, 1] > 0)
    asked = _unit(rng.normal(size=(200, 8)))
    smooth = SmoothMap.fit(known, mirrored, labels, width=0.4, price=price)
    both = np.concatenate([known, mirrored])
    kernel = lambda a, b: np.exp((a @ b.T - 1) / 0.4)  # noqa: E731
    wanted = np.eye(3)[np.tile(labels, 2)] - 1 / 3
    exact = KernelRidge(alpha=price, kernel="precomputed").fit(kernel(both, both), wanted)
    said = exact.predict(kernel(asked, both)).argmax(1)
    assert (smooth.predict(asked) == said).mean() > 0.99
    assert (smooth.predict(asked @ mirror) == smooth.predict(asked)).mean() > 0.99


def test_a_smooth_map_tells_what_a_linear_map_cannot(rng):
    angle = rng.uniform(0, 2 * np.pi, 400)
    rows = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    labels = (np.sin(3 * angle) > 0).astype(int)
    smooth = SmoothMap.fit(rows[:300], rows[:300], labels[:300], width=0.1, price=0.1)
    assert (smooth.predict(rows[300:]) == labels[300:]).mean() > 0.95
