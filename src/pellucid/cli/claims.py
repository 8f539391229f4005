"""`pellucid claims`: everything that is claimed, and what its last test said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """List all claims with the last result of each."""

    output: Path = Path("runs")
    """The folder of all runs."""


def main(options: Options) -> int:
    """Print the list."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pellucid.experiments.framework import EXPERIMENTS, last_result

    table = Table("experiment", "claim", "last result", "when")
    for name, experiment in EXPERIMENTS.items():
        record = last_result(name, options.output)
        if record is None:
            result, when = f"not run here: pellucid run {name}", "-"
        else:
            result = str(record["summary"]).removeprefix(f"{name}: ")
            when = str(record.get("created", "-"))[:16].replace("T", " ")
        table.add_row(*(Text(cell) for cell in (name, experiment.claim, result, when)))
    Console().print(table)
    return 0
