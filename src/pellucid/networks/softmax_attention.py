"""The black box beside the white ones: standard multi-head softmax attention.

Vaswani et al. 2017, pre-norm with its residual: three projections where MSSA has one. It states no
objective; `probe_subspaces` gives the bases on which the white boxes' probe can be taken all the
same.

Axes: B samples, N tokens, D features, K heads, P features a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.networks.attend import attend, attention_weights
from pellucid.networks.mssa import head_size


class SoftmaxAttention(nn.Module):
    """z + W attention(LayerNorm(z)) + b: tokens (B, N, D) -> (B, N, D)."""

    def __init__(self, dimension: int, *, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.head_dimension = head_size(dimension, heads, layer="softmax attention")
        self.causal = causal
        self.norm = nn.LayerNorm(dimension)
        self.project = nn.Linear(dimension, 3 * dimension)
        self.output = nn.Linear(dimension, dimension)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        query, key, value = self._split(z)
        seen = attend(query, key, value, causal=self.causal)
        return z + self.output(seen.transpose(1, 2).flatten(2))

    def _split(self, z: Tensor) -> tuple[Tensor, ...]:
        parts = self.project(self.norm(z)).unflatten(-1, (3, self.heads, self.head_dimension))
        return parts.permute(2, 0, 3, 1, 4).unbind(0)

    def attention(self, z: Tensor) -> Tensor:
        """How much each token looks at each other, (B, K, N, N), rows sum to one; for figures."""
        query, key, _ = self._split(z)
        return attention_weights(query, key, causal=self.causal)

    def begin(self, batch: int) -> Tensor:
        """The empty memory of a stream: keys and values (2, B, K, 0, P)."""
        return self.project.weight.new_zeros(2, batch, self.heads, 0, self.head_dimension)

    def step(self, token: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """The causal form of one more token (B, D), and the memory, which grows by 2 B K P."""
        assert self.causal, "only the causal form can be streamed"
        query, key, value = self._split(token[:, None])
        past = torch.cat([past, torch.stack([key, value])], 3)
        seen = F.scaled_dot_product_attention(query, past[0], past[1])
        return token + self.output(seen.flatten(1)), past


def probe_subspaces(module: nn.Module) -> Tensor:
    """The key projections of a softmax attention as bases (K, D, P).

    Keys are what tokens are compared by, as with the one projection of MSSA, so R_c against these
    bases is the nearest thing to the white boxes' own probe. Takes `SoftmaxAttention` and
    `torch.nn.MultiheadAttention`; ConfigError for anything else.
    """
    if isinstance(module, SoftmaxAttention):
        weight, heads = module.project.weight, module.heads
    elif isinstance(module, nn.MultiheadAttention) and module.in_proj_weight is not None:
        weight, heads = module.in_proj_weight, module.num_heads
    else:
        raise ConfigError(
            f"{type(module).__name__} has no key projection that is known: give a SoftmaxAttention "
            "or a torch.nn.MultiheadAttention"
        )
    key = weight.detach().chunk(3)[1]
    return key.unflatten(0, (heads, -1)).mT
