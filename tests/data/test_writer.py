from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from counter_world import SPEC, walk
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import Episode, Experience, ExperienceWriter, estimate_bytes, writer
from pellucid.errors import ConfigError, DataError

NAMES = ("observations.bin", "actions.bin", "labels.bin", "episodes.jsonl")


def lengths(path: Path) -> list[int]:
    experience = Experience.open(path)
    experience.verify()
    return experience.lengths.tolist()


def write(path: Path, numbers: range, mode: str = "error") -> None:
    with ExperienceWriter(path, SPEC, mode=mode) as made:
        for number in numbers:
            made.append(walk(number, number + 1))


def test_a_path_that_is_taken_is_an_error_that_names_the_choices(tmp_path):
    write(tmp_path / "e", range(2))
    with pytest.raises(DataError, match=r"of 2 episodes: .* 'append' or 'overwrite'"):
        ExperienceWriter(tmp_path / "e", SPEC)
    with pytest.raises(ConfigError, match="mode 'appendix'"):
        ExperienceWriter(tmp_path / "e", SPEC, mode="appendix")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").touch()
    for mode in ("error", "append", "overwrite"):
        with pytest.raises(DataError, match="is no experience"):
            ExperienceWriter(tmp_path / "thesis", SPEC, mode=mode)


def test_append_continues_and_overwrite_begins_anew(tmp_path):
    write(tmp_path / "parts", range(2))
    write(tmp_path / "parts", range(2, 5), mode="append")
    write(tmp_path / "whole", range(5))
    for name in NAMES:
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    old = Experience.open(tmp_path / "parts")
    write(tmp_path / "parts", range(1), mode="overwrite")
    assert lengths(tmp_path / "parts") == [1]
    old.verify()  # who has mapped the old files keeps them


def test_append_to_another_kind_of_experience_is_refused(tmp_path):
    write(tmp_path / "e", range(1))
    other = replace(SPEC, observation_shape=(3,))
    with pytest.raises(DataError, match="another kind of experience"):
        ExperienceWriter(tmp_path / "e", other, mode="append")


def test_an_episode_of_another_kind_is_refused_and_nothing_is_written(tmp_path):
    good = walk(0, 3)
    wrong = [
        Episode(good.observations.astype(np.float64), good.actions, good.labels),
        Episode(good.observations[:, :1], good.actions, good.labels),
        Episode(good.observations, np.repeat(good.actions, 2, axis=1), good.labels),
        Episode(good.observations, good.actions),
    ]
    with ExperienceWriter(tmp_path / "e", SPEC) as made:
        for episode in wrong:
            with pytest.raises(DataError, match="where the experience"):
                made.append(episode)
        made.append(good)
        assert [len(made), made.bytes_written] == [
            1,
            sum((tmp_path / "e" / name).stat().st_size for name in NAMES),
        ]
    assert lengths(tmp_path / "e") == [3]


def test_what_was_appended_can_be_read_before_the_writer_is_closed(tmp_path):
    with ExperienceWriter(tmp_path / "e", SPEC) as made:
        for number in range(3):
            made.append(walk(number, 2))
            assert lengths(tmp_path / "e") == [2] * (number + 1)


@settings(max_examples=40, deadline=None)
@given(cuts=st.tuples(*[st.integers(0, 60)] * 3), line=st.integers(0, 200))
def test_whatever_part_of_the_last_episode_arrived_the_others_are_read(
    tmp_path_factory, cuts, line
):
    # Data goes first: all of its bytes may be there with any part of the line but its newline.
    path = tmp_path_factory.mktemp("crash") / "e"
    write(path, range(3))
    before = {name: (path / name).stat().st_size for name in NAMES}
    write(path, range(3, 4), mode="append")
    full = {name: (path / name).stat().st_size for name in NAMES}
    for name, cut in zip(NAMES, (*cuts, line), strict=True):
        longest = full[name] - (name == "episodes.jsonl")
        os.truncate(path / name, min(before[name] + cut, longest))
    assert lengths(path) == [1, 2, 3]
    write(path, range(3, 5), mode="append")
    assert lengths(path) == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(Experience.open(path)[3].observations, walk(3, 4).observations)


def test_a_writer_that_is_killed_leaves_what_it_had_finished(tmp_path):
    script = textwrap.dedent(
        f"""
        import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
        from counter_world import SPEC, walk
        from pellucid.data import ExperienceWriter
        with ExperienceWriter({str(tmp_path / "e")!r}, SPEC) as writer:
            number = 0
            while True:
                writer.append(walk(number, 500))
                number += 1
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script])
    index = tmp_path / "e" / "episodes.jsonl"
    deadline = time.monotonic() + 60
    while not (index.exists() and index.stat().st_size > 2000):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    with pytest.raises(DataError, match="being written by another process"):
        ExperienceWriter(tmp_path / "e", SPEC, mode="append")
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = lengths(tmp_path / "e")
    assert len(found) > 10
    assert set(found) == {500}
    write(tmp_path / "e", range(1), mode="append")
    assert lengths(tmp_path / "e") == [*found, 1]


class FullDisk:
    """Lets `room` bytes through, then reports that the disk is full."""

    def __init__(self, room: int) -> None:
        self.room, self.write = room, writer._write_all

    def __call__(self, file, data):
        taken = data[: self.room]
        self.room -= len(taken)
        self.write(file, taken)
        if len(taken) < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("room", [0, 5, 70, 110, 200])
def test_a_full_disk_loses_nothing_and_is_one_line(tmp_path, monkeypatch, room):
    with ExperienceWriter(tmp_path / "e", SPEC) as made:
        made.append(walk(0, 3))
        with monkeypatch.context() as patch:
            patch.setattr(writer, "_write_all", FullDisk(room))
            with pytest.raises(
                DataError, match=r"the disk is full.*1 before it are kept"
            ) as caught:
                made.append(walk(1, 7))
        assert "\n" not in str(caught.value)
        assert lengths(tmp_path / "e") == [3]
        made.append(walk(2, 4))  # there is room again
    assert lengths(tmp_path / "e") == [3, 4]


def test_an_interrupt_in_the_middle_of_an_episode_does_not_shift_the_next(tmp_path, monkeypatch):
    def interrupted(file, data):
        file.write(data[:7])
        raise KeyboardInterrupt

    with ExperienceWriter(tmp_path / "e", SPEC) as made:
        with monkeypatch.context() as patch:
            patch.setattr(writer, "_write_all", interrupted)
            with pytest.raises(KeyboardInterrupt):
                made.append(walk(0, 3))
        made.append(walk(1, 2))
    np.testing.assert_array_equal(
        Experience.open(tmp_path / "e")[0].observations, walk(1, 2).observations
    )


def test_short_writes_are_completed():
    class Slow:
        held = b""

        def write(self, data):
            self.held += bytes(data[:3])
            return min(3, len(data))

    slow = Slow()
    writer._write_all(slow, memoryview(b"0123456789"))
    assert slow.held == b"0123456789"


def test_room_is_asked_for_before_writing(tmp_path, monkeypatch):
    frame = 2 * 4 + (1 + 1) * 4
    assert estimate_bytes(SPEC, 1000) == 1000 * frame
    with ExperienceWriter(tmp_path / "e", SPEC) as made:
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000 * frame))
        assert made.reserve(1000) == 1000 * frame
        with pytest.raises(DataError, match=r"1001 frames take .* free: record fewer"):
            made.reserve(1001)
