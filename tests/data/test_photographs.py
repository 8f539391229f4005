import numpy as np
import pytest
from PIL import Image

from pellucid.data import photographs
from pellucid.data.photographs import load_photographs
from pellucid.errors import DataError


def test_two_photographs_are_there_without_any_extra():
    found = load_photographs()
    assert {"china", "flower"} <= found.keys()
    china = found["china"]
    assert china.pixels.shape == (427, 640, 3)
    assert china.pixels.dtype == np.uint8
    assert china.grey.shape == (427, 640)
    assert china.grey.dtype == np.float32
    assert 0 <= china.grey.min() < 0.1 < 0.9 < china.grey.max() <= 1


def test_more_of_them_where_scikit_image_is(tmp_path, monkeypatch):
    home = tmp_path / "skimage"
    (home / "data").mkdir(parents=True)
    (home / "__init__.py").write_text("raise RuntimeError('it is not imported')")
    Image.new("L", (5, 4), 128).save(home / "data" / "camera.png")
    monkeypatch.syspath_prepend(tmp_path)
    found = load_photographs()
    assert list(found) == ["china", "flower", "camera"]
    np.testing.assert_allclose(found["camera"].grey, np.full((4, 5), 128 / 255), rtol=1e-5)


def test_a_folder_of_ones_own(tmp_path):
    Image.fromarray(np.arange(60, dtype=np.uint8).reshape(4, 5, 3)).save(tmp_path / "b.png")
    Image.new("RGB", (3, 2), (255, 0, 0)).save(tmp_path / "a.PNG")
    (tmp_path / "notes.txt").write_text("no picture")
    found = load_photographs(tmp_path)
    assert list(found) == ["a", "b"]
    np.testing.assert_array_equal(found["b"].pixels.ravel(), np.arange(60))
    assert found["a"].grey[0, 0] == pytest.approx(photographs.LUMINANCE[0])


def test_a_folder_without_pictures_and_a_broken_one(tmp_path):
    with pytest.raises(DataError, match="holds no pictures"):
        load_photographs(tmp_path)
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match=r"broken\.png cannot be read as a picture"):
        load_photographs(tmp_path)
