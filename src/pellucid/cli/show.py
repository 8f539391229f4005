"""Tables of evaluations for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pellucid.agent.evaluation import NAMES, Evaluation


def print_evaluations(evaluations: Sequence[Evaluation]) -> None:
    """Success with its interval, steps and time, a line each; the protocol below."""
    console, first = Console(), evaluations[0]
    table = Table(title=f"{first.tasks}: {len(first.episodes)} tasks")
    table.add_column("who acts")
    for name in ("solved", "success", "95 % interval", "steps", "ms a decision"):
        table.add_column(name, justify="right")
    for result in evaluations:
        low, high = result.interval.low, result.interval.high
        table.add_row(
            NAMES.get(result.actor, result.actor),
            f"{result.solved}/{len(result.episodes)}",
            f"{result.success:.0%}",
            f"{low:.0%} to {high:.0%}",
            f"{result.mean_steps:.0f}" if result.solved else "-",
            f"{1000 * result.seconds_per_decision:.2f}",
        )
    console.print(table)
    console.print(f"Solved: {first.protocol}.", markup=False, highlight=False)
