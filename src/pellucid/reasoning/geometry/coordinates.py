"""Problems whose points have coordinates, on one line, in the form of AlphaGeometry2.

    a@0_0 = ; b@4_0 = ; c@1_3 = ; m@2_0 = coll m a b, cong m a m b ? cong m a m b

Each clause introduces points with their places; after the equals sign (of any clause, most often
the last) stands what is assumed. Angles are in degrees there: `aconst a b c d 60` means that the
direction of ab is 60 degrees more than that of cd, and `acompute a b c d` asks for it. Here, they
are in units of pi, and `aconst` names the lines the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import isfinite
from pathlib import Path

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.jgex import NAME, NUMBER
from pellucid.reasoning.geometry.problem import Problem, Statement

POINTS = {
    "coll": 0,
    "para": 4,
    "perp": 4,
    "cong": 4,
    "cyclic": 0,
    "eqangle": 8,
    "eqratio": 8,
    "midp": 3,
    "circle": 4,
    "same": 2,
    "simtri": 6,
    "simtrir": 6,
    "contri": 6,
    "contrir": 6,
    "aconst": 4,
    "rconst": 4,
    "lconst": 2,
    "acompute": 4,
    "rcompute": 4,
    "angeq": 0,
    "distmeq": 0,
    "distseq": 0,
}
"""How many points a statement takes; 0 means that it takes several."""
FEWEST = {"coll": 3, "cyclic": 4, "angeq": 2, "distmeq": 2, "distseq": 2}
_NUMBERS = {"aconst": (1, 1), "rconst": (1, 2), "lconst": (1, 1)}
_ALIASES = {"overlap": "same"}


def read_statement(text: str, *, known: Iterable[str] = (), where: str = "") -> Statement:
    """Read `name points numbers`; angles in units of pi.

    Parameters
    ----------
    text
        The statement.
    known
        Names of points; where given, others are errors.
    where
        Where it stands, for messages.

    Raises
    ------
    DataError
        The name is unknown, the number of points is wrong, or a point is not known.
    """
    words = text.split()
    at = f" in {where}" if where else ""
    if not words:
        raise DataError(f"a statement is empty{at}: write one such as 'coll a b c'")
    name, rest = _ALIASES.get(words[0], words[0]), words[1:]
    if name not in POINTS:
        raise DataError(f"no statement is called '{name}'{at}: {nearest(name, POINTS)}")
    count = POINTS[name] or _several(name, rest, text, at)
    points, numbers = tuple(rest[:count]), tuple(_numbers(rest[count:], text, at))
    if len(points) != count or not _fitting(name, count, len(numbers)):
        raise DataError(f"'{text.strip()}'{at} is not complete: {_expected(name)}")
    named = set(known)
    for point in points:
        if named and point not in named:
            raise DataError(f"'{text.strip()}'{at} speaks of {point}: {nearest(point, named)}")
    if name in ("angeq", "distmeq", "distseq"):
        pairs = count // 2
        return Statement(name, points, next(iter(numbers[pairs:]), None), numbers[:pairs])
    value = numbers[0] if numbers else None
    if len(numbers) == 2:
        value = numbers[0] / _nonzero(numbers[1], text, at)
    return Statement(name, points, value)


def _several(name: str, words: list[str], text: str, at: str) -> int:
    """How many points stand before the numbers, of a statement that takes several."""
    if name in ("coll", "cyclic"):
        return max(len(words), FEWEST[name])
    count = next((i for i, word in enumerate(words) if _is_number(word)), len(words))
    if count % 2:
        raise DataError(f"'{text.strip()}'{at} names {count} points: {_expected(name)}")
    return max(count, FEWEST[name])


def _fitting(name: str, count: int, numbers: int) -> bool:
    if name in ("angeq", "distmeq", "distseq"):
        return count // 2 <= numbers <= count // 2 + 1
    low, high = _NUMBERS.get(name, (0, 0))
    return low <= numbers <= high


def _expected(name: str) -> str:
    if name in ("angeq", "distmeq", "distseq"):
        return f"it takes pairs of points and a number for each, as in '{name} a b b c a c 1 1 -1'"
    count = POINTS[name] or FEWEST[name]
    letters = " ".join("abcdefgh"[:count]) + (" 1/2" if name in _NUMBERS else "")
    more = " or more" if not POINTS[name] else ""
    number = " and a number" if name in _NUMBERS else ""
    return f"it takes {count}{more} points{number}, as in '{name} {letters}'"


def _is_number(word: str) -> bool:
    try:
        return NUMBER.fullmatch(word) is not None and Fraction(word) is not None
    except (ValueError, ZeroDivisionError):
        return False


def _numbers(words: list[str], text: str, at: str) -> list[Fraction]:
    for word in words:
        if not _is_number(word):
            raise DataError(
                f"'{word}' stands in '{text.strip()}'{at} where a number has to: write 3 or 1/2"
            )
    return [Fraction(word) for word in words]


def _nonzero(number: Fraction, text: str, at: str) -> Fraction:
    if not number:
        raise DataError(f"'{text.strip()}'{at} divides by 0: write a ratio such as 1/2")
    return number


def parse(text: str, *, name: str = "problem") -> Problem:
    """Read one problem; see the module.

    Raises
    ------
    DataError
        What is wrong, and where.
    """
    given, mark, asked = text.partition("?")
    if not mark or not asked.strip():
        raise DataError(f"{name} has no goal: end it with '? cong a b c d' or another statement")
    at: dict[str, tuple[float, float]] = {}
    assumed: list[str] = []
    for clause in given.split(";"):
        heads, equals, said = clause.partition("=")
        if not equals:
            raise DataError(
                f"clause '{clause.strip()}' of {name} has no equals sign: write 'a@0_1 = '"
            )
        for head in heads.split():
            point, place = _place(head, name)
            if point in at:
                raise DataError(f"point {point} is introduced twice in {name}: name it once")
            at[point] = place
        assumed += [part for part in said.split(",") if part.strip()]
    facts = tuple(_converted(part, at, name) for part in assumed)
    goals = tuple(_converted(part, at, name) for part in asked.split(",") if part.strip())
    return Problem(name, (), goals, at, facts)


def _place(head: str, name: str) -> tuple[str, tuple[float, float]]:
    point, _, place = head.partition("@")
    try:
        return named_place(point, *place.split("_"))
    except (TypeError, ValueError):
        raise DataError(
            f"'{head}' in {name} is no point with a place: write 'a@0.5_1.25'"
        ) from None


def named_place(point: str, x: str, y: str) -> tuple[str, tuple[float, float]]:
    """A point and where it stands. ValueError if its name or its numbers are none."""
    place = float(x), float(y)
    if not NAME.fullmatch(point) or not all(map(isfinite, place)):
        raise ValueError(point)
    return point, place


def _converted(text: str, at: Iterable[str], name: str) -> Statement:
    """A statement with angles in units of pi, and the lines of `aconst` in our order."""
    said = read_statement(text, known=at, where=name)
    if said.name in ("aconst", "acompute"):
        value = None if said.value is None else said.value / 180
        return Statement(said.name, said.points[2:] + said.points[:2], value)
    if said.name == "angeq" and said.value is not None:
        return Statement(said.name, said.points, said.value / 180, said.coefficients)
    return said


def read_set(path: str | Path) -> list[Problem]:
    """Read a file of problems, two lines each: a name, and the problem.

    Blank lines and lines that begin with `#` are skipped.

    Raises
    ------
    DataError
        The file is not there, or a problem is wrong; its name is said.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    kept = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if len(kept) % 2:
        raise DataError(f"{path} ends with the name '{kept[-1]}': its problem has to follow it")
    return [parse(text, name=name) for name, text in zip(kept[::2], kept[1::2], strict=True)]
