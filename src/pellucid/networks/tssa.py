"""Token statistics self-attention (ToST): attention whose cost is linear in the number of tokens.

A token is projected to K heads, w_k = U_k'z. With memberships Pi of the tokens in the heads, the
variational form of the coding rate (Wu et al. 2025, "Token Statistics Transformer") is

    R(Z | U, Pi) = 1/2 sum_k N_k/N sum_i log(1 + s_ki),
    N_k = sum_n Pi_nk,    s_ki = sum_n Pi_nk w_nki^2 / N_k

which looks at tokens through their second moments s alone. Its gradient in a token is
1/N sum_k Pi_nk U_k (w_nk / (1 + s_k)), so the step needs no comparison between tokens:

    Z <- Z - W [Pi_k w_k / (1 + s_k)]_k

Memberships: Pi_nk = softmax over heads of temperature_k sum_i w_nki^2 / sum_m w_mki^2.

Causal form: every sum over tokens, those in Pi too, runs up to the token itself. A membership is
kept as it was when its token came; recomputing it at each later token would cost N^2 and is not
what is published. So of the bidirectional definition on a prefix, the causal form shares the last
token's membership, not the earlier ones.

Axes: B samples, N tokens, D features, H heads (K in the formulae), P features a head, F = H P.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.networks.mssa import Output, head_size
from pellucid.networks.whitebox import WhiteBoxLayer
from pellucid.objectives.rate_reduction import variational_rate

TINY, FLOOR = 1e-12, 1e-8
PIECE = 1024
"""Tokens that are worked on at a time: what lies between then fits into a core's cache."""
BLOCK = 16
"""Tokens that one triangular product sums up."""


class TokenStatistics(NamedTuple):
    """All that a stream remembers, of one size for every length; never in half precision."""

    square: Tensor
    """sum of w^2 + 1e-12 so far, (B, F)"""
    total: Tensor
    """sum of Pi (1 + w^2) so far, (B, F)"""
    weight: Tensor
    """sum of Pi so far, (B, H)"""
    tokens: int
    """their number so far"""


