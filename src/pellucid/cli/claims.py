"""`pellucid claims`: everything that is claimed, and what its last test said."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """List all claims with the last result of each."""

    output: Path = Path("runs")
    """The folder of all runs."""
    tables: bool = False
    """Print the last full table of each as Markdown: what docs/results.md is made of."""


def main(options: Options) -> int:
    """Print the list, or the tables."""
    if options.tables:
        return _print_tables(options.output)
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


def _print_tables(root: Path) -> int:
    """The tables as they were written by the last full runs, and the commands that wrote them."""
    from pellucid.experiments.framework import EXPERIMENTS, last_table

    pages = ["# Results", "Written by `pellucid claims --tables > docs/results.md`."]
    for name in EXPERIMENTS:
        table = last_table(name, root)
        if table is not None:
            pages.append(table.strip())
    sys.stdout.write("\n\n".join(pages).replace("\n# ", "\n## ") + "\n")
    return 0
