"""Linear equations modulo a prime: elimination in batches, and what a system says."""

from __future__ import annotations

import numpy as np

from pellucid.errors import DataError


def inverses(p: int) -> np.ndarray:
    """The inverse of each residue modulo a prime (p,), 0 for 0."""
    return np.array([0, *(pow(a, -1, p) for a in range(1, p))], np.int64)


def eliminate(system: np.ndarray, p: int, *, finer: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Jordan elimination of systems (B, n, n + 1) modulo a prime, column by column.

    Gives the systems after each column, (n + 1, B, n, n + 1), the first as it was, and which are
    regular, (B,); of the others the history means nothing. Where it is to be `finer` each column
    has two steps, (2 n + 1, ...): its row is scaled, and then taken from all others.
    """
    count, n = system.shape[:2]
    every, inverse = np.arange(count), inverses(p)
    history, regular, now = [system], np.ones(count, bool), system.copy()
    for j in range(n):
        pivot = j + (now[:, j:, j] != 0).argmax(1)
        regular &= now[every, pivot, j] != 0
        row = now[every, pivot]
        now[every, pivot] = now[:, j]
        now[:, j] = row * inverse[row[:, j]][:, None] % p
        if finer:
            history.append(now.copy())
        factor = now[:, :, j].copy()
        factor[:, j] = 0
        now = (now - factor[:, :, None] * now[:, None, j]) % p
        history.append(now.copy())  # the next column begins in place
    return np.stack(history), regular


def solve_exactly(system: list[list[int]], p: int) -> list[int]:
    """The only solution of n + 1 numbers a row, modulo a prime, by substitution.

    DataError where there is none, or more than one: it says which equation is to blame.
    """
    unknowns = len(system[0]) - 1
    known: list[list[int]] = []  # rows with a leading 1 each, in the order of being found
    for k, equation in enumerate(system):
        row = [a % p for a in equation]
        for other in known:
            lead = next(i for i, a in enumerate(other) if a)
            row = [(a - row[lead] * b) % p for a, b in zip(row, other, strict=True)]
        if any(row[:-1]):
            lead = next(i for i, a in enumerate(row) if a)
            over = pow(row[lead], -1, p)
            known.append([a * over % p for a in row])
        elif row[-1]:
            raise DataError(
                f"there is no solution modulo {p}: equation {k + 1} contradicts those before it "
                f"(together they say 0 = {row[-1]}); mend one of them"
            )
    if len(known) < unknowns:
        raise DataError(
            f"{unknowns - len(known)} of {unknowns} unknowns are not determined modulo {p}: add an "
            "equation that does not follow from the others"
        )
    solution = [0] * unknowns
    for row in reversed(known):
        # A later row has no entry at an earlier lead, but an earlier may at a later one's.
        lead = next(i for i, a in enumerate(row) if a)
        rest = sum(row[i] * solution[i] for i in range(unknowns) if i != lead)
        solution[lead] = (row[-1] - rest) % p
    return solution
