"""Where does a point go? Follow one of five points through permutations, the next after the last.

The permutations generate S5, which is not solvable, so following a point through a word of them is
complete for NC1 under AC0 reductions (Barrington 1989): a circuit of constant depth and polynomial
size of threshold gates does it only if TC0 = NC1, which is not believed. One step is a table of 15
facts.

    words:   0, 1, 2 are the permutations; 3 to 7 the points
    row:     question (n), start point, then the points after each permutation
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.config import check


@dataclass(frozen=True)
class PointTracking:
    """Permutations of the points 0 to 4, each as the images of the points.

    The first is a 5-cycle, and the second's cube a transposition: together all of S5.
    """

    permutations: tuple[tuple[int, ...], ...] = ((1, 2, 3, 4, 0), (2, 4, 0, 1, 3), (3, 0, 4, 2, 1))

    def __post_init__(self) -> None:
        points = set(range(len(self.permutations[0]) if self.permutations else 0))
        check(bool(points), "give one permutation or more, each as the images of all points")
        for images in self.permutations:
            check(
                set(images) == points and len(images) == len(points),
                f"{images} is no permutation of {len(points)} points",
            )

    @property
    def points(self) -> int:
        """How many there are to be followed."""
        return len(self.permutations[0])

    @property
    def vocabulary(self) -> int:
        """Words: permutations, then points."""
        return len(self.permutations) + self.points

    @property
    def start(self) -> int:
        """The word of the point that is followed."""
        return len(self.permutations)

    def draw(self, random: np.random.Generator, count: int, length: int) -> np.ndarray:
        """Random questions with the start and the right chain, (count, 2 length + 1) words."""
        return self.rows(random.integers(len(self.permutations), size=(count, length)))

    def every(self, length: int) -> np.ndarray:
        """All questions of a length with their chains."""
        kinds = len(self.permutations)
        number = np.arange(kinds**length)[:, None]
        return self.rows(number // kinds ** np.arange(length)[::-1] % kinds)

    def rows(self, question: np.ndarray) -> np.ndarray:
        """Questions (B, n) with the start and the right chain, (B, 2 n + 1) words."""
        images = np.array(self.permutations)
        points = [np.zeros(len(question), np.int64)]
        for column in question.T:
            points.append(images[column, points[-1]])
        return np.concatenate([question, self.start + np.stack(points, 1)], axis=1)
