"""A transformer as its equations: tokens are mixed, then each is made sparse, `depth` times.

    Z <- mixer(Z)        compress:  mssa (CRATE), tssa (ToST), softmax (a plain transformer)
    Z <- feed(Z)         sparsify:  ista (CRATE), odl (CRATE-alpha), mlp (a plain transformer)

Any mixer goes with any feed: CRATE = mssa + ista, CRATE-alpha = mssa + odl, ViT and GPT =
softmax + mlp, ToST = tssa + mlp as published, and tssa + ista white throughout. Each part holds its
layer norm and, where it has one, its residual.

Axes: B samples, N tokens, D features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check
from pellucid.errors import ConfigError, nearest
from pellucid.networks.ista import ISTALayer, OvercompleteBlock
from pellucid.networks.mssa import MSSALayer
from pellucid.networks.softmax_attention import SoftmaxAttention
from pellucid.networks.tssa import TSSALayer

MIXERS = ("mssa", "tssa", "softmax")
FEEDS = ("ista", "odl", "mlp")


@dataclass(frozen=True)
class TokenNetworkConfig:
    """The size and the parts of a transformer."""

    dimension: int
    """features of a token"""
    depth: int
    """blocks"""
    heads: int
    """subspaces, or heads, of a mixer; they divide the dimension"""
    mixer: str = "mssa"
    """mssa, tssa or softmax"""
    feed: str = "ista"
    """ista, odl or mlp"""
    output: str = "free"
    """how mssa and tssa return from their heads: by a free linear map, or tied to the subspaces"""
    ratio: int = 4
    """atoms of odl, or hidden units of mlp, for each feature"""
    step: float = 0.1
    """eta of ista and odl"""
    sparsity: float = 0.1
    """lambda of ista and odl"""
    iterations: int = 0
    """steps of ista or odl a block; 0: as published, 1 of ista and 2 of odl"""
    start: str = "input"
    """where ista starts: at the tokens as published, or at their feasible (positive) part"""
    skip: bool = False
    """add the input of ista to its code: the published CRATE does not"""

    def __post_init__(self) -> None:
        for kind, name, known in (("mixer", self.mixer, MIXERS), ("feed", self.feed, FEEDS)):
            if name not in known:
                raise ConfigError(f"{kind} '{name}' is unknown: {nearest(name, known)}")
        size = f"dimension {self.dimension}, depth {self.depth}, heads {self.heads}"
        check(min(self.dimension, self.depth, self.heads, self.ratio) >= 1, f"{size}: at least 1")
        check(self.dimension % self.heads == 0, f"{size}: heads must divide the dimension")
        check(self.output in ("free", "tied"), f"output '{self.output}': give 'free' or 'tied'")
        tied = "output 'tied' belongs to mssa and tssa, which have subspaces to be tied to"
        check(self.output == "free" or self.mixer != "softmax", tied)
        check(self.iterations >= 0, f"iterations {self.iterations} must be at least 0")


CONFIGS = {
    # Published sizes; images of 224 x 224 in patches of 16 x 16, unless a task says otherwise.
    "crate-tiny": TokenNetworkConfig(384, 12, 6),
    "crate-small": TokenNetworkConfig(576, 12, 12),
    "crate-base": TokenNetworkConfig(768, 12, 12),
    "crate-large": TokenNetworkConfig(1024, 24, 16),
    "crate-alpha-base": TokenNetworkConfig(768, 12, 12, feed="odl"),
    "crate-alpha-large": TokenNetworkConfig(1024, 24, 16, feed="odl"),
    "tost-tiny": TokenNetworkConfig(192, 12, 4, mixer="tssa", feed="mlp"),
    "tost-small": TokenNetworkConfig(384, 12, 8, mixer="tssa", feed="mlp"),
    "vit-tiny": TokenNetworkConfig(192, 12, 3, mixer="softmax", feed="mlp"),
    "vit-small": TokenNetworkConfig(384, 12, 6, mixer="softmax", feed="mlp"),
    "vit-base": TokenNetworkConfig(768, 12, 12, mixer="softmax", feed="mlp"),
}


def token_network_config(name: str) -> TokenNetworkConfig:
    """A published size by name; ConfigError with the nearest known one."""
    if name not in CONFIGS:
        raise ConfigError(f"network '{name}' is unknown: {nearest(name, CONFIGS)}")
    return CONFIGS[name]


class Mixer(Protocol):
    """What mixes tokens, and streams where it is causal.

    z = mixer(z)                                   # (B, N, D)
    state = mixer.begin(batch)
    for n in range(N):
        token, state = mixer.step(z[:, n], state)  # (B, D): the same as mixer(z)[:, n]
    """

    def begin(self, batch: int) -> Any:
        """The memory before the first token."""

    def step(self, token: Tensor, past: Any, /) -> tuple[Tensor, Any]:
        """One more token, and the memory with it."""


class MLPLayer(nn.Module):
    """The black-box feed-forward: z + W2 GELU(W1 LayerNorm(z)), tokens (B, N, D)."""

    def __init__(self, dimension: int, *, ratio: int = 4) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dimension)
        self.widen = nn.Linear(dimension, ratio * dimension)
        self.narrow = nn.Linear(ratio * dimension, dimension)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        return z + self.narrow(F.gelu(self.widen(self.norm(z))))


class TokenBlock(nn.Module):
    """Z <- feed(mixer(Z)), with the mixer and the feed that `config` names; (B, N, D)."""

    def __init__(self, config: TokenNetworkConfig, *, causal: bool = False) -> None:
        super().__init__()
        self.mixer = _make_mixer(config, causal)
        self.feed = _make_feed(config)
        self.skip = config.skip and config.feed == "ista"

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        return self.fed(self.mixer(z))

    def fed(self, z: Tensor) -> Tensor:
        """The feed's half, which looks at each token by itself: (..., D)."""
        return z + self.feed(z) if self.skip else self.feed(z)


