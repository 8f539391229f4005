"""`pellucid gallery`: every figure of natural signals, with the code that makes it, as one page."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Make the page; five minutes of one core. What was made before is kept."""

    output: Path = Path("gallery")
    """The folder of the page."""
    only: tuple[str, ...] = ()
    """Make these exhibits only, such as simple_cells; all of them by default."""


def main(options: Options) -> int:
    """Make it, and say where it is."""
    from pellucid.learning.progress import choose_progress
    from pellucid.studio.gallery import EXHIBITS
    from pellucid.studio.gallery_page import make_gallery

    target = make_gallery(options.output, options.only or EXHIBITS, progress=choose_progress())
    sys.stdout.write(f"written to {target}\n")
    return 0
