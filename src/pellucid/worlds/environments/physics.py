"""Motion of round bodies among axis-aligned walls: swept, so that no step passes through a wall.

Testing only the end point of a step lets a fast body jump over a thin wall; a published two-room
world does so, and a third of its solved episodes take no valid route. Here the whole segment of a
step is tested, for all bodies and all walls at once.

Shapes: N bodies, K walls; a wall is (x0, y0, x1, y1) in pixels, already grown by the body's radius,
so that a body is a point. Walls that a body does not have are written as empty (x0 > x1).
"""

from __future__ import annotations

import numpy as np

GAP = 1e-3
"""Pixels kept between a body and the wall that stopped it: rounding cannot put it inside."""


def first_contact(
    position_N2: np.ndarray, motion_N2: np.ndarray, walls_NK4: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which segments enter a wall, and where first (the slab method, Kay & Kajiya 1986).

    Returns, for the M <= N segments that do: their rows (M,) in order, the share of the motion done
    before contact (M,), the axis of the face that was met (M,), 0 or 1, and that face's coordinate
    (M,). A segment that only touches a wall, or that starts inside of one, does not enter it.
    """
    end_N2 = position_N2 + motion_N2
    row_P, wall_P = _near_walls(position_N2, end_N2, walls_NK4)
    walls_P4 = walls_NK4[row_P if len(walls_NK4) > 1 else 0, wall_P]
    lower, upper = walls_P4[:, :2], walls_P4[:, 2:]
    start, motion, end = position_N2[row_P], motion_N2[row_P], end_N2[row_P]
    near, far = np.where(motion > 0, lower, upper), np.where(motion > 0, upper, lower)
    # A body that does not move along an axis is between the two faces all the time.
    still = motion == 0
    speed = np.where(still, 1.0, motion)
    entry_P2 = np.where(still, -np.inf, (near - start) / speed)
    exit_P2 = np.where(still, np.inf, (far - start) / speed)
    axis_P, entry_P = (entry_P2[:, 1] > entry_P2[:, 0]).astype(int), entry_P2.max(-1)
    hit = (entry_P < exit_P2.min(-1)) & (entry_P >= 0) & (entry_P <= 1)
    # Where two faces are reached within a rounding of each other, entry and exit cannot tell.
    began_inside = ((start > lower) & (start < upper)).all(-1)
    hit |= ((end > lower) & (end < upper)).all(-1) & ~began_inside
    pair_H = np.flatnonzero(hit)
    # By row, the earliest contact of a row first: lexsort's last key leads.
    pair_H = pair_H[np.lexsort((entry_P[pair_H], row_P[pair_H]))]
    row_H = row_P[pair_H]
    first = np.ones(len(pair_H), bool)
    first[1:] = row_H[1:] != row_H[:-1]
    pair, axis = pair_H[first], axis_P[pair_H[first]]
    return row_P[pair], np.clip(entry_P[pair], 0.0, 1.0), axis, near[pair, axis]


def _near_walls(
    start_N2: np.ndarray, end_N2: np.ndarray, walls_NK4: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The (row, wall) pairs, each (P,), whose segment's bounding box overlaps the wall, by row.

    Most bodies are near no wall most of the time, so this cheap test saves most of the work. It is
    safe: a segment that ends on the near side of a wall's face, in rounded numbers, is not in it.
    """
    least, most = np.minimum(start_N2, end_N2), np.maximum(start_N2, end_N2)
    near_NK = (walls_NK4[..., 0] < most[:, :1]) & (walls_NK4[..., 2] > least[:, :1])
    near_NK &= (walls_NK4[..., 1] < most[:, 1:]) & (walls_NK4[..., 3] > least[:, 1:])
    # An empty wall (x0 > x1) overlaps the box of a fast body, yet holds nothing.
    near_NK &= walls_NK4[..., 0] < walls_NK4[..., 2]
    pair_P = np.flatnonzero(near_NK)
    return pair_P // near_NK.shape[1], pair_P % near_NK.shape[1]


def move(
    position_N2: np.ndarray, motion_N2: np.ndarray, walls_NK4: np.ndarray, *, slides: int = 2
) -> np.ndarray:
    """Positions (N, 2) after a step: bodies stop at the first wall and slide along it.

    Every leg of the motion is swept. After `slides` contacts what is left of the step is lost, so
    that a body in a corner rests there.
    """
    place_N2 = position_N2.astype(np.float64)
    start, motion, walls = place_N2.copy(), motion_N2.astype(np.float64), walls_NK4
    of_N = np.arange(len(start))  # which body each row is: only those that hit go on
    for _ in range(slides + 1):
        rows, time, axis, face = first_contact(start, motion, walls)
        place_N2[of_N] = start + motion
        if not len(rows):
            return place_N2
        of_N, start, motion = of_N[rows], start[rows], motion[rows]
        walls = walls[rows] if len(walls) > 1 else walls
        hits = np.arange(len(rows))
        # Stopped a hair early on both axes: where two walls are met at once, rounding would put the
        # body a hair inside of the second one, whose face it then has behind it.
        early = GAP / np.abs(motion).max(-1)
        done = np.maximum(time - early, 0.0)[:, None]
        side = np.sign(motion[hits, axis])
        start = start + done * motion
        start[hits, axis] = face - side * GAP
        motion = (1.0 - done) * motion
        motion[hits, axis] = 0.0
    place_N2[of_N] = start
    return place_N2


def inside(position_N2: np.ndarray, walls_NK4: np.ndarray) -> np.ndarray:
    """Which bodies (N,) are within a wall: none ever is, after `move`."""
    point = position_N2[:, None, :]
    within_NK2 = (point > walls_NK4[..., :2]) & (point < walls_NK4[..., 2:])
    return np.asarray(within_NK2.all(-1).any(-1))


def crosses(start_N2: np.ndarray, end_N2: np.ndarray, walls_NK4: np.ndarray) -> np.ndarray:
    """Which straight segments (N,) enter a wall: no line of sight."""
    met = np.zeros(len(start_N2), bool)
    met[first_contact(start_N2, end_N2 - start_N2, walls_NK4)[0]] = True
    return met
