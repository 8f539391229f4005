"""`python -m pellucid.cli`: the command, where a launcher such as torchrun wants a module."""

from __future__ import annotations

import sys

from pellucid.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
