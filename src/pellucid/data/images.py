"""Labelled image sets by name: MNIST, Fashion-MNIST, CIFAR-10, and the digits of scikit-learn.

    images = load_images("fashion-mnist")
    images.train_images     # (60000, 28, 28) uint8

The order of the training images is shuffled by a fixed seed, since some copies are sorted by class;
the test images stand as published. `validation` splits the last part of the training images off:
settings are chosen there, the test images are looked at once.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pellucid.data.fetch import FetchProgress, Source, cache_folder, fetch, local_file
from pellucid.errors import ConfigError, DataError, nearest


@dataclass(frozen=True)
class ImageSet:
    """Labelled images: (N, H, W) grey or (N, H, W, 3) colour, uint8; labels (N,) int64."""

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: tuple[str, ...]
    note: str = ""
    """What must be said beside a number that was measured on these images."""

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            images, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
            if images.dtype != np.uint8 or images.ndim not in (3, 4):
                raise DataError(
                    f"{self.name}: {part}_images are {images.dtype} {images.shape}: give uint8 "
                    "(N, H, W) or (N, H, W, C)"
                )
            if len(images) != len(labels):
                raise DataError(
                    f"{self.name}: {len(images)} {part}_images and {len(labels)} labels: give as "
                    "many"
                )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        size = self.train_images.shape[1:]
        return (size[2] if len(size) == 3 else 1, size[0], size[1])

    def validation(self, count: int) -> ImageSet:
        """The last `count` training images in the place of the test images."""
        if not 0 < count < len(self.train_images):
            raise ConfigError(
                f"{self.name}: {count} images for validation of {len(self.train_images)}: give "
                "fewer, and at least one"
            )
        return replace(
            self,
            train_images=self.train_images[:-count],
            train_labels=self.train_labels[:-count],
            test_images=self.train_images[-count:],
            test_labels=self.train_labels[-count:],
        )

    def first(self, train: int, test: int | None = None) -> ImageSet:
        """Only the first images of each part."""
        return replace(
            self,
            train_images=self.train_images[:train],
            train_labels=self.train_labels[:train],
            test_images=self.test_images[:test],
            test_labels=self.test_labels[:test],
        )


def load_images(name: str, *, progress: FetchProgress | None = None) -> ImageSet:
    """The image set of that name, from the user's folder, the cache, or its public home.

    ConfigError for an unknown name; DataError where it is damaged or cannot be had.
    """
    if name not in IMAGE_SETS:
        raise ConfigError(f"no image set is called '{name}': {nearest(name, IMAGE_SETS)}")
    images = IMAGE_SETS[name](progress)
    order = np.random.default_rng(0).permutation(len(images.train_images))
    return replace(
        images,
        train_images=images.train_images[order],
        train_labels=images.train_labels[order].astype(np.int64),
        test_labels=images.test_labels.astype(np.int64),
    )


# The homes that serve MNIST's own files since the first one closed.
_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
_IDX = {
    "mnist": (
        _MNIST,
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
    ),
    "fashion-mnist": (
        _FASHION,
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
}
_IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_CIFAR = Source(
    "cifar-10-binary.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530",
)
_CIFAR_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_FASHION_CLASSES = (
    "T-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
_DIGITS = tuple("0123456789")


def _grey(name: str, classes: tuple[str, ...]) -> Callable[[FetchProgress | None], ImageSet]:
    def load(progress: FetchProgress | None) -> ImageSet:
        path = local_file(f"{name.replace('-', '_')}.npz")
        if path is not None:
            return _images(name, _arrays(path, _KEYS), classes)
        home, checksums = _IDX[name]
        parts = []
        for number, (file, checksum) in enumerate(zip(_IDX_FILES, checksums, strict=True)):
            source = Source(f"{name}-{file}", f"{home}/{file}", checksum)
            parts.append(_idx(fetch(source, progress=_part(progress, number, 4))))
        return _images(name, parts, classes)

    return load


def _images(
    name: str, arrays: list[np.ndarray], classes: tuple[str, ...], note: str = ""
) -> ImageSet:
    train_images, train_labels, test_images, test_labels = arrays
    return ImageSet(name, train_images, train_labels, test_images, test_labels, classes, note)


_KEYS = ("train_images", "train_labels", "test_images", "test_labels")


def _part(progress: FetchProgress | None, number: int, of: int) -> FetchProgress | None:
    return None if progress is None else lambda share: progress((number + share) / of)


def _arrays(path: Path, keys: tuple[str, ...]) -> list[np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return [file[key] for key in keys]
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DataError(f"{path} cannot be read ({error}): put a whole copy there") from error


def _idx(path: Path) -> np.ndarray:
    """An array in the format of MNIST's home: a magic number, the sizes, the bytes."""
    with gzip.open(path) as file:
        content = file.read()
    axes = content[3]
    shape = np.frombuffer(content, ">i4", count=axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _cifar10(progress: FetchProgress | None) -> ImageSet:
    path = local_file("cifar10_jpeg.npz")
    if path is not None:
        note = "from JPEG copies of the images, slightly lossy"
        arrays = _decoded(path, progress)
        return _images("cifar10", arrays, _CIFAR_CLASSES, note)
    archive = fetch(_CIFAR, progress=progress)
    with tarfile.open(archive) as file:
        names = [f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)]
        parts = [_cifar_part(file, name) for name in names]
        test_images, test_labels = _cifar_part(file, "cifar-10-batches-bin/test_batch.bin")
    train_images = np.concatenate([images for images, _ in parts])
    train_labels = np.concatenate([labels for _, labels in parts])
    arrays = [train_images, train_labels, test_images, test_labels]
    return _images("cifar10", arrays, _CIFAR_CLASSES)


