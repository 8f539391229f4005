"""`pellucid check FILE`: is what `pellucid prove --out` saved right? Asked of another program."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Options:
    """Check certificates and proofs without the provers; exit with 1 where one is refused."""

    files: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE")]
    """Files that `pellucid prove --out` wrote."""


def main(options: Options) -> int:
    """Print a line for each claim."""
    from pellucid.errors import ConfigError
    from pellucid.reasoning.geometry.check_file import check_file

    if not options.files:
        raise ConfigError("no file to check: name one that `pellucid prove --out` wrote")
    verdicts = [check_file(path) for path in options.files]
    for path, verdict in zip(options.files, verdicts, strict=True):
        for line in verdict.lines:
            sys.stdout.write(f"{path}: {line}\n")
    return 0 if all(verdict.accepted for verdict in verdicts) else 1
