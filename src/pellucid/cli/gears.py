"""`pellucid gears TEXT|FILE`: which way does it turn, and why."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Options:
    """Answer a problem about gears, belts and axles in plain English, with the reason."""

    problem: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="TEXT|FILE")]
    """A problem in words, such as "Six gears stand in a row. Each meshes with the next. Gear 3 is
    turned clockwise. Which way does gear 6 turn?", or a file with one."""


def main(options: Options) -> int:
    """Read it, follow what turns what, and print the answers with what makes them so."""
    from pellucid.errors import DataError
    from pellucid.reasoning.gears import answer, read_problem

    text = options.problem
    path = Path(text)
    if len(text.split()) == 1:
        if not path.is_file():
            raise DataError(f"'{text}' is no file: give one, or a problem in words between quotes")
        text = path.read_text(encoding="utf-8")
    for reply in answer(read_problem(text)):
        sys.stdout.write(f"{reply.text}\n")
        for reason in reply.reasons:
            sys.stdout.write(f"  {reason[0].upper()}{reason[1:]}.\n")
    return 0