class TSSALayer(WhiteBoxLayer):
    """One TSSA step with its residual: tokens (B, N, D) -> (B, N, D), in O(N) time and memory.

        "free"  z - W [Pi_k w_k / (1 + s_k)]_k + b          as published, W and b learned
        "tied"  z - step sum_k U_k (Pi_k w_k / (1 + s_k))  as derived; step is tau / N of the paper

    The layer reads n = LayerNorm(z), or z with `norm=False`. Its objective is R of the same n under
    the memberships of the input. What is proved: "tied", norm=False and step <= 2 / ||U||^2 do not
    raise it (log is concave, so its tangent at s is a quadratic upper bound with curvature at most
    ||U||^2 / N in each token).

    A token hears of the others through s and the sums in Pi only: a class token gathers little,
    and mean pooling is the natural read-out (the published vision models end in two layers of class
    attention instead).

    `causal` streams: `state = begin(batch)`, then `token, state = step(token, state)`, with a
    memory that does not grow. `denominator_bias=L` adds the published language models' learned
    offset for each head and position, which fixes the longest sequence to L; 0 leaves it out.
    """

    formula = (
        "R(Z|U,Pi) = 1/2 sum_k N_k/N sum_i log(1 + sum_n Pi_nk (U_k'z_n)_i^2 / N_k)"
        "  [Wu et al. 2025]"
    )
    unit = "nats"

    def __init__(
        self,
        dimension: int,
        *,
        heads: int,
        causal: bool = False,
        output: Output = "free",
        norm: bool = True,
        step_size: float = 1.0,
        denominator_bias: int = 0,
    ) -> None:
        super().__init__()
        if output not in ("free", "tied"):
            raise ConfigError(f"TSSA: output is '{output}': give 'free' or 'tied'")
        if denominator_bias and not causal:
            raise ConfigError("TSSA: denominator_bias belongs to the causal form")
        self.heads, self.head_dimension = heads, head_size(dimension, heads, layer="TSSA")
        self.causal, self.step_size = causal, step_size
        self.norm = nn.LayerNorm(dimension) if norm else nn.Identity()
        self.project = nn.Linear(dimension, dimension, bias=False)
        self.temperature = nn.Parameter(torch.ones(heads))
        self.output = nn.Linear(dimension, dimension) if output == "free" else None
        if output == "tied":
            nn.init.orthogonal_(self.project.weight)
        self.denominator_bias = None
        if denominator_bias:
            self.denominator_bias = nn.Parameter(torch.zeros(heads, denominator_bias))

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D) after one step."""
        parts = _pieces(z)
        moved = self._causal(parts) if self.causal else self._bidirectional(parts)
        return moved[0] if len(moved) == 1 else torch.cat(moved, 1)

    def _read(self, z: Tensor) -> Tensor:
        return self.project(self.norm(z))

    def _move(self, z: Tensor, shrunk: Tensor) -> Tensor:
        if self.output is not None:
            return z + self.output(shrunk)
        return torch.add(z, shrunk @ self.project.weight, alpha=self.step_size)

    def _split(self, w_BNF: Tensor) -> Tensor:
        return _wide(w_BNF).unflatten(-1, (self.heads, self.head_dimension))

    def _bidirectional(self, parts: Sequence[Tensor]) -> list[Tensor]:
        read = [self._split(self._read(part)) for part in parts]
        pis = self._shares(read)
        held = [w_BNHP * pi_BNH[..., None] for w_BNHP, pi_BNH in zip(read, pis, strict=True)]
        sums_BHP = _sum((h * w_BNHP).sum(1) for h, w_BNHP in zip(held, read, strict=True))
        moments_BHP = sums_BHP / (_sum(pi.sum(1) for pi in pis)[..., None] + FLOOR)
        shrink_BHP = -1 / (1 + moments_BHP)
        return [
            self._move(part, (h * shrink_BHP[:, None]).flatten(2).to(part.dtype))
            for part, h in zip(parts, held, strict=True)
        ]

    def _shares(self, read: Sequence[Tensor]) -> list[Tensor]:
        """Pi (B, n, H) of each part of the tokens, w (B, n, H, P)."""
        squares = [w_BNHP.square() for w_BNHP in read]
        scale_BHP = _sum(square.sum(1) for square in squares).clamp_min(TINY).reciprocal()
        temperature = self.temperature.to(scale_BHP.dtype)
        return [
            ((square * scale_BHP[:, None]).sum(-1) * temperature).softmax(-1) for square in squares
        ]

    def _causal(self, parts: Sequence[Tensor]) -> list[Tensor]:
        state, moved = self.begin(len(parts[0])), []
        for part in parts:
            w = self._read(part)
            _, shrunk, state = self._advance(w, state)
            moved.append(self._move(part, shrunk.to(w.dtype)))
        return moved

    def _advance(
        self, w_BNF: Tensor, state: TokenStatistics
    ) -> tuple[Tensor, Tensor, TokenStatistics]:
        """Pi (B, N, H) and -Pi w / (1 + s) (B, N, F) of the next tokens, and the state after."""
        with torch.autocast(w_BNF.device.type, enabled=False):
            w_BNHP = self._split(w_BNF)
            square_BNHP = torch.addcmul(w_BNHP.new_full((), TINY), w_BNHP, w_BNHP)
            square = running_sum(square_BNHP.flatten(2), start=state.square)
            share_BNH = (square_BNHP / square.view_as(w_BNHP)).sum(-1)
            pi_BNH = self._softmax(share_BNH, start=state.tokens)
            # 1 / (1 + s) = weight / (weight + weighted), whose two sums are one: of Pi (1 + w^2).
            summands_BNHP = (1 + square_BNHP) * pi_BNH[..., None]
            total = running_sum(summands_BNHP.flatten(2), start=state.total)
            weight = running_sum(pi_BNH, start=state.weight)
            shrunk = (w_BNHP * (-pi_BNH * weight)[..., None]).flatten(2) / total
        tokens = state.tokens + w_BNF.shape[1]
        last = TokenStatistics(square[:, -1], total[:, -1], weight[:, -1], tokens)
        return pi_BNH, shrunk, last

    def _softmax(self, share_BNH: Tensor, *, start: int) -> Tensor:
        if self.denominator_bias is not None:
            end, limit = start + share_BNH.shape[1], self.denominator_bias.shape[1]
            if end > limit:
                raise ConfigError(
                    f"TSSA: {end} tokens, but denominator_bias was made for at most {limit}"
                )
            bias_NH = self.denominator_bias[:, start:end].mT.to(share_BNH.dtype)
            share_BNH = share_BNH + self.head_dimension * bias_NH
        return (share_BNH * self.temperature.to(share_BNH.dtype)).softmax(-1)

    def memberships(self, z: Tensor) -> Tensor:
        """How much each token belongs to each head, (B, H, N); sums to one over heads."""
        w = self._read(z)
        if self.causal:
            return self._advance(w, self.begin(len(z)))[0].mT
        return self._shares([self._split(w)])[0].mT

    def begin(self, batch: int) -> TokenStatistics:
        """The statistics of `batch` empty streams; what is divided by is next to zero."""
        # The squares begin at zero: their smallest part is added to each, so that the share of a
        # first token is 1 for whatever w. Added once, it made 1 - 1e-12 / w^2 of it, whose slope
        # at a w near zero is without measure.
        zeros = _wide(self.project.weight).new_zeros(batch, self.heads * self.head_dimension)
        return TokenStatistics(zeros, zeros + FLOOR, zeros[:, : self.heads] + FLOOR, 0)

    def step(self, token: Tensor, state: TokenStatistics) -> tuple[Tensor, TokenStatistics]:
        """The causal form of one more token (B, D), and the statistics with it."""
        assert self.causal, "only the causal form can be streamed"
        w = self._read(token)
        _, shrunk, state = self._advance(w[:, None], state)
        return self._move(token, shrunk[:, 0].to(w.dtype)), state

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """R of the (layer-normed) tokens z under the memberships of the input x, nats, (B,)."""
        # The paper's factor d / eps^2 within the logarithm is left to the scale of U, as published.
        unit = z.shape[-1] ** 0.5
        return variational_rate(self.norm(z), self.subspaces(), self.memberships(x), epsilon=unit)

    def subspaces(self) -> Tensor:
        """The bases U, (H, D, P)."""
        return self.project.weight.unflatten(0, (self.heads, self.head_dimension)).mT


def _wide(x: Tensor) -> Tensor:
    """Half precision as float32: sums over thousands of tokens need it."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _sum(terms: Iterable[Tensor]) -> Tensor:
    return functools.reduce(torch.add, terms)


