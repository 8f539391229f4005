import operator

import pytest

from pellucid.experiments.fan_out import fan_out


def test_answers_come_in_the_order_of_the_jobs():
    assert fan_out(operator.neg, [3, 1, 2], at_once=1) == [-3, -1, -2]


@pytest.mark.slow
def test_jobs_run_in_processes_of_their_own():
    pids = fan_out(abs, [-3, -1, -2], at_once=2)
    assert pids == [3, 1, 2]


def fails(job):
    if job == 2:
        raise ValueError("job 2")
    return job


def test_an_error_of_one_job_is_raised():
    with pytest.raises(ValueError, match="job 2"):
        fan_out(fails, [1, 2, 3], at_once=1)
