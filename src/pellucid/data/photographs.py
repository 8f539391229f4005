"""Photographs to learn natural signals from: those that libraries ship, or a folder of one's own.

    photographs = load_photographs()                     # china, flower, and more by scikit-image
    photographs = load_photographs("holiday/")           # every picture of a folder
    photographs["china"].pixels                          # (427, 640, 3) uint8

No network is needed. scikit-learn ships two photographs; with the extra `photographs`
(scikit-image) there are ten more.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pellucid.errors import DataError

SHIPPED = ("china", "flower")
"""By scikit-learn."""
SHIPPED_MORE = (
    "astronaut",
    "brick",
    "camera",
    "chelsea",
    "coffee",
    "coins",
    "grass",
    "gravel",
    "motorcycle_left",
    "rocket",
)
"""By scikit-image: what a camera took of the world, without microscopes, telescopes and pages."""
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff")

LUMINANCE = (0.299, 0.587, 0.114)
"""Red, green and blue in what the eye sees as brightness (ITU-R BT.601)."""


@dataclass(frozen=True)
class Photograph:
    """A photograph and its name."""

    name: str
    pixels: np.ndarray
    """(H, W, 3) uint8"""

    @property
    def grey(self) -> np.ndarray:
        """The brightness (H, W), float32, from 0 to 1."""
        return (self.pixels @ np.array(LUMINANCE) / 255).astype(np.float32)


def load_photographs(folder: str | Path | None = None) -> dict[str, Photograph]:
    """The photographs of a folder, or those that installed libraries ship, by name.

    DataError where the folder has none, or one cannot be read.
    """
    if folder is None:
        paths = _shipped()
    else:
        paths = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES)
        if not paths:
            raise DataError(f"{folder} holds no pictures ({', '.join(SUFFIXES)}): give another")
    return {path.stem: Photograph(path.stem, _read(path)) for path in paths}


def _shipped() -> list[Path]:
    import sklearn.datasets

    here = Path(sklearn.datasets.__file__).parent / "images"
    paths = [here / f"{name}.jpg" for name in SHIPPED]
    # Found without importing it: its import costs half a second, and the files alone are needed.
    found = importlib.util.find_spec("skimage")
    if found is not None and found.origin is not None:
        there = Path(found.origin).parent / "data"
        paths += [path for name in SHIPPED_MORE for path in there.glob(f"{name}.*")]
    return paths


def _read(path: Path) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, UnidentifiedImageError) as error:
        raise DataError(f"{path} cannot be read as a picture: {error}") from error
