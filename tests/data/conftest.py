from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import pytest
from counter_world import Counter, CounterVector


@pytest.fixture
def counter_id() -> Iterator[str]:
    """A Gymnasium id that has both versions of the counter."""
    name = "pellucid-tests/Counter-v0"
    gymnasium.register(name, entry_point=Counter, vector_entry_point=CounterVector)
    yield name
    del gymnasium.registry[name]
