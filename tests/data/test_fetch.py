"""Files of data sets: found, fetched, verified, never half there."""

import hashlib

import pytest

from pellucid.data.fetch import Source, fetch, local_file
from pellucid.errors import DataError


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PELLUCID_DATA", raising=False)


def _home(tmp_path, content: bytes) -> str:
    (tmp_path / "home.bin").write_bytes(content)
    return (tmp_path / "home.bin").as_uri()


def test_a_fetched_file_is_what_was_published_and_comes_once(tmp_path):
    content, shares = b"a world" * 1000, []
    source = Source("world.bin", _home(tmp_path, content), hashlib.sha256(content).hexdigest())
    path = fetch(source, progress=shares.append)
    assert path.read_bytes() == content
    assert shares[-1] == 1.0
    (tmp_path / "home.bin").unlink()
    assert fetch(source) == path


def test_md5_is_understood_for_the_older_homes(tmp_path):
    source = Source("old.bin", _home(tmp_path, b"old"), hashlib.md5(b"old").hexdigest())
    assert fetch(source).read_bytes() == b"old"


def test_a_broken_download_leaves_nothing_behind(tmp_path):
    source = Source("world.bin", _home(tmp_path, b"half"), hashlib.sha256(b"whole").hexdigest())
    with pytest.raises(DataError, match=r"not the published file.*PELLUCID_DATA"):
        fetch(source)
    assert list((tmp_path / "cache" / "pellucid").iterdir()) == []


def test_what_cannot_be_reached_says_what_to_do(tmp_path):
    source = Source("gone.bin", (tmp_path / "nowhere").as_uri(), "0" * 64)
    with pytest.raises(DataError, match=r"cannot be fetched.*PELLUCID_DATA"):
        fetch(source)


def test_the_users_folder_is_looked_into_first(tmp_path, monkeypatch):
    assert local_file("mine.npz") is None
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path))
    assert local_file("mine.npz") is None
    (tmp_path / "mine.npz").write_bytes(b"")
    assert local_file("mine.npz") == tmp_path / "mine.npz"
