"""Problems as lines: places of points, what is assumed, what is to be proved.

    point a 0 0
    point b 4 0
    point m 2 0
    assume coll m a b
    assume cong m a m b
    prove midp m a b

`equal_angles a b c d e f` says that the angle at b from a to c is that at e from d to f, and
`circumcenter o a b c` that o is the centre of the circle of a, b, c. Angles are in units of pi.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.coordinates import named_place, read_statement
from pellucid.reasoning.geometry.problem import Problem, Statement

_VERBS = ("point", "assume", "prove")


def parse(text: str, *, name: str = "problem") -> Problem:
    """Read one problem; see the module. Blank lines and lines that begin with `#` are skipped.

    Raises
    ------
    DataError
        What is wrong, and in which line.
    """
    at: dict[str, tuple[float, float]] = {}
    assumed: list[Statement] = []
    goals: list[Statement] = []
    for number, line in enumerate(text.splitlines(), start=1):
        verb, _, rest = line.strip().partition(" ")
        if not verb or verb.startswith("#"):
            continue
        where = f"line {number} of {name}"
        if verb == "point":
            point, place = _place(rest, where)
            if point in at:
                raise DataError(f"{where} introduces {point} a second time: name each point once")
            at[point] = place
        elif verb in _VERBS:
            said = _statement(rest, at, where)
            (assumed if verb == "assume" else goals).append(said)
        else:
            raise DataError(f"{where} begins with '{verb}': {nearest(verb, _VERBS)}")
    if not goals:
        raise DataError(f"{name} has no goal: add a line such as 'prove cong a b c d'")
    return Problem(name, (), tuple(goals), at, tuple(assumed))


def _place(rest: str, where: str) -> tuple[str, tuple[float, float]]:
    try:
        return named_place(*rest.split())
    except (TypeError, ValueError):
        raise DataError(f"{where} is no point with a place: write 'point a 0.5 1.25'") from None


def _statement(rest: str, at: Iterable[str], where: str) -> Statement:
    name, _, others = rest.strip().partition(" ")
    points = others.split()
    if name == "equal_angles" or (name == "eqangle" and len(points) == 6):
        if len(points) != 6:
            raise DataError(
                f"'{rest.strip()}' in {where} names {len(points)} points: it takes 6, as in "
                "'equal_angles a b c d e f'"
            )
        a, b, c, d, e, f = points
        rest = f"eqangle {b} {a} {b} {c} {e} {d} {e} {f}"
    elif name == "circumcenter":
        rest = f"circle {others}"
    return read_statement(rest, known=at, where=where)


def read(path: str | Path) -> Problem:
    """Read a file with one problem; its name is that of the file.

    Raises
    ------
    DataError
        The file is not there, or what it says is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    return parse(text, name=Path(path).stem)
