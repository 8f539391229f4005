"""Checks that the settings of planners share."""

from __future__ import annotations

from pellucid.errors import ConfigError


def positive(planner: str, **settings: float | None) -> None:
    """Each setting is above zero, or absent."""
    for name, value in settings.items():
        if value is not None and not value > 0:
            raise ConfigError(f"{planner}: {name} is {value}: it must be above zero")


def fraction(planner: str, **settings: float) -> None:
    """Each setting is at least 0 and below 1."""
    for name, value in settings.items():
        if not 0 <= value < 1:
            raise ConfigError(f"{planner}: {name} is {value}: it must be at least 0 and below 1")


def elites_fit(planner: str, elites: int, samples: int) -> None:
    """There are between 2 elites and as many as samples: one alone has no deviation."""
    if not 2 <= elites <= samples:
        raise ConfigError(
            f"{planner}: {elites} elites of {samples} samples: take at least 2, at most all"
        )
