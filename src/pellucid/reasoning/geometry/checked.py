"""What statements mean, for the checker alone: it shares this with none of the provers.

A statement becomes equations in the coordinates of its points, over whatever numbers they are:
residues, residues with derivatives, or real numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

NOT_ZERO = {"diff", "ncoll", "npara", "nperp"}


class Refused(Exception):  # noqa: N818 - it is an answer
    """Why a certificate is not accepted."""


class Dual:
    """A number modulo p with its derivatives by all coordinates."""

    def __init__(self, v: int, d: Sequence[int], p: int) -> None:
        self.v, self.d, self.p = v % p, d, p

    def __add__(self, o: Dual | int) -> Dual:
        if isinstance(o, int):
            return Dual(self.v + o, self.d, self.p)
        return Dual(
            self.v + o.v, [(a + b) % self.p for a, b in zip(self.d, o.d, strict=True)], self.p
        )

    def __mul__(self, o: Dual | int) -> Dual:
        if isinstance(o, int):
            return Dual(self.v * o, [a * o % self.p for a in self.d], self.p)
        d = [(a * o.v + self.v * b) % self.p for a, b in zip(self.d, o.d, strict=True)]
        return Dual(self.v * o.v, d, self.p)

    def __sub__(self, o: Dual | int) -> Dual:
        return self + o * -1

    __radd__, __rmul__ = __add__, __mul__


class At(NamedTuple):
    """A vector, as a complex number."""

    x: Any
    y: Any

    def to(self, o: At) -> At:
        """From here to there."""
        return At(o.x - self.x, o.y - self.y)

    def times(self, o: At) -> At:
        """Angles add up, lengths multiply."""
        return At(self.x * o.x - self.y * o.y, self.x * o.y + self.y * o.x)

    def turn(self, o: At) -> At:
        """The turn from this direction to another."""
        return At(self.x * o.x + self.y * o.y, self.x * o.y - self.y * o.x)

    def square(self) -> Any:
        """The length, squared."""
        return self.x * self.x + self.y * self.y


def equations(name: str, at: Sequence[At], value: Fraction) -> list[Any]:
    """What is zero if a statement holds (if it is one of NOT_ZERO: what is not)."""
    way = [a.to(b) for a, b in zip(at[::2], at[1::2], strict=False)]
    top, low = value.numerator, value.denominator
    if name in ("coll", "ncoll"):
        return [at[0].to(at[1]).turn(at[0].to(p)).y for p in at[2:]]
    if name in ("para", "npara"):
        return [way[0].turn(way[1]).y]
    if name in ("perp", "nperp"):
        return [way[0].turn(way[1]).x]
    if name == "cong":
        return [way[0].square() - way[1].square()]
    if name == "eqangle":
        return [way[0].turn(way[1]).turn(way[2].turn(way[3])).y]
    if name == "eqratio":
        return [way[0].square() * way[3].square() - way[1].square() * way[2].square()]
    if name == "cyclic":
        a, b, c = at[:3]
        return [c.to(a).turn(c.to(b)).turn(d.to(a).turn(d.to(b))).y for d in at[3:]]
    if name == "circle":
        return [at[0].to(at[1]).square() - at[0].to(p).square() for p in at[2:]]
    if name == "midp":
        m, a, b = at
        return [m.x * 2 - a.x - b.x, m.y * 2 - a.y - b.y]
    if name in ("simtri", "simtrir", "contri", "contrir"):
        ab, ac, pq, pr = at[0].to(at[1]), at[0].to(at[2]), at[3].to(at[4]), at[3].to(at[5])
        if name.endswith("r"):
            pq, pr = At(pq.x, pq.y * -1), At(pr.x, pr.y * -1)
        one, two = ab.times(pr), ac.times(pq)
        same = [ab.square() - pq.square()] if name.startswith("contri") else []
        return [one.x - two.x, one.y - two.y, *same]
    if (
        name == "aconst"
    ):  # the angle's multiple that is a multiple of pi; which one, the sample says
        turn = power = way[0].turn(way[1])
        for _ in range(low - 1):
            power = power.times(turn)
        return [power.y]
    if name == "rconst":
        return [way[0].square() * (low * low) - way[1].square() * (top * top)]
    if name in ("lconst", "l2const"):
        square = value * value if name == "lconst" else value
        return [way[0].square() * square.denominator + -1 * square.numerator]
    if name == "diff":
        return [way[0].square()]
    raise Refused(f"'{name}' is no statement that can be checked")


def apart(name: str, points: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Points that must differ for a statement to say something."""
    if name in ("coll", "cyclic", "midp", "simtri", "simtrir", "contri", "contrir"):
        half = points[:3], points[3:]
        for some in (points,) if name in ("coll", "cyclic", "midp") else half:
            yield from ((a, b) for k, a in enumerate(some) for b in some[k + 1 :])
    else:
        yield from zip(points[::2], points[1::2], strict=False)
