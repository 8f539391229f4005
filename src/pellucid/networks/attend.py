"""Softmax attention of given queries, keys and values, by the kernel that is fastest here.

On a CPU the fused kernel of PyTorch never writes the (N, N) weights down and is the right one for
long sequences. But its backward pass in bfloat16 is slow (measured on one core, 4 heads of 48, 32
sequences of 128: 44 ms against 13 for the weights written out as two matrix products), so short
sequences that learn in bfloat16 take the products, and long ones the fused kernel in float32.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

SHORT = 512
"""Tokens up to which the weights are written out while learning in half precision on a CPU."""


def attend(query: Tensor, key: Tensor, value: Tensor, *, causal: bool) -> Tensor:
    """softmax(Q K' / sqrt(P)) V of (B, K, N, P) each; a causal token sees itself and those before.

    The result has the type of `value`.
    """
    if value.device.type != "cpu" or value.dtype == torch.float32 or not value.requires_grad:
        return F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    if value.shape[-2] <= SHORT:
        return attention_weights(query, key, causal=causal) @ value
    wide = (query.float(), key.float(), value.float())
    return F.scaled_dot_product_attention(*wide, is_causal=causal).to(value.dtype)


def attention_weights(query: Tensor, key: Tensor, *, causal: bool) -> Tensor:
    """softmax(Q K' / sqrt(P)) written out, (B, K, N, N): quadratic memory."""
    scores = (query * query.shape[-1] ** -0.5) @ key.mT
    if causal:
        N = scores.shape[-1]
        later = torch.ones(N, N, dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -torch.inf)
    # In half precision softmax would be computed in float32 and kept so: the products want it back.
    return scores.softmax(-1).to(query.dtype)
