"""Gear problems in plain English, read sentence by sentence.

    problem = read_problem("Six gears stand in a row. Each meshes with the next. ...")

A sentence that fits no rule is tried as two, joined by a comma, `and`, `so that` and the like. What
cannot be understood is said, and nothing is guessed.
"""

from __future__ import annotations

import copy
import re
from dataclasses import fields

from pellucid.errors import DataError
from pellucid.reasoning.gears import rules_layout, rules_links, rules_questions
from pellucid.reasoning.gears.draft import Draft
from pellucid.reasoning.gears.phrases import normal
from pellucid.reasoning.gears.rules import NotUnderstood
from pellucid.reasoning.gears.system import GearProblem

RULES = (*rules_layout.RULES, *rules_links.RULES, *rules_questions.RULES)
_OPENING = (
    r"^(?:(?:and|now|also|then|so|but|suppose that|suppose|assume that|assume|imagine that|if|when|"
    r"while|further|moreover|finally|seen from the front|viewed from the front)\b,? )+"
)
_JOINTS = (
    *(", and ", ", while ", ", if ", ", when ", " such that ", " so that ", ", so ", ", ", " and "),
    *(" while ", " if ", " when "),
)
_ASIDE = r"(?i)(?:explain|why|give (?:a |your )?reasons?|explain (?:why|your answer))(?: why)?"
MOST = 20_000
"""Letters of a problem that are read."""


def read_problem(text: str) -> GearProblem:
    """A problem from its words.

    Lines may be wrapped within a sentence, or be a sentence each.

    Raises
    ------
    DataError
        If a sentence is not understood, which it quotes, or something is missing.
    """
    if len(text) > MOST:
        raise DataError(f"the text has {len(text)} letters: give at most {MOST}")
    wrapped = re.sub(r"\n(?!\s*\n)", " ", text)
    try:
        return _problem(wrapped)
    except DataError as error:
        if wrapped.strip() == text.strip():
            raise
        try:
            return _problem(text)
        except DataError:
            raise error from None


def _problem(text: str) -> GearProblem:
    draft = Draft()
    for sentence in _sentences(text):
        found = _read(draft, normal(sentence))
        if found is None:
            raise DataError(
                f"this was not understood: '{sentence}'; say such as 'Gear 1 meshes with gear 2.', "
                "'A crossed belt joins gear 2 and gear 3.', 'Gear 3 is turned clockwise.' or "
                "'In which direction does gear 6 turn?'"
            )
        draft = found
    return draft.problem()


def _sentences(text: str) -> list[str]:
    # A point between digits or in `no. 3` ends nothing.
    parts = re.split(r"(?<!\bno)\.(?!\d)|[?!;\n]", text)
    found = [" ".join(part.split()).strip(" ,:") for part in parts]
    return [sentence for sentence in found if sentence and not re.fullmatch(_ASIDE, sentence)]


def _read(draft: Draft, sentence: str, depth: int = 0) -> Draft | None:
    """The draft with what a sentence says, or None where it is not understood."""
    sentence = re.sub(_OPENING, "", sentence).strip(" ,:")
    for pattern, meaning in RULES:
        match = pattern.fullmatch(sentence)
        if match is None:
            continue
        more = _copied(draft)
        try:
            meaning(more, match)
        except NotUnderstood:
            continue
        return more
    if depth == 12:
        return None
    for joint in _JOINTS:
        place = sentence.find(joint)
        while place >= 0:
            first = _whole(draft, sentence[:place])
            if first is not None:
                rest = _read(first, sentence[place + len(joint) :], depth + 1)
                if rest is not None:
                    return rest
            place = sentence.find(joint, place + 1)
    return None


def _whole(draft: Draft, sentence: str) -> Draft | None:
    """As `_read`, but as one sentence only, so that all ways to split are tried once."""
    return _read(draft, sentence, 12)


def _copied(draft: Draft) -> Draft:
    return Draft(**{f.name: copy.copy(getattr(draft, f.name)) for f in fields(draft)})
