"""Networks that learn to write chains: what they are, how they learn, how they are asked.

from pellucid.reasoning.learned import ChainTransformer, train_chains, share_answered
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "ChainConfig": "training",
    "ChainTransformer": "transformer",
    "answered": "decoding",
    "answer_nats": "decoding",
    "continued": "decoding",
    "energy": "whole_answer",
    "form_of": "whole_answer",
    "minimise": "whole_answer",
    "share_answered": "decoding",
    "token_loss": "training",
    "train_chains": "training",
    "train_whole": "whole_answer",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
