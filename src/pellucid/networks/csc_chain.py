"""The chain of reasons behind a class: its parts, the atoms that made each part, and so on down.

Each link is one exact account: what a unit's value owes to the layer right below it. What the links
below do not name is in `rest`, so that nothing is lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from pellucid.errors import ConfigError
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.csc_explain import Account, Explanation, Part, Unit, explain


@dataclass(frozen=True)
class Link:
    """A value of the network, and the parts right below that it owes most to."""

    part: Part | None
    """The part that is explained, with its contribution to the link above; None for the class."""
    explanation: Explanation
    """Its account at every layer below."""
    below: tuple[Link, ...]
    """What it was made of, most important first; empty at the lowest layer shown."""
    rest: float
    """The value, less the contributions of the links below: all other atoms and the constants."""

    @property
    def account(self) -> Account:
        """The account at the layer right below; of the pixels for a unit of the first layer."""
        layers = self.explanation.layers
        return layers[-1] if layers else self.explanation.pixels


def chain(
    network: SparseClassifier,
    picture: Tensor,
    target: int | Unit | None = None,
    *,
    width: int = 2,
    depth: int | None = None,
) -> Link:
    """From a class (None: the likeliest) of `picture` (C, H, W) down `depth` layers (None: all).

    Every link is followed to its `width` most important parts, each at the place where it said
    most: width + width^2 + ... explanations.
    """
    if width < 1:
        raise ConfigError(f"a chain follows at least one part a link, not {width}")
    levels = len(network.layers) if depth is None else depth
    return _link(network, picture, target, None, width, levels)


def _link(
    network: SparseClassifier,
    picture: Tensor,
    target: int | Unit | None,
    part: Part | None,
    width: int,
    levels: int,
) -> Link:
    explanation = explain(network, picture, target, top=width)
    parts = explanation.layers[-1].parts if explanation.layers and levels > 0 else ()
    below = tuple(
        _link(network, picture, below.unit, below, width, levels - 1)
        for below in parts
        if below.contribution
    )
    named = sum(link.part.contribution for link in below if link.part is not None)
    return Link(part=part, explanation=explanation, below=below, rest=explanation.value - named)