def _pieces(z: Tensor) -> Sequence[Tensor]:
    """Tokens (B, N, D) in pieces, on a CPU: statistics are sums, and a piece fits into the cache.

    A compiler fuses the passes itself, and a GPU would rather have its work at once.
    """
    if z.shape[1] < 2 * PIECE or z.device.type != "cpu" or torch.compiler.is_compiling():
        return [z]
    return z.split(PIECE, 1)


def running_sum(x_BNF: Tensor, *, start: Tensor) -> Tensor:
    """`start` (B, F) and cumulative sums over tokens after it: (B, N, F).

    Blocks are summed by triangular matrix products and shifted by the blocks before: up to ten
    times as fast as `cumsum` over an axis that is not the last, forward and backward.
    """
    B, N, _ = x_BNF.shape
    if N == 1:
        return x_BNF + start[:, None]
    block = min(N, BLOCK)
    padded = F.pad(x_BNF, (0, 0, 0, -N % block)) if N % block else x_BNF
    blocks = padded.unflatten(1, (-1, block))
    # Shifted and not subtracted: a block must not hear, not even by rounding, of its own gradients
    # in the gradient of what came before it. Those of first tokens can be a million times others.
    before = F.pad(blocks[:, :-1].sum(2).cumsum(1), (0, 0, 1, 0)) + start[:, None]
    triangle = torch.ones(block, block, dtype=x_BNF.dtype, device=x_BNF.device).tril()
    inside = torch.baddbmm(
        before.flatten(0, 1)[:, None],
        triangle.expand(B * blocks.shape[1], -1, -1),
        blocks.flatten(0, 1),
    )
    return inside.unflatten(0, (B, -1)).flatten(1, 2)[:, :N]
