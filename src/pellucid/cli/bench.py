"""`pellucid bench NAME`: how fast is it, beside others on the same machine?"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from pellucid.errors import ConfigError, nearest

BENCHES = {
    "mortal": "pellucid.experiments.bench_mortal",
    "networks": "pellucid.experiments.bench_networks",
    "planning": "pellucid.experiments.bench_planning",
    "sparse-coding": "pellucid.experiments.bench_sparse_coding",
}


@dataclass(frozen=True)
class Options:
    """Measure speed and print a table of ratios; exit with 1 when one is above its bar."""

    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
    """What to measure: mortal, networks, planning or sparse-coding."""
    peer: Path | None = None
    """The checkout of the software to compare planning with; without it our times only."""
    repeats: int | None = None
    """How often each time is taken."""
    quick: bool = False
    """A tenth of the budget, or the small sizes only."""
    save: Path | None = None
    """Write the rows there, as JSON."""


def main(options: Options) -> int:
    """Run it."""
    if options.name not in BENCHES:
        raise ConfigError(f"no bench is called '{options.name}': {nearest(options.name, BENCHES)}")
    code: int = importlib.import_module(BENCHES[options.name]).main(arguments(options))
    return code


def arguments(options: Options) -> list[str]:
    """The options as the words of a bench's own command line."""
    words = ["--quick"] if options.quick else []
    named = {"--peer": options.peer, "--repeats": options.repeats, "--save": options.save}
    for name, value in named.items():
        if value is not None:
            words += [name, str(value)]
    return words
