"""How rules are entered: a pattern of a sentence, and what it adds to the draft."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match

from pellucid.reasoning.gears.draft import ALL as EVERY
from pellucid.reasoning.gears.draft import Draft
from pellucid.reasoning.gears.phrases import ALL, WHOLE, names

Meaning = Callable[[Draft, Match[str]], None]


class NotUnderstood(Exception):  # noqa: N818 - it is an answer
    """A sentence of a known beginning with an unknown end."""


class Rules(list[tuple[re.Pattern[str], Meaning]]):
    """Patterns with their meanings, in the order in which they are tried."""

    def enter(self, *patterns: str) -> Callable[[Meaning], Meaning]:
        """Sentences of these patterns mean what the function does."""

        def keep(meaning: Meaning) -> Meaning:
            self.extend((re.compile(pattern), meaning) for pattern in patterns)
            return meaning

        return keep


def those(draft: Draft, text: str) -> tuple[str, ...]:
    """The gears that are meant; all of them by `the gears` or `the system`."""
    if re.fullmatch(ALL, text) or re.fullmatch(WHOLE, text):
        return EVERY
    return draft.mention(names(text))
