"""The small vocabulary of gear problems, as patterns; and how gears are named in a sentence."""

from __future__ import annotations

import re

_COUNTED = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty"""
NUMBERS = {word: str(value) for value, word in enumerate(_COUNTED.split(), start=2)}
_PLACES = "first second third fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {word: place for place, word in enumerate(_PLACES.split())} | {"last": -1}
TIMES = {"twice": 2, "double": 2, "thrice": 3}
_SEEN = """red green blue yellow black white orange purple pink brown grey gray small large big
left right middle top bottom upper lower central"""
LOOKS = tuple(_SEEN.split())

_NAME = r"(?:\d+|[a-z](?![a-z'])|" + "|".join(LOOKS) + ")"
_THING = r"(?:gear|cog|cogwheel|wheel|pulley)s?"
THINGS = r"(?:gears|cogs|cogwheels|wheels|pulleys)"
_CALLED = rf"{_THING} (?:number |numbers |no\.? ?|#)?{_NAME}"
_PLACED = rf"the (?:{'|'.join((*ORDINALS, *LOOKS))}) {_THING}"
GEAR = rf"(?:(?:the )?{_CALLED}|{_PLACED})"
_MORE = rf"(?:{GEAR}|(?:the )?(?:number |#)?{_NAME}|the (?:{'|'.join(ORDINALS)}))"
GEARS = rf"(?:{GEAR}(?:(?:, and |, | and ){_MORE})*)"
ALL = rf"(?:(?:all|all the|all of the|the|the other|every|each) {_THING}|all of them|they)"
WHOLE = (
    r"(?:(?:the|this|the whole) (?:whole )?(?:system|machine|mechanism|train|gear train|"
    r"arrangement|assembly|thing|ring|chain)|it|anything)"
)

TURN = r"(?:rotat(?:e|es|ed|ing)|turn(?:s|ed|ing)?|spin(?:s|ning)?|spun|driven|move(?:s|d)?|moving)"
CLOCK = r"(?P<direction>clockwise|(?:counter|anti)[- ]?clockwise)"
MESH = (
    r"(?:mesh(?:es|ed|ing)? with|(?:is |are )?in mesh with|(?:is |are )?meshed with|"
    r"(?:is |are )?engaged with|engag(?:es|e|ing) with|engag(?:es|e|ing)|"
    r"interlock(?:s|ed|ing)? with|touch(?:es|ing)?|(?:is |are )?in contact with|drives)"
)
MESHED = r"(?:mesh|are meshed|are engaged|engage|are in mesh|interlock|touch)"
SPEED = (
    r"(?: at (?P<speed>\d+(?:\.\d+)?) (?:rpm|(?:turns|revolutions|rotations) (?:a|per) minute))?"
)
AXLE = r"(?:axle|shaft|axis|spindle)"


def normal(text: str) -> str:
    """Small letters, single spaces, numbers as digits."""
    words = text.replace("’", "'").replace("anticlockwise", "anti-clockwise").lower()
    words = re.sub(r"\bcounterclockwise\b", "counter-clockwise", words)
    words = re.sub(r"\b(" + "|".join(NUMBERS) + r")\b", lambda m: NUMBERS[m[1]], words)
    return " ".join(words.split())


def direction(word: str) -> int:
    """+1 for clockwise, -1 for the other."""
    return 1 if word == "clockwise" else -1


def names(text: str) -> tuple[str, ...]:
    """The gears that a list like `gears 1, 2 and the last gear` names, in order.

    Letters are made large; places such as `first` stay words.
    """
    words = re.sub(rf"\b(?:{_THING}|number|numbers|no|and|the)\b|[#,.]", " ", text).split()
    return tuple(word.upper() if len(word) == 1 else word for word in words)
