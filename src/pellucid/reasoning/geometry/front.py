"""One reader for problems in whatever language, from text or from a file.

    read_problem("a b c = triangle; h = orthocenter a b c ? perp a h b c")
    read_problem("altitudes.ggb", goal="perp A H B C")
    read_problem("imo_ag_30.txt", name="translated_imo_2000_p1")

Three languages are told apart by how they begin: lines of `point`, `assume` and `prove`
(`assumptions`); points with places, of which statements are assumed (`coordinates`); and clauses
that make points (`jgex`). A name that ends in `.ggb` is a sheet of GeoGebra.
"""

from __future__ import annotations

import re
from pathlib import Path

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry import assumptions, coordinates, jgex
from pellucid.reasoning.geometry.definitions import definitions
from pellucid.reasoning.geometry.geogebra import read_geogebra
from pellucid.reasoning.geometry.problem import Problem

CLAUSES, PLACES, LINES = "clauses", "places", "lines"
"""The languages of `jgex`, `coordinates` and `assumptions`."""
EXAMPLE = "a b c = triangle a b c; h = orthocenter h a b c ? perp a h b c"
LARGEST = 1 << 20
"""Letters that a file of problems may have."""

_VERB = re.compile(r"\s*(?:#[^\n]*\s*)*(point|assume|prove)\s", re.ASCII)


def read_problem(
    source: str, *, goal: str | None = None, name: str | None = None, goalless: bool = False
) -> Problem:
    """Read a problem: of a file if there is one of this name, else of the text itself.

    Parameters
    ----------
    source
        A file's name, or a problem.
    goal
        What is to be proved, in the place of what the problem asks.
    name
        Which problem, of a file with several.
    goalless
        Whether a figure alone will do.

    Raises
    ------
    DataError
        In one line: what is wrong, where, and how it is written.
    """
    path = Path(source)
    if is_file(source):
        if path.suffix.lower() == ".ggb":
            return read_geogebra(path, goal=goal, goalless=goalless)
        found, line, text = _chosen(read_texts(path), path, name)
        try:
            return parse_text(text, name=found, line=line, goal=goal, goalless=goalless)
        except DataError as error:
            raise DataError(f"{path}: {error}") from None
    if is_folder(source):
        raise DataError(
            f"{source} is a folder; name a file in it, or try all by 'pellucid geometry bench "
            f"{source}'"
        )
    if not re.search(r"[=?\n]", source):
        raise DataError(
            f"no file is called '{jgex.shorten(source)}', and it is no problem in words; "
            f"write one such as '{EXAMPLE}'"
        )
    return parse_text(source, goal=goal, goalless=goalless)


def is_file(source: str) -> bool:
    """Whether there is a file of this name; a text may be no name at all."""
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False


def is_folder(source: str) -> bool:
    """Whether there is a folder of this name."""
    try:
        return Path(source).is_dir()
    except (OSError, ValueError):
        return False


def parse_text(
    text: str,
    *,
    name: str = "problem",
    line: int = 1,
    goal: str | None = None,
    goalless: bool = False,
) -> Problem:
    """Read a problem in any of the languages; see `read_problem`."""
    kind = language(text)
    if goalless and kind != CLAUSES:
        raise DataError(
            f"{name}: given by coordinates, it is one figure, and says nothing of others; write "
            "clauses that make its points"
        )
    if kind == CLAUSES:
        asked = text if goal is None else f"{text.partition('?')[0]}? {goal}"
        return jgex.parse(asked, name=name, line=line, goalless=goalless)
    if kind == PLACES:
        asked = text if goal is None else f"{text.partition('?')[0]}? {goal.replace(';', ',')}"
        return coordinates.parse(asked, name=name)
    return assumptions.parse(_asking(text, goal), name=name)


def language(text: str) -> str:
    """Which of the three languages a text is written in; `clauses` where it is none."""
    if _VERB.match(text):
        return LINES
    clauses = [part for part in text.partition("?")[0].split(";") if part.strip()]
    heads = [word for part in clauses for word in part.partition("=")[0].split()]
    if not heads or not all("@" in word for word in heads):
        return CLAUSES
    said = [part.partition("=")[2].split()[:1] for part in clauses]
    # `circle` is a statement there and a construction here; but here, every clause makes something.
    stated = any(
        w in coordinates.POINTS and w not in definitions() for words in said for w in words
    )
    return PLACES if stated or not all(said) else CLAUSES


def read_texts(path: str | Path) -> list[tuple[str, int, str]]:
    """The problems of a file, unread: of each its name, the line where it begins, and its text.

    A file has one problem, in whatever language; or several, with a name in the line before each;
    or one in every line.

    Raises
    ------
    DataError
        The file cannot be read, or there is no problem in it.
    """
    path = Path(path)
    if path.suffix.lower() == ".ggb":
        return [(path.stem, 1, str(read_geogebra(path)))]
    try:
        with path.open(encoding="utf-8") as stream:
            text = stream.read(LARGEST + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: is no text; write problems as text, or give a .ggb") from None
    if len(text) > LARGEST:
        raise DataError(f"{path}: is longer than {LARGEST >> 20} MB; cut it in parts")
    return split_texts(text, path)


def split_texts(text: str, path: Path) -> list[tuple[str, int, str]]:
    """The problems of a text; see `read_texts`."""
    if language(text) == LINES:
        return [(path.stem, 1, text)]
    lines = ["" if line.lstrip().startswith("#") else line for line in text.splitlines()]
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not kept:
        raise DataError(f"{path}: has no problem in it; write one such as '{EXAMPLE}'")
    whole = [bool("=" in line and "?" in line) for _, line in kept]
    if len(kept) > 1 and all(whole):
        return [(f"line {number}", number, line) for number, line in kept]
    if whole[0] or "=" in kept[0][1] or "?" in kept[0][1]:
        first = kept[0][0]
        return [(path.stem, first, "\n".join(lines[first - 1 :]))]
    found = jgex.split_set(text, path=path)
    if found:
        return found
    if len(kept) > 1:  # a name, and a problem in several lines
        first = kept[1][0]
        return [(kept[0][1].strip(), first, "\n".join(lines[first - 1 :]))]
    raise DataError(f"{path}: has a name and no problem; write one such as '{EXAMPLE}'")


def _chosen(
    found: list[tuple[str, int, str]], path: Path, name: str | None
) -> tuple[str, int, str]:
    names = [item[0] for item in found]
    if name is not None:
        if name not in names:
            raise DataError(f"{path} has no problem '{name}': {nearest(name, names)}")
        return found[names.index(name)]
    if len(found) > 1:
        raise DataError(
            f"{path} holds {len(found)} problems; choose one, as by --name '{names[0]}', or try "
            f"all by 'pellucid geometry bench {path}'"
        )
    return found[0]


def _asking(text: str, goal: str | None) -> str:
    """A problem in lines, with this goal for its own."""
    if goal is None:
        return text
    kept = ["" if line.lstrip().startswith("prove") else line for line in text.splitlines()]
    return "\n".join([*kept, *(f"prove {part}" for part in goal.split(";"))])
