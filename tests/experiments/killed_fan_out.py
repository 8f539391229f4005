"""Two jobs that never end: `python killed_fan_out.py FOLDER`; each writes its process's number."""

import os
import sys
import time
from pathlib import Path

from pellucid.experiments.fan_out import fan_out


def wait(folder: Path) -> None:
    (folder / f"{os.getpid()}.begun").touch()
    time.sleep(600)


if __name__ == "__main__":
    fan_out(wait, [Path(sys.argv[1])] * 2, at_once=2)
