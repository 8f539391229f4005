"""What depth gives and width does not: the linear pieces of networks of one variable, counted.

    deep = sawtooth(10)              # 10 hidden layers of 2 units: 2^10 pieces on [0, 1]
    len(pieces(deep, 0, 1))          # 1024, exactly
    shallow(deep, 0, 1).widths       # (1024,): the same function by one hidden layer

A hidden layer of n units bends a function of one variable at n places at most, so that 2^k pieces
take 2^k - 1 units, while every composition with the tent map doubles them (Telgarsky 2015, arXiv
1509.08101).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from pellucid.errors import ConfigError
from pellucid.reasoning.exact_network import Affine, ExactNetwork, Number

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Piece:
    """slope * x + offset from begin to end."""

    begin: Fraction
    end: Fraction
    slope: Fraction
    offset: Fraction


def sawtooth(depth: int) -> ExactNetwork:
    """The tent map composed with itself: `depth` layers of 2 units, 2^depth pieces on [0, 1].

    The tent rises from 0 at 0 to 1 at 1/2 and falls to 0 at 1.
    """
    if depth < 1:
        raise ConfigError(f"a depth of {depth} makes no teeth: give 1 or more")
    first = Affine.of([[1], [1]], [0, -HALF])
    again = Affine.of([[2, -4], [2, -4]], [0, -HALF])
    last = Affine.of([[2, -4]], [0])
    return ExactNetwork((first, *[again] * (depth - 1), last))


def pieces(network: ExactNetwork, begin: Number, end: Number) -> list[Piece]:
    """The linear pieces of a network of one input and one output, from left to right.

    Neighbours that lie on one line are one piece. Exact.

    Raises
    ------
    ConfigError
        If it has more inputs or outputs, or the interval is empty.
    """
    if network.layers[0].inputs != 1 or network.layers[-1].outputs != 1:
        raise ConfigError("pieces are counted of networks with one input and one output")
    if not begin < end:
        raise ConfigError(f"the interval from {begin} to {end} is empty")
    # Of each part of the interval, the line of every unit.
    parts = [(Fraction(begin), Fraction(end), [(Fraction(1), Fraction(0))])]
    for number, layer in enumerate(network.layers):
        if number:
            parts = [cut for part in parts for cut in _rectified(*part)]
        parts = [(a, b, _applied(layer, lines)) for a, b, lines in parts]
    return _merged([Piece(a, b, *lines[0]) for a, b, lines in parts])


def shallow(network: ExactNetwork, begin: Number, end: Number) -> ExactNetwork:
    """One hidden layer equal to a network of one variable on an interval; a unit for each piece.

    One unit less would do where the first slope is 0.
    """
    found = pieces(network, begin, end)
    first = found[0]
    bends = [(b.begin, b.slope - a.slope) for a, b in pairwise(found)]
    units = [(first.begin, first.slope), *bends]
    hidden = Affine.of([[1]] * len(units), [-place for place, _ in units])
    start = first.slope * first.begin + first.offset
    return ExactNetwork((hidden, Affine.of([[change for _, change in units]], [start])))


Line = tuple[Fraction, Fraction]


def _rectified(
    begin: Fraction, end: Fraction, lines: list[Line]
) -> list[tuple[Fraction, Fraction, list[Line]]]:
    """An interval cut where a unit crosses zero, with the lines after ReLU."""
    crossings = {-offset / slope for slope, offset in lines if slope}
    places = [begin, *sorted(x for x in crossings if begin < x < end), end]
    zero = (Fraction(0), Fraction(0))
    cut = []
    for a, b in pairwise(places):
        middle = (a + b) / 2
        lit = [line if line[0] * middle + line[1] > 0 else zero for line in lines]
        cut.append((a, b, lit))
    return cut


def _applied(layer: Affine, lines: list[Line]) -> list[Line]:
    found = []
    for row, bias in zip(layer.weight, layer.bias, strict=True):
        terms = [(w, line) for w, line in zip(row, lines, strict=True) if w]
        slope = sum((w * line[0] for w, line in terms), Fraction(0))
        found.append((slope, sum((w * line[1] for w, line in terms), bias)))
    return found


def _merged(parts: list[Piece]) -> list[Piece]:
    merged = parts[:1]
    for part in parts[1:]:
        last = merged[-1]
        if (part.slope, part.offset) == (last.slope, last.offset):
            merged[-1] = Piece(last.begin, part.end, last.slope, last.offset)
        else:
            merged.append(part)
    return merged
