"""`pellucid run NAME [--quick] [--seeds N]`: is the claim true?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Options:
    """Run an experiment and print its table; exit with 1 when its claim does not hold."""

    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
    """The experiment; `pellucid claims` lists them."""
    quick: bool = False
    """The size of a test, under 20 seconds; nothing is judged."""
    full: bool = False
    """The whole table of an experiment that has a shorter form (mortal)."""
    seeds: int = 3
    """How often whatever is random in training is repeated."""
    output: Path = Path("runs")
    """The folder of all runs."""
    fresh: bool = False
    """Start anew, even if a run of the same settings is unfinished."""


def main(options: Options) -> int:
    """Run it."""
    from pellucid.experiments import Settings, run_experiment

    settings = Settings(
        quick=options.quick, full=options.full, seeds=options.seeds, output=options.output
    )
    return run_experiment(options.name, settings, fresh=options.fresh)
