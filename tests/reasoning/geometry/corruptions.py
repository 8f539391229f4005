"""Damage to certificates and answers with proofs, for tests of the checker."""

from __future__ import annotations

import copy
import random
from typing import Any

from corrupt_certificates import OF_CERTIFICATES
from corrupt_proofs import OF_PROOFS


def damaged(data: Any, kind: str, rng: random.Random) -> Any | None:
    """A copy with one damage of a kind; None where there is none to be done, or it is harmless."""
    other = copy.deepcopy(data)
    damage = OF_PROOFS[kind] if "proof" in data else OF_CERTIFICATES[kind]
    return other if damage(other, rng) and other != data else None
