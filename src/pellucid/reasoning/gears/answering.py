"""Answers in words, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pellucid.reasoning.gears.motion import Motion, State, motions
from pellucid.reasoning.gears.system import GearProblem, Query, Question, direction_word


@dataclass(frozen=True)
class Answer:
    """What is answered to a question."""

    text: str
    """A sentence for each gear that is asked of, or for several of which the same is to be said."""
    reasons: tuple[str, ...]
    motions: Mapping[str, Motion]
    """Of the gears that are asked of."""

    def __str__(self) -> str:
        reasons = " ".join(f"{reason[0].upper()}{reason[1:]}." for reason in self.reasons)
        return f"{self.text} Why: {reasons}"


def answer(problem: GearProblem) -> tuple[Answer, ...]:
    """The answer to every question of a problem."""
    found = motions(problem)
    return tuple(_answer(query, found) for query in problem.queries)


def _answer(query: Query, found: Mapping[str, Motion]) -> Answer:
    asked = {gear: found[gear] for gear in query.gears}
    if query.kind in (Question.LIST, Question.LIST_COUNTER):
        text = _listed(asked, 1 if query.kind is Question.LIST else -1)
    else:
        said: dict[str, list[str]] = {}
        for gear, motion in asked.items():
            said.setdefault(_predicate(query.kind, motion), []).append(gear)
        text = " ".join(_sentence(words, gears) for words, gears in said.items())
    return Answer(text, _reasons(asked), asked)


def _reasons(asked: Mapping[str, Motion]) -> tuple[str, ...]:
    """Each once, and none that is only the beginning of another."""
    found = list(dict.fromkeys(motion.reason for motion in asked.values()))
    return tuple(
        one for one in found if not any(o != one and o.startswith(f"{one};") for o in found)
    )


def _listed(asked: Mapping[str, Motion], sign: int) -> str:
    if any(m.state is State.UNKNOWN for m in asked.values()):
        return "It is unknown."
    gears = [gear for gear, m in asked.items() if m.direction == sign]
    word = direction_word(sign)
    if not gears:
        return f"No gear turns {word}."
    some = "1 gear turns" if len(gears) == 1 else f"{len(gears)} gears turn"
    return f"{some} {word}: {', '.join(gears)}."


def _predicate(kind: Question, motion: Motion) -> str:
    """What is said of a gear, with an asterisk in its place: `No: * cannot turn`."""
    does = _does(motion)
    if motion.state is not State.UNKNOWN:
        if kind in (Question.MOVES, Question.LOCKED):
            turns = motion.state is State.TURNS
            right = turns == (kind is Question.MOVES)
            return f"{_yes(right)}: * {'can turn' if turns else does}"
        if kind in (Question.CLOCKWISE, Question.COUNTER):
            wanted = 1 if kind is Question.CLOCKWISE else -1
            return f"{_yes(motion.direction == wanted)}: * {does}"
    if kind is Question.SPEED and motion.state is State.TURNS:
        return f"* {does}, {_speed(motion.speed)}"
    return f"* {does}"


def _sentence(predicate: str, gears: list[str]) -> str:
    if len(gears) == 1:
        subject = f"gear {gears[0]}"
    else:
        subject = f"gears {', '.join(gears[:-1])} and {gears[-1]}"
        for one, many in (("* turns", "* turn"), ("* does not", "* do not")):
            predicate = predicate.replace(one, many)
    text = predicate.replace("*", subject)
    return f"{text[0].upper()}{text[1:]}."


def _does(motion: Motion) -> str:
    if motion.state is State.TURNS:
        return f"turns {direction_word(motion.direction)}"
    return {
        State.LOCKED: "cannot turn",
        State.FREE: "does not turn",
        State.IMPOSSIBLE: "cannot turn as asked",
        State.UNKNOWN: "may or may not turn: that is unknown",
    }[motion.state]


def _yes(right: bool) -> str:
    return "Yes" if right else "No"


def _speed(speed: Fraction | None) -> str:
    if speed is None:
        return "at a speed that is unknown, as sizes or the driver's speed are not given"
    return f"at {speed if speed.denominator < 1000 else float(speed)} turns a minute"
