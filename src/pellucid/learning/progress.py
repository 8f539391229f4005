"""What a person sees while something runs: a bar on a terminal, now and then a line in a pipe."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TextIO

Report = Callable[[float, Mapping[str, float]], None]
"""Takes the share that is done, 0 to 1, and numbers to show beside it."""


class Progress(Protocol):
    """Shows how far a task is.

    progress.say("continuing from step 100")
    with progress.task("training") as report:
        report(0.5, {"loss": 1.25})
    """

    def say(self, message: str) -> None:
        """Show one line."""
        ...

    def task(self, name: str) -> AbstractContextManager[Report]:
        """Begin a task; what is given reports its progress."""
        ...


def choose_progress(stream: TextIO | None = None) -> Progress:
    """A bar where `stream` (standard error by default) is a terminal, else lines."""
    stream = sys.stderr if stream is None else stream
    return Bar(stream) if stream.isatty() else Lines(stream)


@dataclass(frozen=True)
class Silent:
    """Shows nothing."""

    def say(self, message: str) -> None:
        """Show nothing."""

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[Report]:
        """Show nothing."""
        yield lambda share, numbers: None


@dataclass(frozen=True)
class Lines:
    """A line every few seconds, for pipes and logs."""

    stream: TextIO
    seconds: float = 5.0
    """The time between lines."""

    def say(self, message: str) -> None:
        """Write one line."""
        self.stream.write(message + "\n")
        self.stream.flush()

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[Report]:
        """Write the first report, then one every few seconds, and the last."""
        began = time.monotonic()
        shown = -self.seconds
        waiting: str | None = None

        def report(share: float, numbers: Mapping[str, float]) -> None:
            nonlocal shown, waiting
            now = time.monotonic() - began
            waiting = f"{name} {share:4.0%}  {clock(now)}  {show(numbers)}".rstrip()
            if now - shown >= self.seconds:
                self.say(waiting)
                shown, waiting = now, None

        try:
            yield report
        finally:
            if waiting is not None:
                self.say(waiting)


@dataclass(frozen=True)
class Bar:
    """A bar that moves, for terminals."""

    stream: TextIO

    def say(self, message: str) -> None:
        """Write one line."""
        self.stream.write(message + "\n")
        self.stream.flush()

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[Report]:
        """Draw the bar, the time that is left, and the numbers."""
        # Here because rich's progress takes a tenth of a second to import.
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[numbers]}"),
        )
        with RichProgress(*columns, console=Console(file=self.stream)) as bar:
            task = bar.add_task(name, total=1.0, numbers="")
            yield lambda share, numbers: bar.update(task, completed=share, numbers=show(numbers))


def show(numbers: Mapping[str, float]) -> str:
    """Numbers with their names, in four digits."""
    return "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())


def clock(seconds: float) -> str:
    """A time as minutes:seconds, with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
