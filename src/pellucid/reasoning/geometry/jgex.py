"""The language of AlphaGeometry and of Java Geometry Expert: problems as one line of text.

    a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c

Clauses end with `;` and make points, by constructions between `,`; goals follow `?`, more of them
between `;`. The points that a clause makes may be left out of its constructions: `x = on_line a b`.
Angles are in degrees (`30`, `30o`), or in units of pi (`1pi/6`, `1/6`); ratios are `1/2`. A place
behind a name (`a@0.5_1.25`) is a hint of where to draw it, and is read and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.definitions import ANGLE, Definition, definitions
from pellucid.reasoning.geometry.problem import Clause, Construction, Problem, Statement
from pellucid.reasoning.geometry.statements import ALIASES, PREDICATES, Predicate

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_']*")
"""Of a point."""
NUMBER = re.compile(r"[+-]?(?=\.?\d)\d{0,15}(?:/\d{1,15}|\.\d{0,15})?")
_ANGLE = re.compile(r"(-?)(\d{0,15})pi(?:/(\d{1,15}))?")


def parse(text: str, *, name: str = "problem", line: int = 1, goalless: bool = False) -> Problem:
    """Read one problem, which begins at this line of its file; a figure alone where `goalless`.

    Raises
    ------
    DataError
        In one line: what is wrong, where, and how it is written.
    """
    head, mark, tail = text.partition("?")
    if not mark and not goalless:
        raise DataError(
            f"line {line}: no goal; end with '?' and a statement, as in '? perp a h b c'"
        )
    known: dict[str, None] = {}
    clauses = []
    for where, part in _parts(head, ";|", line):
        clause = _clause(part, where, known)
        known.update(dict.fromkeys(clause.points))
        clauses.append(clause)
    if not clauses:
        raise DataError(f"line {line}: no points; begin with a clause such as 'a b c = triangle'")
    goals = [
        _statement(part, where, known) for where, part in _parts(tail, ";", line + head.count("\n"))
    ]
    if not goals and not goalless:
        raise DataError(f"line {line}: nothing after '?'; write a goal such as 'perp a h b c'")
    return Problem(name, tuple(clauses), tuple(goals))


def read_set(path: str | Path) -> list[Problem]:
    """Read a file of problems: two lines each, a name and its text; `#` begins a comment."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as text: {error}") from error
    return [_read(path, name, number, line) for name, number, line in _pairs(text, path)]


def split_set(text: str, *, path: str | Path = "text") -> list[tuple[str, int, str]]:
    """The problems of a file, unread: name, number of the line, and text."""
    return list(_pairs(text, path))


def _read(path: str | Path, name: str, number: int, text: str) -> Problem:
    try:
        return parse(text, name=name, line=number)
    except DataError as error:
        raise DataError(f"{path}, {name}: {error}") from None


def _pairs(text: str, path: str | Path) -> Iterator[tuple[str, int, str]]:
    """Names with texts. A name without a text (its text is a comment) is passed over."""
    name = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if "=" not in line or "?" not in line:
            name = line
        elif not name:
            raise DataError(
                f"{path}, line {number}: a problem without a name; put one line before it"
            )
        else:
            yield name, number, line
            name = ""


def _parts(text: str, marks: str, line: int) -> Iterator[tuple[int, str]]:
    """What stands between marks, and in which line it begins."""
    for part in re.split(f"[{re.escape(marks)}]", text):
        begun = line + part[: len(part) - len(part.lstrip())].count("\n")
        if part.strip():
            yield begun, " ".join(part.split())
        line += part.count("\n")


def _clause(text: str, line: int, known: dict[str, None]) -> Clause:
    left, mark, right = text.partition("=")
    if not mark:
        raise DataError(
            f"line {line}: '{shorten(text)}' has no '='; write as in 'h = foot h a b c'"
        )
    points = tuple(_point(word, line) for word in left.split())
    if not points:
        raise DataError(f"line {line}: no point before '=' in '{shorten(text)}'; name what is made")
    for k, point in enumerate(points):
        if point in known or point in points[:k]:
            raise DataError(
                f"line {line}: point {point} is made twice; give the second another name"
            )
    constructions = tuple(
        _construction(part, line, points, known) for _, part in _parts(right, ",", line)
    )
    if not constructions:
        raise DataError(
            f"line {line}: '{shorten(text)}' makes no point; say how, as in 'a = free a'"
        )
    made = {point for construction in constructions for point in construction.made}
    for point in points:
        if point not in made:
            raise DataError(
                f"line {line}: nothing in '{shorten(text)}' makes {point}; "
                f"leave it out, or add a construction such as '{point} = free {point}'"
            )
    return Clause(points, constructions, line)


def _construction(
    text: str, line: int, points: tuple[str, ...], known: dict[str, None]
) -> Construction:
    name, *words = text.split()
    if name not in definitions():
        raise _unknown(name, line)
    definition = definitions()[name]
    value = None
    if definition.value is not None:
        if not words:
            raise _wrong(definition, text, line, points)
        value = _value(words.pop(), definition.value, text, line)
    names = tuple(_point(word, line) for word in words)
    made, given = _shared_out(definition, names, text, line, points)
    for point in given:
        if point not in known:
            hint = nearest(point, known) if known else "make it first"
            raise DataError(f"line {line}: point {point} of '{text}' does not stand yet; {hint}")
    return Construction(name, made, given, value)