def _cifar_part(archive: tarfile.TarFile, name: str) -> tuple[np.ndarray, np.ndarray]:
    """One binary file: rows of a label and a picture, colour by colour."""
    member = archive.extractfile(name)
    if member is None:
        raise DataError(f"{_CIFAR.name} lacks {name}: remove it from the cache and try again")
    rows = np.frombuffer(member.read(), np.uint8).reshape(-1, 3073)
    return rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy(), rows[:, 0]


def _decoded(path: Path, progress: FetchProgress | None) -> list[np.ndarray]:
    """The pictures of a file of JPEGs, decoded once and kept in the cache."""
    kept = cache_folder() / f"{path.stem}-{path.stat().st_size}.npz"
    if kept.is_file():
        return _arrays(kept, _KEYS)
    arrays: dict[str, np.ndarray] = {}
    for number, part in enumerate(("train", "test")):
        keys = (f"{part}_jpeg", f"{part}_offsets", f"{part}_labels")
        content, offsets, labels = _arrays(path, keys)
        show = _part(progress, number, 2)
        arrays[f"{part}_images"] = _pictures(content.tobytes(), offsets, show)
        arrays[f"{part}_labels"] = labels
    kept.parent.mkdir(parents=True, exist_ok=True)
    temporary = kept.with_name(f".{os.getpid()}.{kept.name}")
    np.savez(temporary, **arrays)  # type: ignore[arg-type]
    os.replace(temporary, kept)
    return [arrays[key] for key in _KEYS]


def _pictures(content: bytes, offsets: np.ndarray, progress: FetchProgress | None) -> np.ndarray:
    from PIL import Image

    count = len(offsets) - 1
    pictures = np.empty((count, 32, 32, 3), np.uint8)
    for number in range(count):
        file = io.BytesIO(content[int(offsets[number]) : int(offsets[number + 1])])
        pictures[number] = np.asarray(Image.open(file).convert("RGB"))
        if progress is not None and number % 5000 == 0:
            progress(number / count)
    return pictures


def _digits(progress: FetchProgress | None) -> ImageSet:
    """1,797 digits of 8 x 8 pixels that scikit-learn ships; every fifth is a test image."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = (digits.images * (255 / 16)).astype(np.uint8)
    test = np.arange(len(images)) % 5 == 0
    labels = digits.target
    return ImageSet("digits", images[~test], labels[~test], images[test], labels[test], _DIGITS)


IMAGE_SETS: dict[str, Callable[[FetchProgress | None], ImageSet]] = {
    "cifar10": _cifar10,
    "digits": _digits,
    "fashion-mnist": _grey("fashion-mnist", _FASHION_CLASSES),
    "mnist": _grey("mnist", _DIGITS),
}
