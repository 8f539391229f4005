"""Questions about gears."""

from __future__ import annotations

from re import Match

from pellucid.reasoning.gears.draft import ALL as EVERY
from pellucid.reasoning.gears.draft import Draft
from pellucid.reasoning.gears.phrases import ALL, CLOCK, GEARS, THINGS, TURN, WHOLE
from pellucid.reasoning.gears.rules import Rules, those
from pellucid.reasoning.gears.system import Question

RULES = Rules()

_WILL = r"(?:will|would|does|do|must|should|can|could|is|are)"
_WHAT = rf"(?P<gears>{GEARS}|{ALL}|{WHOLE})"
_OTHER = r"(?:counter|anti)[- ]?clockwise"
_THEN = r"(?: then| at all| now| if at all)?"


@RULES.enter(
    rf"(?:in |into )?(?:which|what) (?:directions?|ways?)(?: of rotation)? {_WILL} {_WHAT} "
    rf"(?:then )?(?:be )?{TURN}{_THEN}",
    rf"(?:what is|what will be|find|give|tell|determine) the direction(?: of rotation)? of {_WHAT}",
    rf"what (?:happens|will happen|would happen) (?:to|with) {_WHAT}",
    rf"how {_WILL} {_WHAT} {TURN}",
    rf"{_WILL} {_WHAT} (?:be )?{TURN} (?:clockwise or {_OTHER}|{_OTHER} or clockwise)",
)
def _which_way(draft: Draft, match: Match[str]) -> None:
    draft.queries.append((Question.DIRECTION, those(draft, match["gears"])))


@RULES.enter(
    rf"(?:how fast|(?:at|with) (?:what|which) (?:speed|rate)) {_WILL} {_WHAT} {TURN}{_THEN}",
    rf"what is the speed of {_WHAT}",
    rf"how many (?:turns|revolutions|rotations) (?:a|per) minute {_WILL} {_WHAT} make",
)
def _how_fast(draft: Draft, match: Match[str]) -> None:
    draft.queries.append((Question.SPEED, those(draft, match["gears"])))


@RULES.enter(rf"{_WILL} {_WHAT} (?:be )?{TURN} {CLOCK}")
def _is_it(draft: Draft, match: Match[str]) -> None:
    kind = Question.CLOCKWISE if match["direction"] == "clockwise" else Question.COUNTER
    draft.queries.append((kind, those(draft, match["gears"])))


@RULES.enter(rf"{_WILL} {_WHAT} (?:still )?(?:be )?(?:able to )?{TURN}{_THEN}")
def _can_it(draft: Draft, match: Match[str]) -> None:
    draft.queries.append((Question.MOVES, those(draft, match["gears"])))


@RULES.enter(rf"(?:is|are) {_WHAT} (?:locked|jammed|stuck|blocked)")
def _is_it_locked(draft: Draft, match: Match[str]) -> None:
    draft.queries.append((Question.LOCKED, those(draft, match["gears"])))


@RULES.enter(
    rf"(?:which|how many)(?: of (?:the|these))? ?{THINGS}? (?:will |would )?{TURN} {CLOCK}"
)
def _which_ones(draft: Draft, match: Match[str]) -> None:
    clockwise = match["direction"] == "clockwise"
    draft.queries.append((Question.LIST if clockwise else Question.LIST_COUNTER, EVERY))
