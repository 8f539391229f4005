import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

from pellucid.errors import DataError
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.manifold_path import describe, drawn_back, geodesic, picture, walk_between


@pytest.fixture(scope="module")
def digits():
    return load_digits().data.astype(np.float32)


@pytest.fixture(scope="module")
def transform(digits):
    return SparseManifoldTransform(
        40, shape=(8, 8), patch_size=4, n_atoms=200, context=3, random_state=0
    ).fit(digits[:600])


def explained(found, true):
    return 1 - np.square(found - true).sum() / np.square(true - true.mean()).sum()


def test_pictures_are_drawn_back_from_their_embeddings(digits, transform):
    found = picture(transform, describe(transform, digits[700:720]))
    assert found.shape == (20, 64)
    assert explained(found, digits[700:720]) > 0.8
    # Not from contrast and mean alone: with the embeddings of others much is lost.
    told = describe(transform, digits[700:720])
    other = describe(transform, digits[720:740])
    mixed = type(told)(other.embedding, told.contrast, told.mean)
    assert explained(picture(transform, mixed), digits[700:720]) < 0.6


def test_a_landmark_is_drawn_from_its_own_place(transform):
    layer = transform.layer_
    places = F.normalize(layer.projection, dim=1)
    cosine = (drawn_back(layer, places) * layer.atoms).sum(1)
    assert cosine.median() > 0.8
    silent = drawn_back(layer, torch.zeros(1, layer.projection.shape[1]))
    assert not silent.any()


def test_what_is_described_is_the_transform_and_two_numbers_a_patch(digits, transform):
    told = describe(transform, digits[:3])
    np.testing.assert_allclose(told.embedding, transform.maps(digits[:3]), atol=1e-6)
    patch = torch.from_numpy(digits[0].reshape(8, 8)[2:6, 1:5].ravel())
    assert told.mean[0, 0, 2, 1] == pytest.approx(float(patch.mean()), rel=1e-5)
    whitened = (patch - patch.mean()) @ transform.layer_.whitening
    assert told.contrast[0, 0, 2, 1] == pytest.approx(float(whitened.norm()), rel=1e-4)


def test_half_way_lies_between_on_the_circle(digits, transform):
    told = describe(transform, digits[:2])
    start, end = told[:1], told[1:]
    middle = start.towards(end, 0.5)
    loud = start.embedding.any(1) & end.embedding.any(1)
    length = middle.embedding.norm(dim=1)
    assert torch.allclose(length[loud], torch.ones(()), atol=1e-5)
    one, other = ((middle.embedding * x.embedding).sum(1)[loud] for x in (start, end))
    assert torch.allclose(one, other, atol=1e-4)
    for share, expected in ((0.0, start), (1.0, end)):
        reached = start.towards(end, share)
        assert torch.allclose(reached.embedding, expected.embedding, atol=1e-5)
        assert torch.equal(reached.mean, expected.mean)


def test_where_a_patch_is_silent_the_other_one_speaks(digits, transform):
    flat = np.full((1, 64), 5.0, np.float32)
    told = describe(transform, np.concatenate([flat, digits[:1]]))
    middle = told[:1].towards(told[1:], 0.5)
    assert torch.allclose(middle.embedding, told.embedding[1:], atol=1e-5)
    assert torch.allclose(middle.contrast, told.contrast[1:] / 2)


def test_the_shortest_way_goes_around_and_not_across():
    angle = np.linspace(0, np.pi, 40)
    arc = np.stack([np.cos(angle), np.sin(angle)], 1)
    way = geodesic(arc, 0, 39, n_neighbors=4)
    assert way[0] == 0
    assert way[-1] == 39
    assert np.diff(way).min() > 0
    assert np.diff(way).max() <= 2  # small hops, though a neighbour may be further away
    assert geodesic(arc, 7, 7) == [7]


def test_without_a_way_an_error_says_so():
    apart = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]])
    with pytest.raises(DataError, match="no way from sample 0 to 2 over 1 neighbours"):
        geodesic(apart, 0, 2, n_neighbors=1)


def test_a_way_is_walked_in_steps(digits, transform):
    stations = digits[[3, 8, 20]]
    frames = walk_between(transform, stations, steps=3)
    assert frames.shape == (7, 64)
    ends = picture(transform, describe(transform, stations))
    np.testing.assert_allclose(frames[::3], ends, atol=1e-3)


def test_a_stack_has_no_pixels(digits, transform):
    deep = SparseManifoldTransform(
        4, below=transform, patch_size=3, context=3, n_atoms=20, random_state=0
    ).fit(digits[:100])
    with pytest.raises(DataError, match="one layer"):
        describe(deep, digits[:1])


def test_an_embedding_of_another_layer_is_refused(digits, transform):
    other = SparseManifoldTransform(
        4, shape=(8, 8), patch_size=4, context=3, n_atoms=20, random_state=0
    ).fit(digits[:100])
    with pytest.raises(DataError, match="an embedding of 40 dimensions is not of this layer"):
        picture(other, describe(transform, digits[:1]))
