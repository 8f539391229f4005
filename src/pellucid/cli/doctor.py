"""`pellucid doctor`: what this machine has, and what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pellucid import __version__

LITTLE_SPACE = 2 * 10**9
"""A demo with its recording and its runs takes about half of this, in bytes."""


@dataclass(frozen=True)
class Options:
    """Say what this machine has; exit with 2 when something that is needed is missing."""

    output: Path = Path("runs")
    """The folder of all runs, whose disk is looked at."""


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    subject: str
    text: str
    remedy: str = ""
    """What to do, where something is wrong."""


def main(options: Options) -> int:
    """Print the report."""
    findings = [*system(), *packages(), *extras(), disk(options.output)]
    width = max(len(f.subject) for f in findings) + 2
    for finding in findings:
        remedy = f"  <- {finding.remedy}" if finding.remedy else ""
        sys.stdout.write(f"{finding.subject:<{width}}{finding.text}{remedy}\n")
    wrong = sum(bool(finding.remedy) for finding in findings)
    sys.stdout.write(f"{wrong} to mend\n" if wrong else "all is well\n")
    return 2 if wrong else 0


def system() -> Iterator[Finding]:
    """The machine and what computes on it."""
    import torch

    from pellucid.learning.device import choose_device

    yield Finding("pellucid", f"{__version__} at {Path(__file__).parents[1]}")
    yield Finding("python", f"{platform.python_version()} on {platform.platform()}")
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    threads = torch.get_num_threads()
    remedy = f"set OMP_NUM_THREADS to {cores} or less" if threads > cores else ""
    yield Finding("threads", f"{threads} on {cores} cores", remedy)
    yield Finding("device", str(choose_device("auto")))


def packages() -> Iterator[Finding]:
    """The packages that are needed always."""
    for name, extra in _requirements():
        if extra is None:
            version = _version(name)
            remedy = "" if version else f"pip install {name}"
            yield Finding(name, version or "missing", remedy)


def extras() -> Iterator[Finding]:
    """The optional packages, by the extra that installs them; none of them is needed."""
    wanted: dict[str, list[str]] = {}
    for name, extra in _requirements():
        if extra is not None:
            wanted.setdefault(extra, []).append(name)
    for extra, names in sorted(wanted.items()):
        missing = [name for name in names if _version(name) is None]
        text = f"without {', '.join(missing)}: pip install 'pellucid[{extra}]'"
        yield Finding(f"extra {extra}", text if missing else "installed")


def disk(output: Path) -> Finding:
    """The space that is left for runs."""
    place = output.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    remedy = "free some space" if free < LITTLE_SPACE else ""
    if not os.access(place, os.W_OK):
        remedy = "choose a folder where you may write, by --output"
    return Finding("disk", f"{free / 1e9:.1f} GB free at {place}", remedy)


def _requirements() -> Iterator[tuple[str, str | None]]:
    """The packages that ours names, each with its extra or None; none where it is not installed."""
    try:
        lines = importlib.metadata.requires("pellucid") or []
    except importlib.metadata.PackageNotFoundError:
        lines = []
    for line in lines:
        name = re.match(r"[A-Za-z0-9._-]+", line)
        extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", line)
        assert name is not None, line
        yield name.group(), extra.group(1) if extra else None


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
