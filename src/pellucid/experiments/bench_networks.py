"""How long a network takes, forward and backward, beside the public form of the same computation.

    python -m pellucid.experiments.bench_networks

The public forms are derived anew from the papers, in the way of their code and in plain PyTorch
(`bench_references`, `bench_rate_references`). Both sides of a row have the same weights and input.
Before anything is timed their outputs and all of their gradients are compared: a row whose sides
differ ends the bench, for it would time two computations.

What is compared is CPU time on one thread, in alternation (`bench_pairs`). The bar is a ratio of at
most 1: one median above it is a failure (exit status 1). Most of a block's time is in matrix
products that both sides hand to the same library, the perceptron of ToST and of the plain
transformer throughout: no ratio can be far below 1 there, and the interval is to be read with it.

Two more things are tried at the first size of each network, and fail the bench too. `torch.compile`
takes our form as one graph, and gives the same output and gradients. Under autocast to bfloat16 the
output and all gradients are finite. The compiler's own back end needs a C++ compiler; without one,
and with `--quick`, "aot_eager" stands for it, which traces both passes and generates no code.

For the objectives and the construction of a ReduNet the public form is in float32, and ours is in
float64 where sums of squares are formed.
"""

from __future__ import annotations

import os
import shutil
import warnings
from dataclasses import asdict, dataclass

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from pellucid.experiments.bench_network_cases import (
    QUICK,
    Case,
    Computation,
    Pass,
    Sizes,
    all_cases,
    differences,
)
from pellucid.experiments.bench_pairs import alternate, interval_of, parser_of, save, steady

TOLERANCE = 1e-4
"""The largest relative difference of outputs in float32: orders of summation, no more."""
TURNED = 2e-2
"""The same of gradients: where rounding turns a rectifier, its share of the gradient goes too."""


@dataclass(frozen=True)
class Row:
    """One network at one size; times are medians, in milliseconds forward and backward."""

    network: str
    size: str
    cpu_ms: float
    public_cpu_ms: float
    ratio: float
    """CPU time of ours to the public form's: the median over pairs that ran one after the other."""
    ratio_low: float
    ratio_high: float
    difference: float
    """The relative difference between the outputs of both sides."""
    compiled: str
    """"yes", what went wrong, or "-" where there is nothing to compile."""
    bf16: str
    """"finite" or "not finite"."""

    @property
    def holds(self) -> bool:
        """Whether it is as fast as the public form, compiles, and stays finite."""
        return self.ratio <= 1.0 and self.compiled in ("yes", "-") and self.bf16 == "finite"


def measure(case: Case, *, repeats: int) -> tuple[float, float, float, float, float]:
    """CPU milliseconds of ours and of the public form, and the ratio with its interval."""
    cpu = alternate([case.ours, case.public], repeats=repeats)[..., 0]
    ours, public = np.median(cpu, axis=0)
    return float(ours), float(public), *interval_of(cpu[:, 0] / cpu[:, 1])


def compiled(case: Case, backend: str) -> str:
    """Whether our form is one graph for `torch.compile`, and the same when compiled."""
    if not case.compiles:
        return "-"
    torch.compiler.reset()
    twin = case.ours.twin(lambda compute: torch.compile(compute, fullgraph=True, backend=backend))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that complex numbers will not be faster
            found = twin.results()
    except Exception as error:  # whatever a compiler may raise, the table is to say it
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
    apart = differences(found, case.ours.twin(lambda compute: compute).results())
    return "yes" if agree(apart) else f"differs by {max(apart.values()):.1e}"


def agree(apart: dict[str, float]) -> bool:
    """Whether two forms with these relative differences are one computation."""
    gradients = (value for name, value in apart.items() if name != "output")
    return apart["output"] <= TOLERANCE and all(value <= TURNED for value in gradients)


def stays_finite(ours: Pass) -> bool:
    """Whether the output and all gradients of a pass under autocast to bfloat16 are numbers."""

    def in_half(compute: Computation) -> Computation:
        def run(x: Tensor) -> Tensor:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return compute(x)

        return run

    return all(
        bool(torch.isfinite(result).all()) for result in ours.twin(in_half).results().values()
    )


def bench(sizes: Sizes, *, repeats: int, backend: str) -> list[Row]:
    """All networks at all sizes."""
    rows: list[Row] = []
    checked: dict[str, tuple[str, str]] = {}
    for case in all_cases(sizes):
        apart = case.differences()
        assert agree(apart), f"{case.network}: the two sides differ by {max(apart.values()):.1e}"
        if case.network not in checked:
            finite = "finite" if stays_finite(case.ours) else "not finite"
            checked[case.network] = compiled(case, backend), finite
        times = measure(case, repeats=repeats)
        rows.append(Row(case.network, case.size, *times, apart["output"], *checked[case.network]))
    return rows


def available_backend(quick: bool) -> str:
    """The compiler's own back end, where it can generate code here and there is time for it."""
    compiler = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")
    return "inductor" if compiler and not quick else "aot_eager"


def table_of(rows: list[Row], backend: str) -> Table:
    """The rows as a table."""
    table = Table(title=f"forward and backward, one thread; torch.compile by {backend}")
    table.add_column("network", no_wrap=True)
    table.add_column("size", no_wrap=True)
    for heading in ("CPU ms", "public", "ratio", "95 %", "compiled", "bf16"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.network,
            row.size,
            f"{row.cpu_ms:.1f}",
            f"{row.public_cpu_ms:.1f}",
            f"{row.ratio:.3f}",
            f"{row.ratio_low:.2f}..{row.ratio_high:.2f}",
            row.compiled,
            row.bf16,
        )
    return table


def main(argv: list[str] | None = None) -> int:
    """Print the table; 0 when every row holds, else 1."""
    parser = parser_of(
        "networks",
        "Time networks, forward and backward.",
        repeats=31,
        counted="timed pairs of each row",
        quick="small sizes, and no generated code",
    )
    options = parser.parse_args(argv)
    backend = available_backend(options.quick)
    with steady():
        rows = bench(QUICK if options.quick else Sizes(), repeats=options.repeats, backend=backend)
    console = Console(width=110)
    console.print(table_of(rows, backend))
    save(options.save, {"backend": backend, "rows": [asdict(row) for row in rows]})
    console.print(summary(rows))
    return 0 if all(row.holds for row in rows) else 1


def summary(rows: list[Row]) -> str:
    """What was found, in one line."""
    ratios = [row.ratio for row in rows]
    slow = sum(ratio > 1.0 for ratio in ratios)
    broken = sorted({row.network for row in rows if row.compiled not in ("yes", "-")})
    endless = sorted({row.network for row in rows if row.bf16 != "finite"})
    return (
        f"{'holds' if all(row.holds for row in rows) else 'DOES NOT HOLD'}: CPU time, ours / "
        f"public form, is {min(ratios):.3f} to {max(ratios):.3f} (bar: at most 1; {slow} of "
        f"{len(rows)} above), torch.compile works for {_all_but(broken)}, bf16 stays finite for "
        f"{_all_but(endless)}"
    )


def _all_but(names: list[str]) -> str:
    return f"all but {', '.join(names)}" if names else "all"


if __name__ == "__main__":
    raise SystemExit(main())
