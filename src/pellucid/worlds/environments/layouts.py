"""Plans of rooms: where the walls stand, and where a body may be.

All measures are in pixels of a square arena of `SIZE` x `SIZE`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from pellucid.worlds.environments.physics import inside

SIZE = 64
"""Side of the arena, in pixels of its picture."""
BORDER = 2.0
"""Thickness of the outer wall."""
RADIUS = 2.5
"""Radius of the body."""


@dataclass(frozen=True)
class Layout:
    """The walls of one arena, (K, 4) as drawn: x0, y0, x1, y1; the outer wall is among them."""

    walls: tuple[tuple[float, float, float, float], ...]

    def drawn(self) -> np.ndarray:
        """The walls as they are seen, (K, 4)."""
        return np.asarray(self.walls, dtype=np.float64)

    def solid(self) -> np.ndarray:
        """The walls as the centre of the body feels them: grown by its radius, (K, 4)."""
        return self.drawn() + RADIUS * np.array([-1.0, -1.0, 1.0, 1.0])

    def free(self, position_N2: np.ndarray) -> np.ndarray:
        """Which positions (N,) are clear of every wall."""
        return ~inside(position_N2, self.solid()[None])

    def sample(self, generator: np.random.Generator) -> np.ndarray:
        """A free position (2,), uniform by rejection."""
        low, high = BORDER + RADIUS, SIZE - BORDER - RADIUS
        while True:
            position = generator.uniform(low, high, size=(1, 2))
            if self.free(position)[0]:
                return position[0]


def border() -> list[tuple[float, float, float, float]]:
    """The outer wall, thick enough on its far side that nothing can be beyond it."""
    far = float(SIZE)
    return [
        (-far, -far, BORDER, 2 * far),
        (far - BORDER, -far, 2 * far, 2 * far),
        (-far, -far, 2 * far, BORDER),
        (-far, far - BORDER, 2 * far, 2 * far),
    ]


def two_rooms(wall: float = 32.0, door: float = 22.0) -> Layout:
    """A wall 4 pixels thick around x = `wall`, with a door 14 pixels high around y = `door`."""
    half_wall, half_door = 2.0, 7.0
    left, right = wall - half_wall, wall + half_wall
    above = (left, 0.0, right, door - half_door)
    below = (left, door + half_door, right, float(SIZE))
    return Layout((*border(), above, below))


WALLS = tuple(float(x) for x in range(20, 46, 2))
DOORS = tuple(float(y) for y in range(12, 54, 4))


def two_rooms_grid(split: str) -> list[tuple[float, float]]:
    """The (wall, door) places of random layouts: `train`, `test` (a fifth, held out) or `all`.

    Held-out places are spread evenly: every wall and every door is seen in training, but never
    together.
    """
    pairs = [(i, j) for i in range(len(WALLS)) for j in range(len(DOORS))]
    held_out = {(i, j) for i, j in pairs if (i + 2 * j) % 5 == 0}
    chosen = {
        "train": [p for p in pairs if p not in held_out],
        "test": [p for p in pairs if p in held_out],
        "all": pairs,
    }[split]
    return [(WALLS[i], DOORS[j]) for i, j in chosen]


def held_out(layout: Layout) -> bool:
    """Whether a maze is one of the fifth that training never sees, by a checksum of its walls.

    Other seeds are not enough: there are so few likely mazes of 4 x 4 cells that 1,000 drawn for
    training had met 28 of 100 drawn from other seeds.
    """
    return zlib.crc32(layout.drawn().tobytes()) % 5 == 0


def maze(cells: int, generator: np.random.Generator, *, loops: float = 0.1) -> Layout:
    """A maze of `cells` x `cells` rooms: a random spanning tree (depth first), and a few loops.

    Every cell can be reached from every other. `loops` is the share of the remaining inner walls
    that are opened, so that there can be more than one way.
    """
    pitch, half = (SIZE - 2 * BORDER) / cells, 1.0
    east, south = np.ones((cells, cells), bool), np.ones((cells, cells), bool)
    seen, stack = {(0, 0)}, [(0, 0)]
    while stack:
        row, column = stack[-1]
        around = [(row, column + 1), (row + 1, column), (row, column - 1), (row - 1, column)]
        new = [c for c in around if c not in seen and min(c) >= 0 and max(c) < cells]
        if not new:
            stack.pop()
            continue
        step = new[generator.integers(len(new))]
        wall = south if step[0] != row else east
        wall[min(row, step[0]), min(column, step[1])] = False
        seen.add(step)
        stack.append(step)
    open_too = generator.random((2, cells, cells)) < loops
    east, south = east & ~open_too[0], south & ~open_too[1]
    walls = border()
    for row in range(cells):
        for column in range(cells):
            x1, y1 = BORDER + (column + 1) * pitch, BORDER + (row + 1) * pitch
            if column + 1 < cells and east[row, column]:
                walls.append((x1 - half, y1 - pitch - half, x1 + half, y1 + half))
            if row + 1 < cells and south[row, column]:
                walls.append((x1 - pitch - half, y1 - half, x1 + half, y1 + half))
    return Layout(tuple(walls))
