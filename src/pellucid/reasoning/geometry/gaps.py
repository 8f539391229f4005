"""By how much a statement fails in a drawn figure, in words: an angle, a distance, a ratio.

gap(statement, places)      # "the angle between AH and BC is 83.1 degrees, not 90"
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import combinations

from pellucid.reasoning.geometry.plane import circle_through
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.statements import PREDICATES
from pellucid.reasoning.geometry.synthetic.telling import point_name

Places = Mapping[str, tuple[float, float]]


def gap(statement: Statement, places: Places) -> str:
    """What is measured in the figure, and what it had to be.

    Lengths are in units of the figure's, angles in degrees; those of lines are from 0 to 180.
    """
    measure = _MEASURES.get(statement.name, _inequality)
    at = {name: complex(*places[name]) for name in statement.points}
    return _coincident(statement, at) or measure(statement, at)


At = Mapping[str, complex]


def _coincident(statement: Statement, at: At) -> str:
    """Which points that have to differ are drawn in one place."""
    size = max((abs(p - q) for p, q in combinations(at.values(), 2)), default=0.0) or 1.0
    for a, b in PREDICATES[statement.name].apart(statement.points):
        if abs(at[a] - at[b]) < 1e-6 * size:
            return f"{_joined(a)} and {_joined(b)} are one point there"
    return ""


def _joined(*names: str) -> str:
    told = [point_name(name) for name in names]
    return ("" if all(len(name) == 1 for name in told) else "-").join(told)


def _apart(a: complex, b: complex) -> float:
    return abs(a - b)


def _turn(a: complex, b: complex, c: complex, d: complex) -> float:
    """From line ab to line cd, in degrees from 0 to 180."""
    quotient = (d - c) / (b - a)
    return math.degrees(math.atan2(quotient.imag, quotient.real)) % 180.0


def _between(statement: Statement, at: At) -> float:
    """The angle between two lines, from 0 to 90."""
    angle = _turn(*(at[p] for p in statement.points))
    return min(angle, 180.0 - angle)


def _perp(s: Statement, at: At) -> str:
    lines = f"{_joined(*s.points[:2])} and {_joined(*s.points[2:])}"
    return f"the angle between {lines} is {_number(_between(s, at))} degrees, not 90"


def _para(s: Statement, at: At) -> str:
    lines = f"{_joined(*s.points[:2])} and {_joined(*s.points[2:])}"
    return f"the angle between {lines} is {_number(_between(s, at))} degrees, not 0"


def _cong(s: Statement, at: At) -> str:
    a, b, c, d = s.points
    one, two = _apart(at[a], at[b]), _apart(at[c], at[d])
    left, right = _unlike(one, two)
    return f"{_joined(a, b)} is {left} and {_joined(c, d)} is {right}"


def _coll(s: Statement, at: At) -> str:
    a, b = max(combinations(s.points, 2), key=lambda pair: _apart(at[pair[0]], at[pair[1]]))

    def off(name: str) -> float:
        return abs(((at[name] - at[a]) / (at[b] - at[a])).imag) * _apart(at[a], at[b])

    worst = max(s.points, key=off)
    share = off(worst) / _apart(at[a], at[b])
    return f"{_joined(worst)} is off line {_joined(a, b)} by {_number(100 * share)} % of its length"


def _cyclic(s: Statement, at: At) -> str:
    a, b, c = s.points[:3]
    found = circle_through(at[a], at[b], at[c])
    if found is None:
        return f"{_joined(a)}, {_joined(b)} and {_joined(c)} are on one line there"
    centre, radius = found
    worst = max(s.points[3:], key=lambda p: abs(_apart(at[p], centre) - radius))
    left, right = _unlike(_apart(at[worst], centre), radius)
    return (
        f"{_joined(worst)} is {left} from the centre of the circle through {_joined(a)}, "
        f"{_joined(b)} and {_joined(c)}, whose radius is {right}"
    )


def _eqangle(s: Statement, at: At) -> str:
    a, b, c, d, e, f, g, h = s.points
    one, two = _turn(at[a], at[b], at[c], at[d]), _turn(at[e], at[f], at[g], at[h])
    left, right = _unlike(one, two)
    told = (
        f"{_joined(a, b)} to {_joined(c, d)} is a turn by {left} degrees, "
        f"and {_joined(e, f)} to {_joined(g, h)} by {right}"
    )
    if abs(one + two - 180.0) < 1e-4:
        return f"{told}: the same in the other direction; change the order of two lines"
    return told


def _eqratio(s: Statement, at: At) -> str:
    a, b, c, d, e, f, g, h = s.points
    one, two = _apart(at[a], at[b]) / _apart(at[c], at[d]), _apart(at[e], at[f])
    left, right = _unlike(one, two / _apart(at[g], at[h]))
    return (
        f"{_joined(a, b)}/{_joined(c, d)} is {left} and {_joined(e, f)}/{_joined(g, h)} is {right}"
    )


def _midp(s: Statement, at: At) -> str:
    m, a, b = s.points
    share = _apart(at[m], (at[a] + at[b]) / 2) / _apart(at[a], at[b])
    return (
        f"{_joined(m)} is away from the middle of {_joined(a, b)} by "
        f"{_number(100 * share)} % of its length"
    )


def _centre(s: Statement, at: At) -> str:
    o, *others = s.points
    near, *_, far = sorted(others, key=lambda p: _apart(at[o], at[p]))
    left, right = _unlike(_apart(at[o], at[near]), _apart(at[o], at[far]))
    return f"{_joined(o)} is {left} from {_joined(near)} and {right} from {_joined(far)}"


def _triangles(s: Statement, at: At) -> str:
    a, b, c, d, e, f = (at[p] for p in s.points)
    pairs = ((b, c, e, f), (c, a, f, d), (a, b, d, e))
    ratios = sorted(_apart(p, q) / _apart(u, v) for p, q, u, v in pairs)
    left, right = _unlike(ratios[0], ratios[-1])
    if abs(ratios[0] - ratios[-1]) > 1e-6 * ratios[-1]:
        return f"the ratios of their sides go from {left} to {right}"
    if s.name.startswith("contri") and abs(ratios[0] - 1.0) > 1e-6:
        return f"they are similar, and the ratio of their sides is {left}"
    turned = "opposite ways" if not s.name.endswith("r") else "the same way"
    return f"their sides have one ratio, but they turn in {turned}"


def measured(s: Statement, places: Places) -> float:
    """What the number of an `aconst`, `s_angle`, `rconst` or `r2const` is in a figure."""
    at = {name: complex(*places[name]) for name in s.points}
    if s.name in ("aconst", "s_angle"):
        return _turn(*(at[p] for p in _lines(s))) / 180
    a, b, c, d = (at[p] for p in s.points)
    ratio = _apart(a, b) / _apart(c, d)
    return ratio**2 if s.name == "r2const" else ratio


def _lines(s: Statement) -> tuple[str, ...]:
    """Both lines of an angle."""
    a, b, *rest = s.points
    return (b, a, b, rest[0]) if s.name == "s_angle" else (a, b, *rest)


def _aconst(s: Statement, at: At) -> str:
    lines = _lines(s)
    found, wanted = _unlike(_turn(*(at[p] for p in lines)), float(s.value or 0) * 180)
    return (
        f"{_joined(*lines[:2])} to {_joined(*lines[2:])} is a turn by {found} degrees, not {wanted}"
    )


def _rconst(s: Statement, at: At) -> str:
    a, b, c, d = s.points
    found, value = _apart(at[a], at[b]) / _apart(at[c], at[d]), float(s.value or 0)
    left, right = _unlike(found, math.sqrt(value) if s.name == "r2const" else value)
    return f"{_joined(a, b)}/{_joined(c, d)} is {left}, not {right}"


def _lconst(s: Statement, at: At) -> str:
    a, b = s.points
    value = float(s.value or 0)
    left, right = _unlike(_apart(at[a], at[b]), math.sqrt(value) if s.name[1] == "2" else value)
    return f"{_joined(a, b)} is {left}, not {right}"


def _inequality(s: Statement, at: At) -> str:
    return "the opposite is so"


def _number(value: float) -> str:
    """Three figures are enough to see it."""
    return f"{value:.3g}"


def _unlike(one: float, two: float) -> tuple[str, str]:
    """Both in as many figures as it takes to see that they differ."""
    for digits in (3, 5, 8):
        left, right = f"{one:.{digits}g}", f"{two:.{digits}g}"
        if left != right:
            break
    return left, right


_MEASURES: Mapping[str, Callable[[Statement, At], str]] = {
    "aconst": _aconst,
    "circle": _centre,
    "coll": _coll,
    "cong": _cong,
    "contri": _triangles,
    "contrir": _triangles,
    "cyclic": _cyclic,
    "eqangle": _eqangle,
    "eqratio": _eqratio,
    "l2const": _lconst,
    "lconst": _lconst,
    "midp": _midp,
    "para": _para,
    "perp": _perp,
    "r2const": _rconst,
    "rconst": _rconst,
    "s_angle": _aconst,
    "simtri": _triangles,
    "simtrir": _triangles,
}
