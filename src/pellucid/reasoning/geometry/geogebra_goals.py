"""What GeoGebra is asked to prove, as statements of the problem language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.fields import DegenerateError
from pellucid.reasoning.geometry.geogebra_sheet import (
    Sheet,
    SheetLine,
    SheetObject,
    SheetPoint,
)
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Problem, Statement

Asked = Callable[[Sheet, Sequence[SheetObject]], Statement]


def statement(sheet: Sheet, name: str, arguments: Sequence[SheetObject]) -> Statement:
    """The statement of a question such as `AreCollinear[A, B, C]`.

    Raises
    ------
    DataError
        If the question is not known, or is put about other things than it takes.
    """
    if name not in QUESTIONS:
        raise DataError(f"the question {name} is not supported; {nearest(name, QUESTIONS)}")
    ask, kind, fewest, most, example = QUESTIONS[name]
    right = all(isinstance(argument, kind) for argument in arguments)
    if not right or not fewest <= len(arguments) <= most:
        raise DataError(f"{name} does not take these arguments; write {example}")
    return ask(sheet, arguments)


def relation(sheet: Sheet, arguments: Sequence[SheetObject]) -> Statement:
    """What is true of some objects, of what may be: found by trying it in random figures.

    Raises
    ------
    DataError
        If nothing is.
    """
    fitting = [
        name
        for name, (_, kind, fewest, most, _) in QUESTIONS.items()
        if fewest <= len(arguments) <= most and all(isinstance(a, kind) for a in arguments)
    ]
    for name in fitting:
        # What a question that is not taken has made (ends of its lines) says nothing false.
        try:
            said = statement(sheet, name, arguments)
            problem = Problem("relation", tuple(sheet.clauses), (said,))
            if Oracle(problem, trials=2, diagrams=4).judge(said).sometimes:
                return said
        except (DataError, DegenerateError):
            continue
    raise DataError("Relation finds nothing that is true; say it, as in Prove[AreParallel[g, h]]")


def _points(name: str) -> Asked:
    def ask(sheet: Sheet, arguments: Sequence[SheetObject]) -> Statement:
        return Statement(name, tuple(a.name for a in arguments if isinstance(a, SheetPoint)))

    return ask


def _directions(*, across: bool) -> Asked:
    """Parallel or perpendicular, of lines that may be known by their directions alone."""

    def ask(sheet: Sheet, arguments: Sequence[SheetObject]) -> Statement:
        names: list[str] = []
        for line in arguments:
            assert isinstance(line, SheetLine)
            names += line.ends or sheet.ends(line)
        return Statement("perp" if across else "para", tuple(names))

    return ask


def _equal(sheet: Sheet, arguments: Sequence[SheetObject]) -> Statement:
    names: list[str] = []
    for segment in arguments:
        assert isinstance(segment, SheetLine)
        if segment.kind != "segment":
            raise DataError("AreEqual is about the lengths of segments; give it two segments")
        names += segment.ends
    return Statement("cong", tuple(names))


def _concurrent(sheet: Sheet, arguments: Sequence[SheetObject]) -> Statement:
    one, two, three = arguments
    assert isinstance(one, SheetLine)
    assert isinstance(two, SheetLine)
    assert isinstance(three, SheetLine)
    meet = sheet.helper(one.says, two.says)
    return Statement("coll", (meet, *sheet.ends(three)))


QUESTIONS: Mapping[str, tuple[Asked, type, int, int, str]] = {
    "AreCollinear": (_points("coll"), SheetPoint, 3, 3, "AreCollinear[A, B, C]"),
    "AreConcyclic": (_points("cyclic"), SheetPoint, 4, 4, "AreConcyclic[A, B, C, D]"),
    "ArePerpendicular": (
        _directions(across=True),
        SheetLine,
        2,
        2,
        "ArePerpendicular[g, h]",
    ),
    "AreParallel": (_directions(across=False), SheetLine, 2, 2, "AreParallel[g, h]"),
    "AreEqual": (_equal, SheetLine, 2, 2, "AreEqual[Segment[A, B], Segment[C, D]]"),
    "AreCongruent": (_equal, SheetLine, 2, 2, "AreCongruent[Segment[A, B], Segment[C, D]]"),
    "AreConcurrent": (_concurrent, SheetLine, 3, 3, "AreConcurrent[g, h, k]"),
}
"""How each is said, of what kind of objects, how many at least and at most, and an example."""

SIGNS: Mapping[str, str] = {
    "∥": "AreParallel",
    "⟂": "ArePerpendicular",
    "⊥": "ArePerpendicular",
    "≟": "AreEqual",
    "==": "AreEqual",
}
"""Signs that GeoGebra writes between two objects for the same."""
