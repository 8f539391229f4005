"""The field's sets of problems by name, where they are on this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.front import is_file, is_folder, read_texts

VARIABLE = "PELLUCID_DATA"
"""The environment variable that names the folder of all data; sets are in its `geometry`."""
SETS = {
    "imo_ag_30": "alphageometry/imo_ag_30.txt",
    "jgex_ag_231": "alphageometry/jgex_ag_231.txt",
    "imo_102_requires_aux": "newclid/imo_102_requires_aux.txt",
    "larger_imo_eval": "newclid/larger_imo_eval.txt",
    "ag2": "alphageometry2/ag2_imo_problems.txt",
}
"""By AlphaGeometry (30 and 231 problems), Newclid (101 and 172), and AlphaGeometry2 (26)."""


def find_set(name: str, *, data: Path | None = None) -> list[tuple[str, int, str]]:
    """The problems of a set, of a file, or of all files of a folder: of each name, line and text.

    Parameters
    ----------
    name
        One of `SETS`, a file, or a folder of files that end in .txt or .ggb.
    data
        The folder with the sets; by default `geometry` in the folder that PELLUCID_DATA names.

    Raises
    ------
    DataError
        There is no such set, it is not on this machine, or no problem is in it.
    """
    if name not in SETS:
        if is_file(name):
            return read_texts(name)
        if is_folder(name):
            paths = sorted(p for p in Path(name).iterdir() if p.suffix.lower() in (".txt", ".ggb"))
            if paths:
                return [problem for path in paths for problem in read_texts(path)]
            raise DataError(f"the folder {name} has no problems: they end in .txt or .ggb")
        raise DataError(f"no set and no file is called '{name}': {nearest(name, SETS)}")
    tried = _places(SETS[name], data)
    for path in tried:
        if path.is_file():
            return read_texts(path)
    raise DataError(
        f"the set {name} is not at {' or '.join(map(str, tried))}: name its folder by --data or "
        f"{VARIABLE}, or give a file of problems"
    )


def _places(path: str, data: Path | None) -> Sequence[Path]:
    """Where a set may be: with or without the folder of its authors."""
    if data is None:
        named = os.environ.get(VARIABLE)
        data = Path(named) / "geometry" if named else Path("geometry")
    return (data / path, data / Path(path).name)
