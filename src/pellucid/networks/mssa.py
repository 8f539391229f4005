"""Multi-head subspace self-attention: a step that compresses tokens towards K subspaces.

The coding rate of N tokens Z against bases U_1..U_K of P dimensions each is

    R_c(Z | U) = 1/2 sum_k logdet(I + c (U_k'Z)(U_k'Z)'),    c = P / (N eps^2)

A gradient step on it, with the inverse in the gradient replaced by a softmax, is attention in which
query, key and value are one projection (Yu et al. 2023, "White-Box Transformers via Sparse Rate
Reduction", CRATE):

    Z <- (1 - kappa c) Z + kappa c MSSA(Z | U),    MSSA = c sum_k U_k V_k A_k,    V_k = U_k'Z
    A_k = softmax(V_k'V_k / sqrt(P)) over the tokens that are looked at

The published models keep the softmax and let a free linear map stand for kappa c^2 [U_1..U_K].

Axes: B samples, N tokens, D features, K heads, P features a head.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.networks.attend import attend, attention_weights
from pellucid.networks.whitebox import WhiteBoxLayer
from pellucid.objectives.rate_reduction import subspace_rate

Output = Literal["free", "tied"]


class MSSALayer(WhiteBoxLayer):
    """One MSSA step with its residual: tokens (B, N, D) -> (B, N, D).

        "free"  z + W [V_1 A_1; ..; V_K A_K] + b         as published, W and b learned
        "tied"  (1 - kappa c) z + kappa c^2 sum_k U_k V_k A_k          as derived

    Attention reads n = LayerNorm(z), or z itself with `norm=False`; the objective is the coding
    rate of the same n, before and after.

    What is proved: with "tied", norm=False, U'U = I over all heads together, kappa c <= 1 and
    c ||A_k|| <= 1 (spectral norm; at most sqrt(N), so that eps^2 >= P / sqrt(N) suffices), no
    subspace's rate rises. For then U_k'Z becomes V_k T with T = (1 - kappa c) I + kappa c^2 A_k, of
    norm at most one, and logdet(I + c V T T'V') <= logdet(I + c V V'). "tied" begins with such a U;
    training may leave it, and "free" promises nothing: see `audit`.

    `expand` turns the step round (z - MSSA, the decoder of CRATE-MAE, Pai et al. 2024). `causal`
    lets a token look at itself and earlier ones only, and has a streaming form, `begin` and `step`.
    """

    unit = "nats"

    def __init__(
        self,
        dimension: int,
        *,
        heads: int,
        head_dimension: int | None = None,
        causal: bool = False,
        output: Output = "free",
        norm: bool = True,
        expand: bool = False,
        kappa: float = 1.0,
        epsilon: float = 0.5,
    ) -> None:
        super().__init__()
        if output not in ("free", "tied"):
            raise ConfigError(f"MSSA: output is '{output}': give 'free' or 'tied'")
        if output == "tied" and causal:
            raise ConfigError(
                "MSSA: the tied output weighs with P / (N eps^2), which would tell early tokens "
                "how many follow: use output='free' with causal=True"
            )
        if epsilon <= 0:
            raise ConfigError(f"MSSA: epsilon {epsilon} must be above 0")
        width = head_dimension or head_size(dimension, heads, layer="MSSA")
        self.heads, self.head_dimension = heads, width
        self.causal, self.expand = causal, expand
        self.kappa, self.epsilon = kappa, epsilon
        self.norm = nn.LayerNorm(dimension) if norm else nn.Identity()
        self.project = nn.Linear(dimension, heads * width, bias=False)
        self.output = nn.Linear(heads * width, dimension) if output == "free" else None
        if output == "tied":
            nn.init.orthogonal_(self.project.weight)
        rate = "R_c(Z|U) = 1/2 sum_k logdet(I + P/(N eps^2) (U_k'Z)(U_k'Z)')  [Yu et al. 2023]"
        self.formula = f"-{rate}" if expand else rate

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D) after one step."""
        w_BKNP = self._split(self.project(self.norm(z)))
        seen = attend(w_BKNP, w_BKNP, w_BKNP, causal=self.causal)
        return self._move(z, seen.transpose(1, 2).flatten(2))

    def _split(self, w: Tensor) -> Tensor:
        return w.unflatten(-1, (self.heads, self.head_dimension)).transpose(1, 2)

    def _move(self, z: Tensor, seen: Tensor) -> Tensor:
        sign = -1 if self.expand else 1
        if self.output is not None:
            return torch.add(z, self.output(seen), alpha=sign)
        c = self.head_dimension / (z.shape[1] * self.epsilon**2)
        size = sign * self.kappa * c
        return torch.add((1 - size) * z, seen @ self.project.weight, alpha=size * c)

    def attention(self, z: Tensor) -> Tensor:
        """How much each token looks at each other, (B, K, N, N), rows sum to one; for figures."""
        w_BKNP = self._split(self.project(self.norm(z)))
        return attention_weights(w_BKNP, w_BKNP, causal=self.causal)

    def begin(self, batch: int) -> Tensor:
        """The empty memory of a stream of `batch` sequences: projections (B, K, 0, P)."""
        return self.project.weight.new_zeros(batch, self.heads, 0, self.head_dimension)

    def step(self, token: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """The causal form of one more token (B, D), and the memory, which grows by B K P."""
        assert self.causal, "only the causal form can be streamed"
        w_BK1P = self._split(self.project(self.norm(token))[:, None])
        past = torch.cat([past, w_BK1P], 2)
        seen = F.scaled_dot_product_attention(w_BK1P, past, past)
        return self._move(token, seen.flatten(1)), past

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """R_c of the (layer-normed) tokens z in nats, (B,); minus that where the layer expands."""
        rate = subspace_rate(self.norm(z), self.subspaces(), self.epsilon)
        return -rate if self.expand else rate

    def subspaces(self) -> Tensor:
        """The bases U, (K, D, P)."""
        return self.project.weight.unflatten(0, (self.heads, self.head_dimension)).mT


def head_size(dimension: int, heads: int, *, layer: str) -> int:
    """The features of one head; ConfigError where heads do not divide the dimension."""
    if heads < 1 or dimension % heads:
        raise ConfigError(f"{layer}: {heads} heads do not divide dimension {dimension}")
    return dimension // heads
