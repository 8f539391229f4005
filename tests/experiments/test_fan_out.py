import operator
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pellucid.experiments.fan_out import fan_out


def test_answers_come_in_the_order_of_the_jobs():
    assert fan_out(operator.neg, [3, 1, 2], at_once=1) == [-3, -1, -2]


def process(_):
    return os.getpid()


@pytest.mark.slow
def test_jobs_run_in_processes_of_their_own():
    assert fan_out(abs, [-3, -1, -2], at_once=2) == [3, 1, 2]
    assert os.getpid() not in fan_out(process, [1, 2, 3], at_once=2)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_workers_end_with_a_killed_parent(tmp_path):
    script = Path(__file__).with_name("killed_fan_out.py")
    with subprocess.Popen([sys.executable, str(script), str(tmp_path)]) as parent:
        begun = wait_for(lambda: [int(p.stem) for p in tmp_path.glob("*.begun")], 2)
        parent.kill()
    assert os.getpid() not in begun
    wait_for(lambda: [pid for pid in begun if ended(pid)], 2)


def ended(pid):
    """Gone, or waiting to be buried by whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_for(found, count, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if len(found()) == count:
            return found()
        time.sleep(0.05)
    raise AssertionError(f"{found()} after {seconds} seconds")


def fails(job):
    if job == 2:
        raise ValueError("job 2")
    return job


def test_an_error_of_one_job_is_raised():
    with pytest.raises(ValueError, match="job 2"):
        fan_out(fails, [1, 2, 3], at_once=1)