def _shared_out(
    definition: Definition, names: tuple[str, ...], text: str, line: int, points: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which names are made and which are given; made ones stand in their places, first, or not."""
    total, places = len(definition.parameters), definition.made
    if len(names) == total:
        made = tuple(names[k] for k in places)
        if set(made) <= set(points):
            return made, tuple(name for k, name in enumerate(names) if k not in places)
        if set(names[: len(places)]) <= set(points):
            return names[: len(places)], names[len(places) :]
    elif len(names) == total - len(places) and len(places) == len(points):
        return points, names
    raise _wrong(definition, text, line, points)


def _unknown(name: str, line: int) -> DataError:
    """Which construction may be meant, and how that is written."""
    hint = nearest(name, definitions())
    meant = re.fullmatch(r"did you mean '(.*)'\?", hint)
    if meant is None:
        hint = "how each is written stands in constructions.txt; a few: triangle, foot, on_line"
    else:
        hint += f" It is written as in '{_example(definitions()[meant[1]], ())}'"
    return DataError(f"line {line}: unknown construction {shorten(name)}; {hint}")


def _wrong(definition: Definition, text: str, line: int, points: tuple[str, ...]) -> DataError:
    """What a construction expects, and an example that makes these points."""
    return DataError(
        f"line {line}: '{shorten(text)}' does not fit; expected '{definition.signature}' "
        f"with {' '.join(definition.parameters[k] for k in definition.made)} made, "
        f"as in '{_example(definition, points)}'"
    )


def _example(definition: Definition, points: tuple[str, ...]) -> str:
    """A clause with a construction, which makes these points as far as it makes any."""
    renamed = list(definition.parameters)
    for k, point in zip(definition.made, points, strict=False):
        renamed[k] = point
    names = (f"{letter}{k or ''}" for k in count() for letter in "abcdefgh")
    letters = (name for name in names if name not in points)
    filled = [name if k in definition.made else next(letters) for k, name in enumerate(renamed)]
    if definition.value is not None:
        filled.append({"angle": "30o", "ratio": "1/2", "length": "5"}[definition.value])
    made = " ".join(filled[k] for k in definition.made)
    return f"{made} = {definition.name} {' '.join(filled)}"


def _statement(text: str, line: int, known: dict[str, None]) -> Statement:
    name, *words = text.split()
    name = ALIASES.get(name, name)
    if name not in PREDICATES:
        raise DataError(f"line {line}: unknown statement {name}; {nearest(name, PREDICATES)}")
    predicate = PREDICATES[name]
    value = None
    if predicate.value is not None and words:
        value = _value(words.pop(), predicate.value, text, line)
    if not _fits(predicate, words) or (value is None) != (predicate.value is None):
        more = " or more" if predicate.more else ""
        tail = f" and a number ({predicate.value})" if predicate.value else ""
        raise DataError(
            f"line {line}: '{text}' does not fit; {name} takes {predicate.count}{more} points"
            f"{tail}, as in '{predicate.example}'"
        )
    points = tuple(_point(word, line) for word in words)
    for point in points:
        if point not in known:
            raise DataError(
                f"line {line}: point {point} of '{text}' is not made; {nearest(point, known)}"
            )
    return Statement(name, points, value)


def _fits(predicate: Predicate, words: Sequence[str]) -> bool:
    return len(words) == predicate.count or (predicate.more and len(words) > predicate.count)


def _point(word: str, line: int) -> str:
    name = word.split("@")[0]
    if not NAME.fullmatch(name):
        raise DataError(
            f"line {line}: '{shorten(word)}' is no name of a point; use letters, digits, _ and '"
        )
    return name


def _value(word: str, kind: str, text: str, line: int) -> Fraction:
    """A number: of an angle in units of pi, between 0 and 1."""
    try:
        return _angle(word) % 1 if kind == ANGLE else _positive(word)
    except (ValueError, ZeroDivisionError):
        example = {"angle": "30o or 1pi/6", "ratio": "1/2", "length": "5"}[kind]
        raise DataError(
            f"line {line}: '{shorten(word)}' in '{shorten(text)}' is not a good {kind}; "
            f"write it as {example}"
        ) from None


def _angle(word: str) -> Fraction:
    if match := _ANGLE.fullmatch(word):
        sign, times, parts = match.groups()
        return Fraction(int(f"{sign}{times or 1}"), int(parts or 1))
    if "/" in word:
        return _fraction(word)
    return _fraction(word.removesuffix("o")) / 180


def _fraction(word: str) -> Fraction:
    """A number of few digits; `1e9999999` would fill the memory."""
    if not NUMBER.fullmatch(word):
        raise ValueError(word)
    return Fraction(word)


def _positive(word: str) -> Fraction:
    number = _fraction(word)
    if number <= 0:
        raise ValueError(word)
    return number


def shorten(text: str) -> str:
    """What a message quotes of a text."""
    return text if len(text) <= 60 else f"{text[:57]}..."
