"""A job of an experiment is done once: what it found lies in its folder, and is read from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pellucid.learning.files import write_json

MEASURED = "measured.json"

Answer = TypeVar("Answer")


def recall(folder: Path, kind: type[Answer]) -> Answer | None:
    """What the job of this folder found, a dataclass; None where it is not done."""
    path = folder / MEASURED
    if not path.is_file():
        return None
    return kind(**json.loads(path.read_text(encoding="utf-8")))


def record(folder: Path, answer: Any) -> None:
    """Write down what the job of this folder found, a dataclass."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / MEASURED, asdict(answer))


def once(folder: Path, kind: type[Answer], find: Callable[[], Answer]) -> Answer:
    """What the job of this folder found before, or what it finds now, which is written down."""
    known = recall(folder, kind)
    if known is not None:
        return known
    answer = find()
    record(folder, answer)
    return answer
