import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

from pellucid.errors import CheckpointError, DataError
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.manifold_storage import load_manifold, save_manifold
from pellucid.learning.tensors import write_tensors

SMALL = {"patch_size": 3, "n_components": 6, "n_atoms": 40, "context": 3, "max_samples": 200}


@pytest.fixture(scope="module")
def images():
    return load_digits().data.astype(np.float32)[:300]


@pytest.mark.parametrize("normalize", ["whole", "parts"])
def test_what_is_loaded_says_the_same_to_the_bit(images, tmp_path, normalize):
    lower = SparseManifoldTransform(shape=(8, 8), normalize=normalize, random_state=0, **SMALL)
    stack = SparseManifoldTransform(below=lower, centred=False, random_state=1, **SMALL)
    for transform in (lower.fit(images), stack.fit(images)):
        save_manifold(transform, tmp_path / "it.safetensors")
        again = load_manifold(tmp_path / "it.safetensors")
        np.testing.assert_array_equal(again.transform(images), transform.transform(images))
        ours, its = again.get_params(deep=False), transform.get_params(deep=False)
        assert {**ours, "below": None} == {**its, "below": None}
        assert list(again.get_feature_names_out()) == list(transform.get_feature_names_out())


def test_a_file_that_holds_something_else_is_refused(images, tmp_path):
    path = tmp_path / "it.safetensors"
    with pytest.raises(CheckpointError, match="does not exist"):
        load_manifold(path)
    write_tensors(path, {"x": torch.zeros(2)}, note={"layers": [{}]})
    with pytest.raises(CheckpointError, match="holds no sparse manifold transform"):
        load_manifold(path)
    write_tensors(path, {"x": torch.zeros(2)}, note={"layers": []})
    with pytest.raises(CheckpointError, match="holds no sparse manifold transform"):
        load_manifold(path)


def test_a_generator_cannot_be_written(images, tmp_path):
    transform = SparseManifoldTransform(
        shape=(8, 8), random_state=np.random.RandomState(0), **SMALL
    )
    with pytest.raises(NotFittedError):
        save_manifold(transform, tmp_path / "it.safetensors")
    with pytest.raises(DataError, match="give a number"):
        save_manifold(transform.fit(images), tmp_path / "it.safetensors")