def _make_mixer(config: TokenNetworkConfig, causal: bool) -> nn.Module:
    if config.mixer == "softmax":
        return SoftmaxAttention(config.dimension, heads=config.heads, causal=causal)
    layer: Any = MSSALayer if config.mixer == "mssa" else TSSALayer
    return layer(config.dimension, heads=config.heads, causal=causal, output=config.output)


def _make_feed(config: TokenNetworkConfig) -> nn.Module:
    if config.feed == "mlp":
        return MLPLayer(config.dimension, ratio=config.ratio)
    layer: Any = ISTALayer if config.feed == "ista" else OvercompleteBlock
    published = 1 if config.feed == "ista" else 2
    own = {"start": config.start} if config.feed == "ista" else {"ratio": config.ratio}
    return layer(
        config.dimension,
        step=config.step,
        sparsity=config.sparsity,
        iterations=config.iterations or published,
        **own,
    )


class TokenNetwork(nn.Module):
    """`depth` blocks and a layer norm: tokens (B, N, D) -> (B, N, D).

    With `causal` a token depends on itself and earlier ones only, and the network can be streamed
    as a `Mixer` can; with token statistics the memory does not grow.
    """

    def __init__(self, config: TokenNetworkConfig, *, causal: bool = False) -> None:
        super().__init__()
        self.config, self.causal = config, causal
        self.blocks = nn.ModuleList(TokenBlock(config, causal=causal) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.dimension)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D) after all blocks, layer-normed."""
        for block in self.blocks:
            z = block(z)
        return self.norm(z)

    def layers(self, z: Tensor) -> list[Tensor]:
        """The tokens (B, N, D) before the first block and after each one."""
        path = [z]
        for block in self.blocks:
            path.append(block(path[-1]))
        return path

    def begin(self, batch: int) -> list[Any]:
        """The memory of `batch` empty streams, one entry a block."""
        return [cast(Mixer, block.mixer).begin(batch) for block in self._typed()]

    def step(self, token: Tensor, states: Sequence[Any]) -> tuple[Tensor, list[Any]]:
        """One more token (B, D) of each stream, and the memory with it."""
        after: list[Any] = []
        for block, state in zip(self._typed(), states, strict=True):
            token, state = cast(Mixer, block.mixer).step(token, state)
            token = block.fed(token)
            after.append(state)
        return self.norm(token), after

    def _typed(self) -> list[TokenBlock]:
        return cast(list[TokenBlock], list(self.blocks))
