"""Problems that were drawn with GeoGebra: a `.ggb` file, which is a zip with `geogebra.xml`.

    problem = read_geogebra("altitudes.ggb")
    problem = read_geogebra("altitudes.ggb", goal="perp A H B C")

Points keep their labels, in small letters. What is to be proved is what a `Prove`, `ProveDetails`
or `Relation` command asks, or the caller's goal. Where lines and circles meet twice, and the file's
drawing puts the new point where an old one stands on both, it is the old one; else it is another.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import isfinite, pi
from pathlib import Path

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.geogebra_commands import MEASURES, run_command
from pellucid.reasoning.geometry.geogebra_goals import SIGNS, relation, statement
from pellucid.reasoning.geometry.geogebra_sheet import (
    Sheet,
    SheetNumber,
    SheetObject,
    SheetPoint,
)
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.problem import Problem, Statement

LARGEST = 1 << 24
"""Bytes that the sheet's text may have."""
DEEPEST = 40
"""How deep commands may stand in each other."""

_ASKING = ("Prove", "ProveDetails", "Relation")
_NUMBER = re.compile(r"([-+]?\d+(?:\.\d+)?(?:/\d+)?)\s*(°?)")
_PLACE = re.compile(
    r"\(\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*[,;]\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?°?\s*\)"
)
_CALL = re.compile(r"(\w+)\s*[\[(](.*)[\])]", re.DOTALL)


def read_geogebra(path: str | Path, *, goal: str | None = None, goalless: bool = False) -> Problem:
    """Read a sheet, with what it asks or with this goal; goals stand between `;`.

    Where it is `goalless`, the figure alone will do.

    Raises
    ------
    DataError
        In one line: the file is damaged, a command is not supported, or nothing is asked.
    """
    try:
        return _problem(_sheet_text(Path(path)), Path(path).stem, goal, goalless=goalless)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _sheet_text(path: Path) -> str:
    """The XML text of a file."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("geogebra.xml") as stream:
            data = stream.read(LARGEST + 1)
    except KeyError:
        raise DataError("has no geogebra.xml in it; save it again with GeoGebra") from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise DataError("is no whole zip file; save it again with GeoGebra") from None
    if len(data) > LARGEST:
        raise DataError(f"its geogebra.xml has more than {LARGEST >> 20} MB; draw a smaller sheet")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError("its geogebra.xml is no UTF-8 text; save it again with GeoGebra") from None


def _problem(text: str, name: str, goal: str | None, *, goalless: bool) -> Problem:
    construction = _construction(text)
    sheet = Sheet(places=dict(_places(construction)))
    asked: list[Statement] = []
    for element in construction:
        label = element.get("label", "")
        if element.tag == "command":
            asked += _command(sheet, element, asking=goal is None)
        elif element.tag == "expression":
            _expression(sheet, label, element.get("exp", ""))
        elif element.tag == "element" and label not in sheet.objects.keys() | sheet.measured:
            _free(sheet, element, label)
    if goal is None and not asked and not goalless:
        raise DataError(
            "asks for nothing; add Prove[AreCollinear[A, B, C]], or give a goal such as "
            "'perp a h b c'"
        )
    goals = "; ".join(map(str, asked)) if goal is None else _in_names(sheet, goal)
    if not sheet.clauses:
        raise DataError("has no points; draw some")
    text = f"{'; '.join(map(str, sheet.clauses))} ? {goals}"
    problem = parse(text, name=name, goalless=goalless)
    at = {
        point: sheet.places[label] for point, label in sheet.labels.items() if label in sheet.places
    }
    return replace(problem, at=at)


def _construction(text: str) -> ElementTree.Element:
    """The sheet's objects, of XML without anything that could make it grow or reach outside."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DataError("its XML has a document type, which no GeoGebra file has; it is not read")
    if "\0" in text:  # the parser would take it for UTF-16, and a document type would be hidden
        raise DataError("its XML is broken (it has zero bytes); save it again with GeoGebra")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"its XML is broken ({error}); save it again with GeoGebra") from None
    construction = root if root.tag == "construction" else root.find("construction")
    if construction is None:
        raise DataError("its XML has no construction; save it again with GeoGebra")
    return construction


def _places(construction: ElementTree.Element) -> Iterator[tuple[str, tuple[float, float]]]:
    """Where points are drawn; their coordinates are homogeneous."""
    for element in construction.iter("element"):
        coords = element.find("coords")
        if element.get("type") != "point" or coords is None:
            continue
        try:
            x, y, z = (float(coords.get(axis, "nan")) for axis in "xyz")
            place = (x / z, y / z)
        except (ValueError, ZeroDivisionError):
            continue
        if all(map(isfinite, place)):
            yield element.get("label", ""), place


