"""What is spent while something happens: reads, joules, bits and seconds, each by kind.

    with Ledger() as book:
        device.forward(x)
        send(message)
    book.total("joules"), book.by_kind("bits")

Whatever costs something says so by `spend`, without knowing who listens; every open ledger hears
it, so that an experiment may keep one book and each of its parts another.
"""

from __future__ import annotations

import math
import time
from contextvars import ContextVar, Token
from typing import Literal, Self, get_args

from pellucid.errors import ConfigError

Quantity = Literal["reads", "joules", "bits", "seconds"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)

_OPEN: ContextVar[tuple[Ledger, ...]] = ContextVar("open ledgers", default=())


class Ledger:
    """A book that is open in its `with` block; it stays readable, and may be opened again."""

    def __init__(self) -> None:
        self.wall = 0.0
        """Seconds of the clock on the wall while it was open."""
        self._entries: dict[Quantity, dict[str, float]] = {q: {} for q in QUANTITIES}
        self._token: Token[tuple[Ledger, ...]] | None = None
        self._began = 0.0

    def __enter__(self) -> Self:
        if self._token is not None:
            raise ConfigError("this ledger is open already: close it, or open another one")
        self._token = _OPEN.set((*_OPEN.get(), self))
        self._began = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._token is not None, "it was opened"
        _OPEN.reset(self._token)
        self._token = None
        self.wall += time.perf_counter() - self._began

    def total(self, quantity: Quantity) -> float:
        """All that was spent of a quantity."""
        return math.fsum(self._of(quantity).values())

    def by_kind(self, quantity: Quantity) -> dict[str, float]:
        """What was spent of a quantity, by kind, the most first."""
        return dict(sorted(self._of(quantity).items(), key=lambda entry: -entry[1]))

    def _of(self, quantity: Quantity) -> dict[str, float]:
        if quantity not in self._entries:
            raise ConfigError(f"a ledger counts {', '.join(QUANTITIES)}, not '{quantity}'")
        return self._entries[quantity]


def spend(quantity: Quantity, kind: str, amount: float) -> None:
    """Enter an amount into every open ledger. ConfigError where it is negative or no number."""
    if quantity not in QUANTITIES:
        raise ConfigError(f"a ledger counts {', '.join(QUANTITIES)}, not '{quantity}'")
    if not (math.isfinite(amount) and amount >= 0):
        raise ConfigError(f"{amount} {quantity} of '{kind}' cannot be spent: give a number from 0")
    for book in _OPEN.get():
        book._entries[quantity][kind] = book._entries[quantity].get(kind, 0.0) + amount
