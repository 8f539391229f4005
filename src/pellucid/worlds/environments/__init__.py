"""The project's own environments. They need numpy and Gymnasium only, and no display.

    import gymnasium
    import pellucid.worlds.environments          # makes them known to Gymnasium
    environment = gymnasium.make("pellucid/TwoRoom-v0", layout="train")

The command line and the names of the package's top level do this import by themselves.
"""

from __future__ import annotations

import gymnasium

IDS = {
    "pellucid/TwoRoom-v0": "pellucid.worlds.environments.two_room:TwoRoom",
    "pellucid/PointMaze-v0": "pellucid.worlds.environments.point_maze:PointMaze",
}
"""The arenas: a body, a goal, and walls between; many in lock step as the class `...Vector`."""
OTHERS = {"pellucid/Gears-v0": "pellucid.worlds.environments.gears:Gears"}
"""Worlds without a goal, one at a time."""

for _name, _home in (IDS | OTHERS).items():
    if _name not in gymnasium.registry:
        _vector = f"{_home}Vector" if _name in IDS else None
        gymnasium.register(_name, entry_point=_home, vector_entry_point=_vector)
