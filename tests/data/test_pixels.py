from __future__ import annotations

import numpy as np
import pytest
from counter_world import Counter, picture
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data.pixels import PixelObservation, is_image, pixel_environment, to_pixels
from pellucid.errors import ConfigError, DataError


def test_area_averaging_by_a_whole_factor_is_the_mean_of_blocks():
    frame = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    blocks = frame.reshape(4, 3, 4, 5, 3).mean((1, 3))
    np.testing.assert_array_equal(to_pixels(frame, 4), np.rint(blocks.astype(np.float32)))


def test_area_averaging_by_a_broken_factor_shares_the_pixels_on_the_border():
    # Three pixels to two: the middle one is shared.
    row = np.array([0, 90, 240], dtype=np.uint8)
    frame = np.broadcast_to(row[None, :, None], (3, 3, 3))
    np.testing.assert_array_equal(to_pixels(frame, 2)[0, :, 0], [30, 190])


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.integers(0, 255),
    st.integers(0, 2**31),
)  # fmt: skip
def test_flat_stays_flat_and_brightness_is_kept(height, width, size, value, seed):
    flat = np.full((height, width, 3), value, dtype=np.uint8)
    np.testing.assert_array_equal(to_pixels(flat, size), np.full((size, size, 3), value))
    frame = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    small = to_pixels(frame, size)
    assert small.min() >= frame.min()
    assert small.max() <= frame.max()
    np.testing.assert_allclose(small.mean((0, 1)), frame.mean((0, 1)), atol=0.51)


def test_a_thin_line_fades_and_does_not_vanish():
    frame = np.zeros((400, 600, 3), dtype=np.uint8)
    frame[:, 300] = 255
    assert to_pixels(frame, 64).max() == round(255 * 64 / 600)


def test_a_frame_of_the_right_size_is_itself_and_grey_becomes_rgb():
    frame = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert to_pixels(frame, 64) is frame
    grey = to_pixels(frame[..., 0], 64)
    np.testing.assert_array_equal(grey, np.repeat(frame[..., :1], 3, axis=2))


@pytest.mark.parametrize("frame", [np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8)])
def test_a_frame_of_another_kind_is_an_error(frame):
    with pytest.raises(DataError, match=r"uint8 \(H, W, 3\) is wanted"):
        to_pixels(frame, 2)


@pytest.mark.parametrize(
    ("space", "image"),
    [
        (spaces.Box(0, 255, (9, 7, 3), np.uint8), True),
        (spaces.Box(0, 255, (9, 7, 4), np.uint8), False),
        (spaces.Box(0, 1, (9, 7, 3), np.float32), False),
        (spaces.Discrete(3), False),
    ],
)
def test_what_an_image_is(space, image):
    assert is_image(space) is image


@pytest.mark.parametrize("native", ["image", "vector"])
def test_pictures_and_state_are_the_same_however_the_environment_observes(native):
    env = PixelObservation(Counter(native=native), size=8)
    assert env.observation_space.shape == (8, 8, 3)
    seen, info = env.reset(seed=2)
    np.testing.assert_array_equal(seen, picture(0, 102))
    np.testing.assert_array_equal(info["state"], [0.0, 102.0])
    seen, _, _, _, info = env.step(np.float32([3.0]))
    np.testing.assert_array_equal(seen, picture(1, 105))
    np.testing.assert_array_equal(info["state"], [1.0, 105.0])
    assert info["state"].dtype == np.float32


def test_a_picture_can_keep_its_size_or_be_resized():
    assert PixelObservation(Counter(), size=None).observation_space.shape == (8, 8, 3)
    env = PixelObservation(Counter(), size=4)
    seen, _ = env.reset(seed=2)
    np.testing.assert_array_equal(seen, picture(0, 102)[:4, :4])


def test_an_environment_that_cannot_be_seen_is_an_error():
    def blind():
        env = Counter(native="vector")
        env.render_mode = None
        return env

    with pytest.raises(ConfigError, match="make it with render_mode='rgb_array'"):
        pixel_environment(blind)


def test_an_unknown_environment_or_argument_is_an_error(counter_id):
    with pytest.raises(ConfigError, match="'NoSuch-v0' cannot be made"):
        pixel_environment("NoSuch-v0")
    with pytest.raises(ConfigError, match="colour"):
        pixel_environment(counter_id, {"colour": 3})


def test_cart_pole_is_rendered():
    pytest.importorskip("pygame")
    env = pixel_environment("CartPole-v1")
    seen, info = env.reset(seed=0)
    assert seen.shape == (64, 64, 3)
    np.testing.assert_array_equal(info["state"], env.unwrapped.state.astype(np.float32))
    wide = env.render()
    np.testing.assert_array_equal(seen, to_pixels(wide, 64))
    assert len(np.unique(seen)) > 3
    env.close()


@pytest.mark.parametrize("state", [np.zeros((2, 2)), np.zeros(65)])
def test_a_state_that_is_no_short_vector_is_left_to_the_environment(state):
    class Odd(Counter):
        def _info(self):
            return {"state": state}

    _, info = PixelObservation(Odd(), size=8).reset(seed=0)
    assert info["state"] is state
