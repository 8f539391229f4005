"""Image sets by name, from every kind of place that they come from."""

import gzip
import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from pellucid.data import ImageSet, load_images
from pellucid.data.fetch import cache_folder
from pellucid.errors import ConfigError, DataError


@pytest.fixture(autouse=True)
def _places(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    cache_folder().mkdir(parents=True)


def _set(count: int = 12) -> dict[str, np.ndarray]:
    images = np.arange(count * 16, dtype=np.uint8).reshape(count, 4, 4)
    labels = np.arange(count) // 3
    return {
        "train_images": images,
        "train_labels": labels,
        "test_images": images[:2],
        "test_labels": labels[:2],
    }


def test_a_set_sorted_by_class_is_shuffled_with_its_labels(tmp_path):
    arrays = _set()
    np.savez(tmp_path / "data" / "fashion_mnist.npz", **arrays)
    images = load_images("fashion-mnist")
    assert (np.diff(images.train_labels) < 0).any()
    # A picture still has its own label: its first pixel says which one it was.
    np.testing.assert_array_equal(images.train_images[:, 0, 0] // 16 // 3, images.train_labels)
    np.testing.assert_array_equal(images.test_images, arrays["test_images"])
    assert load_images("fashion-mnist").train_labels.tolist() == images.train_labels.tolist()


def test_the_published_idx_files_are_read(monkeypatch):
    arrays = _set()
    for name, key in (
        ("train-images-idx3-ubyte.gz", "train_images"),
        ("train-labels-idx1-ubyte.gz", "train_labels"),
        ("t10k-images-idx3-ubyte.gz", "test_images"),
        ("t10k-labels-idx1-ubyte.gz", "test_labels"),
    ):
        array = arrays[key].astype(np.uint8)
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
        with gzip.open(cache_folder() / f"mnist-{name}", "wb") as file:
            file.write(header + array.tobytes())
    images = load_images("mnist")
    assert images.shape == (1, 4, 4)
    np.testing.assert_array_equal(images.test_images, arrays["test_images"])
    assert sorted(images.train_labels.tolist()) == arrays["train_labels"].tolist()


def test_the_published_cifar_archive_is_read():
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (6, 2, 32, 32, 3), dtype=np.uint8)
    with tarfile.open(cache_folder() / "cifar-10-binary.tar.gz", "w:gz") as archive:
        names = [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]
        for number, name in enumerate(names):
            rows = [
                bytes([number]) + picture.transpose(2, 0, 1).tobytes()
                for picture in pictures[number]
            ]
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = sum(map(len, rows))
            archive.addfile(info, io.BytesIO(b"".join(rows)))
    images = load_images("cifar10")
    assert images.shape == (3, 32, 32)
    assert images.note == ""
    np.testing.assert_array_equal(images.test_images, pictures[5])
    for picture, label in zip(images.train_images, images.train_labels, strict=True):
        assert any((picture == own).all() for own in pictures[label])


def test_jpegs_are_decoded_once_and_said_to_be_lossy(tmp_path, monkeypatch):
    def jpegs(colours: list[int]) -> tuple[np.ndarray, np.ndarray]:
        files = []
        for colour in colours:
            file = io.BytesIO()
            Image.new("RGB", (32, 32), (colour,) * 3).save(file, "JPEG")
            files.append(file.getvalue())
        offsets = np.cumsum([0, *map(len, files)])
        return np.frombuffer(b"".join(files), np.uint8), offsets

    train, test = jpegs([10, 200, 90]), jpegs([30])
    np.savez(
        tmp_path / "data" / "cifar10_jpeg.npz",
        train_jpeg=train[0],
        train_offsets=train[1],
        train_labels=np.array([1, 2, 3]),
        test_jpeg=test[0],
        test_offsets=test[1],
        test_labels=np.array([3]),
    )
    images = load_images("cifar10")
    assert "lossy" in images.note
    brightness = {1: 10, 2: 200, 3: 90}
    for picture, label in zip(images.train_images, images.train_labels, strict=True):
        assert abs(int(picture.mean()) - brightness[int(label)]) <= 1
    monkeypatch.setattr("pellucid.data.images._pictures", lambda *_: pytest.fail("decoded again"))
    again = load_images("cifar10")
    np.testing.assert_array_equal(again.train_images, images.train_images)


def test_validation_takes_the_last_training_images_and_hides_the_test_images():
    images = load_images("digits")
    held = images.validation(100)
    assert len(held.train_images) == len(images.train_images) - 100
    np.testing.assert_array_equal(held.test_images, images.train_images[-100:])
    np.testing.assert_array_equal(held.test_labels, images.train_labels[-100:])
    with pytest.raises(ConfigError, match="give fewer"):
        images.validation(len(images.train_images))
    few = images.first(10, 5)
    assert (len(few.train_images), len(few.test_images)) == (10, 5)


def test_the_digits_are_whole_and_apart():
    images = load_images("digits")
    assert len(images.train_images) + len(images.test_images) == 1797
    assert images.train_images.max() == 255
    assert set(images.test_labels.tolist()) == set(range(10))


def test_what_is_wrong_is_said_in_one_line(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'mnist'"):
        load_images("mnits")
    (tmp_path / "data" / "mnist.npz").write_bytes(b"PK damaged")
    with pytest.raises(DataError, match=r"mnist\.npz cannot be read"):
        load_images("mnist")
    arrays = _set()
    with pytest.raises(DataError, match="give uint8"):
        ImageSet("mine", *(a.astype(float) for a in arrays.values()), classes=("a",))
    arrays["train_labels"] = arrays["train_labels"][1:]
    with pytest.raises(DataError, match="give as many"):
        ImageSet("mine", *arrays.values(), classes=("a",))
