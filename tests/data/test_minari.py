from __future__ import annotations

import builtins
import importlib
import socket

import numpy as np
import pytest
from counter_world import Counter

from pellucid.data import export_minari, from_arrays, import_minari, record
from pellucid.errors import DataError, MissingExtraError


@pytest.fixture
def minari(tmp_path, monkeypatch):
    pytest.importorskip("h5py")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    return pytest.importorskip("minari")


@pytest.fixture
def experience(tmp_path):
    return record(
        Counter, tmp_path / "e", episodes=3, steps=6, size=8, environment_kwargs={"last": 5}
    )


def test_what_was_exported_is_imported_to_the_bit(minari, experience, tmp_path):
    folder = export_minari(experience, "tests/counter-v0")
    assert folder.is_dir()
    assert folder.is_relative_to(tmp_path / "minari")
    for name, source in [("by-id", "tests/counter-v0"), ("by-path", folder)]:
        copy = import_minari(source, tmp_path / name)
        copy.verify()
        assert copy.lengths.tolist() == experience.lengths.tolist() == [5, 5, 5]
        for mine, original in zip(copy, experience, strict=True):
            np.testing.assert_array_equal(mine.observations, original.observations)
            np.testing.assert_array_equal(mine.actions, original.actions)
            np.testing.assert_array_equal(mine.labels, original.labels)
        assert all(entry.terminated and not entry.truncated for entry in copy.records)
        assert copy.spec.action_space == experience.spec.action_space
        assert copy.spec.policy == "minari:tests/counter-v0"


def test_minari_itself_reads_the_export(minari, experience):
    export_minari(experience, "tests/counter-v0")
    episode = minari.load_dataset("tests/counter-v0")[0]
    assert len(episode.observations) == len(episode.actions) + 1 == 6
    np.testing.assert_array_equal(episode.observations, experience[0].observations)
    np.testing.assert_array_equal(episode.terminations, [False] * 4 + [True])


def test_discrete_actions_and_vectors_survive_the_way_there_and_back(minari, tmp_path):
    observations = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    source = from_arrays(tmp_path / "e", observations, np.array([[0, 2, 1, 1], [1, 0, 0, 2]]))
    export_minari(source, "tests/vectors-v1")
    copy = import_minari("tests/vectors-v1", tmp_path / "copy")
    assert copy.spec.action_space == source.spec.action_space
    np.testing.assert_array_equal(copy[1].observations, observations[1])
    np.testing.assert_array_equal(copy[1].actions, np.eye(3)[[1, 0, 0, 2]])
    assert all(entry.truncated for entry in copy.records)


def test_a_dataset_that_is_not_here_is_an_error_and_no_download(minari, tmp_path, monkeypatch):
    def reached(*arguments, **named):
        raise AssertionError("reached for the network")

    monkeypatch.setattr(socket, "getaddrinfo", reached)
    with pytest.raises(DataError, match="minari download D4RL/door/human-v2"):
        import_minari("D4RL/door/human-v2", tmp_path / "e")
    assert not (tmp_path / "e").exists()


def test_a_dataset_that_exists_is_not_overwritten(minari, experience):
    export_minari(experience, "tests/counter-v0")
    with pytest.raises(DataError, match="cannot be written"):
        export_minari(experience, "tests/counter-v0")
    with pytest.raises(DataError, match="cannot be written"):
        export_minari(experience, "no good name")


def test_without_minari_the_error_names_the_extra(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(f"No module named '{name}'")

    monkeypatch.setattr(importlib, "import_module", missing)
    from pellucid.data.minari import import_minari

    with pytest.raises(MissingExtraError, match=r"pellucid\[data\]"):
        import_minari("x-v0", tmp_path / "e")
    assert builtins.__import__ is not missing
