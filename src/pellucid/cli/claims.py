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
    tables: Path | None = None
    """Write the last full table of each as Markdown into this folder, such as docs/results."""


def main(options: Options) -> int:
    """Print the list, or write the tables."""
    if options.tables is not None:
        return _write_tables(options.output, options.tables)
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


def _write_tables(runs: Path, folder: Path) -> int:
    """Write the table of each full run that is here to `folder`, and an index of all tables there.

    The tables of claims that were tested elsewhere stay as they are.
    """
    from pellucid.experiments.framework import EXPERIMENTS, last_table
    from pellucid.learning.files import write_atomically

    index = ["# Results", "Written by `pellucid claims --tables docs/results`."]
    for name, experiment in EXPERIMENTS.items():
        path, table = folder / f"{name}.md", last_table(name, runs)
        if table is not None:
            write_atomically(path, (table.strip() + "\n").encode())
        if path.is_file():
            index.append(f"[{name}]({path.name}): {experiment.claim}\\\n{_summary(path, name)}")
    write_atomically(folder / "README.md", ("\n\n".join(index) + "\n").encode())
    sys.stdout.write(f"written to {folder}\n")
    return 0


def _summary(page: Path, name: str) -> str:
    """The line of a table's page that sums it up."""
    lines = page.read_text(encoding="utf-8").splitlines()
    summing = [line for line in lines if line.startswith(f"{name}: ")]
    return summing[-1].removeprefix(f"{name}: ") if summing else "no summary"
