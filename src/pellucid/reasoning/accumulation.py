"""How errors accumulate along a chain of steps, and what verification makes of that.

Elementary, for independent errors of probability e in each of n steps: the first is the argument of
LeCun (2022, 2023) about auto-regressive generation, the others are what a verifier does to it. That
errors be independent and never mended is an assumption, to be measured and not to be believed.
"""

from __future__ import annotations

from pellucid.config import check


def unverified_success(error: float, steps: int) -> float:
    """(1 - e)^n: the probability that no step is wrong."""
    _check(error, steps)
    return (1 - error) ** steps


def verified_success(error: float, steps: int, retries: int) -> float:
    """(1 - e^(r + 1))^n: a sound verifier of steps, each tried up to r times again."""
    _check(error, steps, retries)
    return (1 - error ** (retries + 1)) ** steps


def verified_work(error: float, steps: int, retries: int) -> float:
    """The expected number of steps generated in that search, which ends where a step is given up.

    A step takes 1 + e + ... + e^r attempts; step k is reached with probability
    (1 - e^(r + 1))^(k - 1). Where hardly any search is given up this is n (1 + e + ... + e^r).
    """
    _check(error, steps, retries)
    attempts = sum(error**k for k in range(retries + 1))
    return attempts * sum(verified_success(error, k, retries) for k in range(steps))


def imperfect_success(error: float, steps: int, false_accept: float) -> float:
    """((1 - e) / (1 - e + e a))^n: each step is tried again until a verifier accepts it.

    That verifier accepts every right step, and a wrong one with probability a.
    """
    _check(error, steps)
    check(0 <= false_accept <= 1, f"false_accept is {false_accept}: give a probability, 0 to 1")
    accepted = 1 - error + error * false_accept
    return ((1 - error) / accepted) ** steps if accepted else 0.0


def _check(error: float, steps: int, retries: int = 0) -> None:
    check(0 <= error <= 1, f"error is {error}: give a probability, from 0 to 1")
    check(steps >= 0 and retries >= 0, f"steps={steps} and retries={retries} must not be negative")
