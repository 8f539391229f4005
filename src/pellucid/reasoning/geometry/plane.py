"""The plane as complex numbers in floats: what drawings and measurements need of it."""

from __future__ import annotations


def circle_through(a: complex, b: complex, c: complex) -> tuple[complex, float] | None:
    """Centre and radius of the circle through three points; None if they are nearly on a line."""
    p, q = b - a, c - a
    cross = (p.conjugate() * q).imag
    if abs(cross) <= 1e-7 * abs(p) * abs(q):
        return None
    arm = 1j * (p * abs(q) ** 2 - q * abs(p) ** 2) / (2 * cross)
    return a + arm, abs(arm)
