"""What an experiment reports: rows of what is claimed, what others published, what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pellucid.config import check
from pellucid.experiments.statistics import Measured


@dataclass(frozen=True)
class Settings:
    """What every experiment is told."""

    quick: bool = False
    """The size of a test, under 20 seconds; its rows are not judged."""
    full: bool = False
    """The whole table, of an experiment that has a shorter form."""
    seeds: int = 3
    """How often whatever is random in training is repeated."""
    output: Path = Path("runs")
    """The folder of all runs; the experiment itself is given the folder of its own run."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        check(not (self.quick and self.full), "a run is quick or full, not both")
        check(self.seeds >= 1, f"seeds is {self.seeds}: give 1 or more")


@dataclass(frozen=True)
class Published:
    """A figure of others."""

    value: float
    source: str
    """Who published it, and where."""
    protocol: str = ""
    """How it was measured, where that differs from ours; shown as a footnote."""


@dataclass(frozen=True)
class Null:
    """What one has without the thing that is claimed."""

    name: str
    """What it is, such as "random actions"."""
    value: Measured | float


@dataclass(frozen=True)
class Bar:
    """What the measured value must reach for the claim to hold."""

    kind: Literal["at least", "at most"]
    value: float

    def holds(self, value: float) -> bool:
        """Whether `value` is on the right side; one that is not a number is not."""
        return value >= self.value if self.kind == "at least" else value <= self.value


@dataclass(frozen=True)
class Row:
    """One quantity, in one unit."""

    quantity: str
    measured: Measured
    published: tuple[Published, ...] = field(default=(), kw_only=True)
    null: Null | None = field(default=None, kw_only=True)
    bar: Bar | None = field(default=None, kw_only=True)
    unit: str = field(default="", kw_only=True)
    note: str = field(default="", kw_only=True)

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached; None where there is none."""
        return None if self.bar is None else self.bar.holds(self.measured.value)


@dataclass(frozen=True)
class Result:
    """What an experiment found."""

    name: str
    claim: str
    rows: tuple[Row, ...]
    settings: Settings
    seconds: float

    @property
    def judged(self) -> bool:
        """Whether the bars count: a quick run is too small for them."""
        return not self.settings.quick and any(row.bar is not None for row in self.rows)

    @property
    def holds(self) -> bool | None:
        """Whether every bar is reached; None where none is judged."""
        return all(row.holds is not False for row in self.rows) if self.judged else None

    @property
    def exit_code(self) -> int:
        """0, or 1 where the claim does not hold."""
        return 1 if self.holds is False else 0
