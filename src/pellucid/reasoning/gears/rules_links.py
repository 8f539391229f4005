"""Sentences about what couples gears, how large they are, and what drives them."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from re import Match

from pellucid.errors import DataError
from pellucid.reasoning.gears.draft import ALL as EVERY
from pellucid.reasoning.gears.draft import Draft
from pellucid.reasoning.gears.phrases import (
    ALL,
    AXLE,
    CLOCK,
    GEAR,
    GEARS,
    MESH,
    MESHED,
    SPEED,
    TIMES,
    TURN,
    direction,
    names,
)
from pellucid.reasoning.gears.rules import Rules, those
from pellucid.reasoning.gears.system import Coupling

RULES = Rules()


@RULES.enter(rf"(?P<one>{GEARS}) {MESH} (?P<two>{GEARS})")
def _mesh(draft: Draft, match: Match[str]) -> None:
    for one in names(match["one"]):
        for two in names(match["two"]):
            draft.link(one, two, Coupling.MESH)


@RULES.enter(rf"(?P<one>{GEAR}) (?:with|to) (?P<two>{GEAR})")
def _elided(draft: Draft, match: Match[str]) -> None:
    draft.link(names(match["one"])[0], names(match["two"])[0], draft.last)


@RULES.enter(rf"(?P<all>{GEARS}) {MESHED}(?: with (?:each other|one another)| together)?")
def _mutual(draft: Draft, match: Match[str]) -> None:
    _pairs(draft, names(match["all"]), Coupling.MESH)


def _pairs(draft: Draft, gears: tuple[str, ...], coupling: Coupling) -> None:
    if len(gears) < 2:
        raise DataError(f"gear {gears[0]} alone is coupled to nothing: name two gears")
    for one, two in combinations(gears, 2):
        draft.link(one, two, coupling)


_BELT = r"(?:an? |the )?(?P<how>open |straight |crossed |twisted )?(?:drive )?(?:belt|chain|band)"


@RULES.enter(
    rf"{_BELT} (?:connects|joins|links|couples|runs between|runs from|goes from|goes around|"
    rf"runs around|is laid around) (?P<one>{GEAR}) (?:and|to|with) (?P<two>{GEAR})",
    rf"{_BELT} (?:connects|joins|links|couples|runs around|goes around) (?P<all>{GEARS})",
    rf"(?P<one>{GEAR}) is (?:connected|joined|linked|coupled) (?:to|with) (?P<two>{GEAR}) by "
    rf"{_BELT}",
    rf"(?P<all>{GEARS}) are (?:connected|joined|linked|coupled) by {_BELT}",
)
def _belt(draft: Draft, match: Match[str]) -> None:
    crossed = (match["how"] or "").strip() in ("crossed", "twisted")
    coupling = Coupling.CROSSED_BELT if crossed else Coupling.OPEN_BELT
    found = match.groupdict()
    gears = names(found["all"]) if found.get("all") else names(f"{match['one']} {match['two']}")
    _pairs(draft, gears, coupling)


@RULES.enter(
    rf"(?P<all>{GEARS}) (?:share|sit on|"
    r"are (?:rigidly |both )?(?:fixed |mounted |keyed )?(?:on|to))"
    rf" (?:the same|1|one|a common|a single) {AXLE}",
    rf"(?P<one>{GEAR}) (?:sits|is) (?:rigidly )?(?:fixed |mounted )?(?:on|to) the same {AXLE} as "
    rf"(?P<two>{GEAR})",
    rf"(?P<one>{GEAR}) is (?:rigidly )?(?:fixed|attached|glued|bolted|coaxial) (?:to|with) "
    rf"(?P<two>{GEAR})",
    rf"(?P<all>{GEARS}) are coaxial",
)
def _coaxial(draft: Draft, match: Match[str]) -> None:
    found = match.groupdict()
    gears = names(found["all"]) if found.get("all") else names(f"{match['one']} {match['two']}")
    _pairs(draft, gears, Coupling.AXLE)


_NUMBER = r"(?P<size>\d+(?:\.\d+)?)"


@RULES.enter(
    rf"(?P<gears>{GEARS}|{ALL}) (?:each )?(?:has|have|with) {_NUMBER}(?: teeth)?(?: each)?",
    rf"(?P<gears>{GEARS}|{ALL}) (?:each )?(?:has|have) an? (?:radius|diameter) of {_NUMBER}"
    r"(?: (?:mm|cm|m|inch|inches))?(?: each)?",
)
def _teeth(draft: Draft, match: Match[str]) -> None:
    draft.sizes.append((those(draft, match["gears"]), Fraction(match["size"]), None))


@RULES.enter(
    rf"(?P<gears>{GEAR}) (?:is|has) (?:(?P<times>twice|double|thrice|half)|{_NUMBER} times) "
    rf"(?:as (?:large|big|many teeth) as|the size of|the teeth of) (?P<unit>{GEAR})"
)
def _compared(draft: Draft, match: Match[str]) -> None:
    times = match["times"]
    factor = Fraction(1, 2) if times == "half" else Fraction(TIMES.get(times) or match["size"])
    [unit] = draft.mention(names(match["unit"]))
    draft.sizes.append((draft.mention(names(match["gears"])), factor, unit))


@RULES.enter(
    rf"{ALL} (?:are|have) (?:of )?(?:the same|equal) (?:size|radius|diameter|number of teeth)",
    rf"{ALL} are (?:equally (?:large|big)|identical)",
)
def _alike(draft: Draft, match: Match[str]) -> None:
    draft.sizes.append((EVERY, Fraction(1), None))


@RULES.enter(
    rf"(?P<gears>{GEARS}) (?:touch(?:es)? (?:nothing|no other gear)|(?:is|are) (?:not connected to|"
    r"connected to no|apart from|separate from)(?: any)?(?: of the)?(?: other)?"
    r"(?: gears?| others?)?)"
)
def _apart(draft: Draft, match: Match[str]) -> None:
    draft.mention(names(match["gears"]))


@RULES.enter(
    rf"(?P<gears>{GEARS}) (?:(?:is|are|was|were|gets|starts) )?(?:being )?{TURN} {CLOCK}{SPEED}",
    rf"(?:we|you|someone|a motor|a hand|one|i) {TURN} (?P<gears>{GEARS}) {CLOCK}{SPEED}",
    rf"{TURN} (?P<gears>{GEARS}) {CLOCK}{SPEED}",
)
def _driven(draft: Draft, match: Match[str]) -> None:
    speed = Fraction(match["speed"]) if match["speed"] else None
    if speed == 0:
        raise DataError("a gear that makes 0 turns a minute drives nothing: give more than 0")
    for gear in draft.mention(names(match["gears"])):
        draft.drivers.append((gear, direction(match["direction"]), speed))
