"""Sentences about which gears there are, how they are called, and how they stand."""

from __future__ import annotations

import re
from re import Match

from pellucid.errors import DataError
from pellucid.reasoning.gears.draft import Draft
from pellucid.reasoning.gears.phrases import MESH, MESHED, THINGS
from pellucid.reasoning.gears.rules import NotUnderstood, Rules

RULES = Rules()

_NUMBERED = (
    r"(?:are |is )?(?:numbered|labell?ed|named|called)(?: from)? (?P<from>\w+) (?:to|through) "
    r"(?P<to>\w+)"
)
_WHERE = (
    r"(?: (?:(?P<circle>(?:clockwise |in order )?around (?:the|a) (?:circle|ring))|"
    r"from left to right|in order|"
    r"in that order|consecutively|clockwise))?"
)
_SHAPE = (
    r"(?:(?:are |stand |which are )?(?:arranged |placed |mounted |lined up |standing |fixed |set )?"
    r"(?:on (?:parallel )?axles )?(?:in|around|on|along) (?:a|one) (?:straight |closed )?"
    r"(?P<shape>row|line|chain|circle|ring|loop))"
)


@RULES.enter(
    r"(?:there (?:are|is) |we have |you have |in front of us (?:are|is) |consider |imagine |take )?"
    rf"(?P<count>\d+) (?:identical |equal |equally large |spur )?{THINGS}(?P<rest>.*)"
)
def _counted(draft: Draft, match: Match[str]) -> None:
    rest = match["rest"].replace(",", " , ")
    rest = " ".join(rest.split())
    for pattern in (_NUMBERED + _WHERE, _SHAPE, r"(?:are )?(?:mounted|placed|each)? ?on axles"):
        found = re.search(r"(?:^|, |and )*" + pattern, rest)
        if found is None:
            continue
        groups = found.groupdict()
        if groups.get("from"):
            _numbering(draft, found)
        if groups.get("shape"):
            _shaped(draft, groups["shape"])
        rest = (rest[: found.start()] + rest[found.end() :]).strip()
    rest = rest.strip(" ,").removeprefix("and ").strip()
    if rest and not _also(draft, rest):
        raise NotUnderstood
    draft.counted(int(match["count"]))


def _also(draft: Draft, rest: str) -> bool:
    """`..., each meshing with the next`."""
    match = re.fullmatch(_EACH_NEXT, rest)
    if match is None:
        return False
    _each_next(draft, match)
    return True


@RULES.enter(rf"(?:the )?{THINGS} {_NUMBERED}{_WHERE}", rf"they {_NUMBERED}{_WHERE}")
def _numbering(draft: Draft, match: Match[str]) -> None:
    _named(draft, match["from"], match["to"])
    if match["circle"]:
        _shaped(draft, "circle")


def _named(draft: Draft, first: str, last: str) -> None:
    if first.isdigit() and last.isdigit():
        found = [str(k) for k in range(int(first), min(int(last), int(first) + 10_001) + 1)]
    elif len(first) == len(last) == 1 and (first + last).isalpha():
        found = [chr(k) for k in range(ord(first.upper()), ord(last.upper()) + 1)]
    else:
        raise DataError(f"'{first} to {last}' are no names: write such as '1 to 6' or 'A to F'")
    if len(found) < 2:
        raise DataError(f"'{first} to {last}' names {len(found)} gears: the first comes first")
    draft.names = tuple(found)


@RULES.enter(rf"(?:the |all )?{THINGS} (?:are |stand ){_SHAPE}", rf"they (?:are |stand )?{_SHAPE}")
def _arranged(draft: Draft, match: Match[str]) -> None:
    _shaped(draft, match["shape"])


@RULES.enter(r"(?:they|the gears) form a (?:closed )?(?P<shape>circle|ring|loop)")
def _formed(draft: Draft, match: Match[str]) -> None:
    _shaped(draft, match["shape"])


def _shaped(draft: Draft, shape: str) -> None:
    draft.arranged = True
    draft.closed = draft.closed or shape in ("circle", "ring", "loop")


@RULES.enter(
    r"(?:there are )?(?P<count>\d+) axles (?:are |stand )?(?:equally |evenly )?"
    r"(?:spaced|placed|arranged|set)? ?(?:around|in|on|along) a (?P<shape>row|line|circle|ring)"
)
def _axles(draft: Draft, match: Match[str]) -> None:
    draft.counted(int(match["count"]))
    _shaped(draft, match["shape"])


@RULES.enter(
    r"(?:a|1|one) gear (?:is|sits) (?:placed|mounted|fixed|put)? ?on (?:each|every)(?: axle)?"
)
def _one_each(draft: Draft, match: Match[str]) -> None:
    """Nothing that was not said."""


_NEXT = (
    r"(?:with )?(?:the|its) (?:next|following)(?: gear| one)?(?: in the (?:row|line|circle|ring))?"
)
_BOTH = (
    r"(?:(?:both )?(?:of )?(?:its|the) (?:2 )?(?:immediate |direct )?neighbou?rs|"
    r"(?:the gear|the one|that) (?:to|on) its left and (?:with |to )?"
    r"(?:(?:the gear|the one|that) )?(?:to|on) its right|"
    r"the gears (?:to|on) (?:its left and right|both sides|either side)|"
    r"the (?:2 )?(?:gears )?(?:next to it|adjacent gears|beside it))"
)
_EACH_NEXT = (
    rf"(?:each|every)(?: gear| one| of them| of the gears)? {MESH} "
    rf"(?:{_NEXT}(?P<closing>,? and (?:the )?last(?: gear| one)? (?:{MESH} |with )"
    rf"(?:the )?first(?: gear| one)?)?|{_BOTH})"
)


@RULES.enter(_EACH_NEXT)
def _each_next(draft: Draft, match: Match[str]) -> None:
    draft.arranged = draft.neighbours = True
    if match["closing"]:
        draft.closed = True


@RULES.enter(rf"(?:neighbou?ring|adjacent|neighbou?r) {THINGS} {MESHED}(?: with each other)?")
def _adjacent(draft: Draft, match: Match[str]) -> None:
    draft.arranged = draft.neighbours = True
