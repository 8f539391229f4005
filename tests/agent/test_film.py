import numpy as np
import pytest
from PIL import Image

from pellucid.agent import ArenaTasks
from pellucid.agent.film import _sheet, play_and_film, write_gif
from pellucid.errors import ConfigError
from pellucid.worlds.environments.manifests import load_manifest


class Walker:
    """An agent that goes right, and notes what it was told."""

    def __init__(self):
        self.told, self.goals = [], None

    def begin(self, goals, *, mode, seed):
        self.goals = goals
        self.told.append(("begin", mode, seed))

    def rest(self, where):
        self.told.append(("rest", where.tolist()))

    def act(self, observation):
        return np.tile(np.float32([1.0, 0.0]), (len(observation), 1))


@pytest.fixture
def tasks():
    return ArenaTasks(load_manifest("two-room").first(2), budget=3)


def test_every_step_is_a_picture_of_the_film(tasks, tmp_path):
    agent, path = Walker(), tmp_path / "films" / "walk.gif"
    episodes = play_and_film(agent, tasks, path, mode="react", seed=7)
    assert len(episodes) == 2
    assert agent.told[0] == ("begin", "react", 7)
    assert agent.told[1:] == [("rest", [False, False])] * 3
    np.testing.assert_array_equal(agent.goals, tasks.goals)
    with Image.open(path) as film:
        assert film.n_frames == 3  # the bodies move, so that no two pictures are equal
        assert film.size == (3 * 2 * 72, 3 * 2 * 72)


def test_the_sheet_shows_what_is_seen_beside_the_goal():
    seen = np.stack([np.full((2, 2, 3), value, np.uint8) for value in (10, 20)])
    goals = np.stack([np.full((2, 2, 3), value, np.uint8) for value in (30, 40)])
    sheet = _sheet(seen, goals, scale=1, gap=1)
    white = 255
    assert sheet[:, :, 0].tolist() == [
        [white] * 8,
        [white, 10, 10, white, white, 30, 30, white],
        [white, 10, 10, white, white, 30, 30, white],
        [white] * 8,
        [white] * 8,
        [white, 20, 20, white, white, 40, 40, white],
        [white, 20, 20, white, white, 40, 40, white],
        [white] * 8,
    ]
    assert _sheet(seen, goals, scale=3, gap=1).shape == (24, 24, 3)


def test_a_gif_holds_its_frames_and_their_pace(tmp_path):
    frames = [np.full((4, 6, 3), value, np.uint8) for value in (0, 128, 255)]
    write_gif(frames, tmp_path / "a.gif", frames_per_second=10)
    with Image.open(tmp_path / "a.gif") as film:
        assert (film.n_frames, film.size, film.info["duration"]) == (3, (6, 4), 100)
        for number, value in enumerate((0, 128, 255)):
            film.seek(number)
            assert np.abs(np.asarray(film.convert("RGB")).astype(int) - value).max() <= 1


def test_a_film_that_is_no_gif_is_refused_before_anything_is_played(tasks, tmp_path):
    agent = Walker()
    with pytest.raises(ConfigError, match=r"film\.mp4 something\.gif"):
        play_and_film(agent, tasks, tmp_path / "film.mp4")
    assert agent.told == []
