from __future__ import annotations

import json

import numpy as np
import pytest
from counter_world import SPEC, walk

from pellucid.data import Experience, ExperienceSpec, ExperienceWriter
from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError, DataError


@pytest.fixture
def path(tmp_path):
    with ExperienceWriter(tmp_path / "e", SPEC) as writer:
        writer.append(walk(0, 4), seed=11, terminated=True, facts={"success": True})
        writer.append(walk(1, 2), seed=12, truncated=True)
        writer.append(walk(2, 6))
    return tmp_path / "e"


def test_what_was_written_is_read(path):
    experience = Experience.open(path)
    assert [len(experience), experience.frames] == [3, 15]
    np.testing.assert_array_equal(experience.lengths, [4, 2, 6])
    for number, length in enumerate([4, 2, 6]):
        episode, written = experience[number], walk(number, length)
        np.testing.assert_array_equal(episode.observations, written.observations)
        np.testing.assert_array_equal(episode.actions, written.actions)
        np.testing.assert_array_equal(episode.labels, written.labels)
    assert experience.spec == SPEC
    assert experience.records[0].facts == {"success": True}
    assert [record.seed for record in experience.records] == [11, 12, None]
    assert [record.terminated for record in experience.records] == [True, False, False]
    assert [record.truncated for record in experience.records] == [False, True, False]
    experience.verify()


def test_episodes_are_read_only_views_of_the_file(path):
    experience = Experience.open(path)
    first = experience[0].observations
    assert np.shares_memory(first, experience.columns.observations)
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


def test_indexing_is_that_of_a_sequence(path):
    experience = Experience.open(path)
    assert [episode.length for episode in experience] == [4, 2, 6]
    assert experience[-1].length == 6
    assert [episode.length for episode in experience[1:]] == [2, 6]
    assert experience[1:].frames == 10
    np.testing.assert_array_equal(experience[1:][0].observations, walk(1, 2).observations)
    with pytest.raises(IndexError):
        experience[3]


@pytest.mark.parametrize(("share", "kept"), [(0.1, 2), (0.5, 1), (0.99, 1)])
def test_a_split_is_of_whole_episodes_the_last_held_out(path, share, kept):
    training, held_out = Experience.open(path).split(held_out=share)
    assert [episode.length for episode in training] == [4, 2, 6][:kept]
    assert [episode.length for episode in held_out] == [4, 2, 6][kept:]


def test_a_split_needs_two_episodes_and_a_share(path):
    with pytest.raises(ConfigError, match="between 0 and 1"):
        Experience.open(path).split(held_out=1.0)
    with pytest.raises(DataError, match="at least 2"):
        Experience.open(path)[:1].split()


def test_a_changed_byte_is_found(path):
    raw = bytearray((path / "actions.bin").read_bytes())
    raw[4 * 4 + 1] ^= 1  # in the second episode
    (path / "actions.bin").write_bytes(raw)
    with pytest.raises(DataError, match=r"1 of 3 episodes are damaged \(first: 1\)"):
        Experience.open(path).verify()


@pytest.mark.parametrize("name", ["observations.bin", "actions.bin", "labels.bin"])
def test_a_file_that_is_cut_is_an_error_that_says_what_to_do(path, name):
    with open(path / name, "r+b") as file:
        file.truncate(9)
    with pytest.raises(DataError, match=rf"{name} has 9 bytes .* copy the experience again"):
        Experience.open(path)
    with pytest.raises(DataError, match="shorter than its index"):
        ExperienceWriter(path, SPEC, mode="append")
    assert (path / name).stat().st_size == 9


def test_a_damaged_index_line_is_named(path):
    lines = (path / "episodes.jsonl").read_text().splitlines(keepends=True)
    (path / "episodes.jsonl").write_text(lines[0] + lines[1][:10] + "\n" + lines[2])
    with pytest.raises(DataError, match=r"line 2, is damaged .* keep the 1 episodes"):
        Experience.open(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 99}, "reads format 1"),
        ({"sed": 3}, "unknown key 'sed': did you mean 'seed'"),
        ({"action_space": 3}, "is damaged"),
        ({"observation_dtype": "object"}, "cannot be stored"),
    ],
)
def test_a_specification_that_cannot_be_read_is_one_line(path, change, message):
    values = json.loads((path / "spec.json").read_text())
    (path / "spec.json").write_text(json.dumps({**values, **change}))
    with pytest.raises(DataError, match=message) as caught:
        Experience.open(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[1]"])
def test_a_specification_that_is_no_json_is_one_line(path, content):
    (path / "spec.json").write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        Experience.open(path)


def test_a_folder_without_an_experience_is_an_error(tmp_path):
    with pytest.raises(DataError, match="holds no experience"):
        Experience.open(tmp_path)


def test_the_specification_survives_its_json():
    spec = ExperienceSpec(
        (64, 64, 3),
        "uint8",
        ActionSpace((0.0,) * 3, (1.0,) * 3, discrete=True, start=2),
        ("x", "y"),
        environment="pellucid/TwoRoom-v0",
        environment_kwargs={"layout": "train", "sizes": [1, 2]},
        policy="drift",
        seed=7,
    )
    assert ExperienceSpec.from_json(spec.to_json()) == spec


def test_environment_arguments_must_be_json():
    with pytest.raises(DataError, match="cannot be written as JSON"):
        ExperienceSpec((2,), "float32", SPEC.action_space, environment_kwargs={"f": print})


def test_an_experience_without_episodes_or_labels_can_be_opened(tmp_path):
    spec = ExperienceSpec((2,), "float32", SPEC.action_space)
    with ExperienceWriter(tmp_path / "e", spec):
        pass
    empty = Experience.open(tmp_path / "e")
    assert [len(empty), empty.frames] == [0, 0]
    assert empty.columns.labels is None
    with pytest.raises(DataError, match="no window"):
        empty.windows(1)
