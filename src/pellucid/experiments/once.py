"""A job of an experiment is done once: what it found lies in its folder, and is read from there.

What is found is a dataclass of numbers, words, and dictionaries, lists or dataclasses of such.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, get_args, get_origin, get_type_hints

from pellucid.learning.device import set_threads
from pellucid.learning.files import write_json
from pellucid.learning.runs import RunFolder

MEASURED = "measured.json"

Answer = TypeVar("Answer")
J = TypeVar("J", bound="NamedJob")
Plan = TypeVar("Plan")


def recall(folder: Path, kind: type[Answer]) -> Answer | None:
    """What the job of this folder found, a dataclass; None where it is not done."""
    path = folder / MEASURED
    if not path.is_file():
        return None
    found: Answer = _built(kind, json.loads(path.read_text(encoding="utf-8")))
    return found


def record(folder: Path, answer: Any) -> None:
    """Write down what the job of this folder found, a dataclass."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / MEASURED, dataclasses.asdict(answer))


def once(folder: Path, kind: type[Answer], find: Callable[[], Answer]) -> Answer:
    """What the job of this folder found before, or what it finds now, which is written down."""
    known = recall(folder, kind)
    if known is not None:
        return known
    answer = find()
    record(folder, answer)
    return answer


@dataclass(frozen=True)
class SeedJob(Generic[Plan]):
    """The part of a run that has one seed."""

    name: str
    plan: Plan
    seed: int
    output: Path


class NamedJob(Protocol):
    """A job of a run, done in a folder of its own."""

    @property
    def name(self) -> str:
        """Of the folder."""

    @property
    def output(self) -> Path:
        """The folder of the run."""


def once_a_job(
    kind: type[Answer],
) -> Callable[[Callable[[J], Answer]], Callable[[J], Answer]]:
    """Let a function of a job find its answer once, on one thread, or read what it found before.

    It stays importable by name, for `fan_out`.
    """

    def decorate(find: Callable[[J], Answer]) -> Callable[[J], Answer]:
        @functools.wraps(find)
        def found(job: J) -> Answer:
            set_threads(1)  # many at once on one thread each are faster than one on many
            return once(job.output / job.name, kind, lambda: find(job))

        return found

    return decorate


def train_once(job: J, kind: type[Answer], find: Callable[[J, RunFolder], Answer]) -> Answer:
    """What a job found that trains in its folder; where it was killed, the training goes on."""
    folder = job.output / job.name
    known = recall(folder, kind)
    if known is not None:
        return known
    with RunFolder.begin(job.output, job.name, job) as run:
        answer = find(job, run)
        record(folder, answer)
        # Last: a run that is finished would be begun anew.
        run.finish()
    return answer


def _built(hint: Any, value: Any) -> Any:
    """The value as its type says: dataclasses anew, also those inside of others."""
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{name: _built(hints.get(name), item) for name, item in value.items()})  # type: ignore[operator]
    if get_origin(hint) is dict:
        return {name: _built(get_args(hint)[1], item) for name, item in value.items()}
    if get_origin(hint) is list:
        return [_built(get_args(hint)[0], item) for item in value]
    return value