def _command(sheet: Sheet, element: ElementTree.Element, *, asking: bool) -> list[Statement]:
    """Add what a command makes; what it asks, if it asks."""
    name = element.get("name", "")
    labels = tuple(_attributes(element.find("output")))
    texts = _attributes(element.find("input"))
    arguments = [text for text in texts if text]
    if name in MEASURES:
        sheet.measured.update(labels)
        return []
    try:
        if name in _ASKING:
            if not asking:
                return []
            if name == "Relation":
                return [relation(sheet, [_evaluated(sheet, text) for text in arguments])]
            return [_question(sheet, text) for text in arguments]
        objects = run_command(
            sheet, name, [_evaluated(sheet, text) for text in arguments], _shown(labels)
        )
    except DataError as error:
        made = ", ".join(filter(None, labels)) or name
        raise DataError(f"{name} for {made}: {error}") from None
    sheet.objects.update(
        (label, made) for label, made in zip(labels, objects, strict=False) if label
    )
    return []


def _shown(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Without the last outputs that have no label, such as a second common point."""
    while labels and not labels[-1]:
        labels = labels[:-1]
    return labels


def _attributes(element: ElementTree.Element | None) -> list[str]:
    """The values of a0, a1, ... in their order."""
    if element is None:
        return []
    numbered = [
        (int(key[1:]), value) for key, value in element.attrib.items() if re.fullmatch(r"a\d+", key)
    ]
    return [value.strip() for _, value in sorted(numbered)]


def _expression(sheet: Sheet, label: str, text: str) -> None:
    """A number or a free point that was typed; a point that was computed is refused."""
    number = _number(text)
    if number is not None:
        sheet.objects[label] = number
    elif label in sheet.places and not _PLACE.fullmatch(text.strip()):
        if _CALL.fullmatch(text.strip()):
            sheet.objects[label] = _evaluated(sheet, text, label)
        else:
            raise DataError(
                f"the point {label} is computed by '{text}', which is not supported; "
                "make it by commands such as Midpoint"
            )


def _free(sheet: Sheet, element: ElementTree.Element, label: str) -> None:
    """A point that no command made is free; a slider is a number."""
    kind, value = element.get("type"), element.find("value")
    if kind == "point":
        sheet.objects[label] = sheet.make(label, ("free",))
    elif kind in ("numeric", "angle") and value is not None:
        try:
            number = float(value.get("val", ""))
        except ValueError:
            return
        if not isfinite(number):
            return
        # Angles are in radians in the file, and in whole degrees on the sheet most often.
        exact = Fraction(number / pi).limit_denominator(720)
        typed = Fraction(str(number))
        sheet.objects[label] = SheetNumber(exact if kind == "angle" else typed, kind == "angle")


def _evaluated(sheet: Sheet, text: str, label: str = "") -> SheetObject:
    """The object of this label, a number, or what a command inside of another makes."""
    text = text.strip()
    if text in sheet.objects:
        return sheet.objects[text]
    number = _number(text)
    if number is not None:
        return number
    call = _CALL.fullmatch(text)
    if text in sheet.measured:
        raise DataError(f"'{text}' is a measured number; use the segment or the points themselves")
    if call is None:
        hint = nearest(text, sheet.objects) if sheet.objects else "draw it first"
        raise DataError(f"there is no object '{text}' on the sheet before it; {hint}")
    arguments = [_evaluated(sheet, part) for part in _parts(call[2])]
    return run_command(sheet, call[1], arguments, (label,) if label else ())[0]


def _question(sheet: Sheet, text: str) -> Statement:
    for sign, name in SIGNS.items():
        left, found, right = text.partition(sign)
        if found:
            return statement(sheet, name, [_evaluated(sheet, part) for part in (left, right)])
    call = _CALL.fullmatch(text.strip())
    if call is None:
        raise DataError(f"'{text}' is no question; write AreCollinear[A, B, C]")
    return statement(sheet, call[1], [_evaluated(sheet, part) for part in _parts(call[2])])


def _parts(text: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[({") - (letter in "])}")
        if depth > DEEPEST:
            raise DataError(f"commands stand in each other more than {DEEPEST} deep; name some")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _number(text: str) -> SheetNumber | None:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    try:
        value = Fraction(match[1])
    except (ValueError, ZeroDivisionError):
        return None
    return SheetNumber(value / 180, angle=True) if match[2] else SheetNumber(value)


def _in_names(sheet: Sheet, goal: str) -> str:
    """A goal in which points may have their labels."""
    labelled = {
        label: made.name for label, made in sheet.objects.items() if isinstance(made, SheetPoint)
    }
    small = {label.lower(): name for label, name in labelled.items()}
    names = small | {name: name for name in sheet.labels} | labelled

    def renamed(word: str) -> str:
        return names.get(word, names.get(word.lower(), word))

    goals = []
    for part in goal.split(";"):
        head, *words = part.split() or [""]
        goals.append(" ".join((head, *map(renamed, words))))
    return "; ".join(goals)
