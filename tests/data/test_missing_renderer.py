import gymnasium
import pytest

from pellucid.data.pixels import PixelObservation
from pellucid.errors import MissingExtraError


class NoRenderer(gymnasium.Env):
    """Gymnasium's own environments raise this where pygame is not installed."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012
    render_mode = "rgb_array"
    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (3,))
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        return self.observation_space.sample(), {}

    def render(self):
        raise gymnasium.error.DependencyNotInstalled("pygame is not installed")


def test_a_missing_renderer_names_the_extra():
    with pytest.raises(MissingExtraError, match=r"pygame is not installed.*pellucid\[classic\]"):
        PixelObservation(NoRenderer()).reset(seed=0)
